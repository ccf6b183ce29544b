import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../run.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-validate-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const document = (kind: string, metadata: string, spec: string): string =>
  `---\napiVersion: selvedge.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;

const TENANT = document("Tenant", "{ name: red }", "{}");
const VRF = document("Vrf", "{ name: main, namespace: red }", "{}");
const SUBNET = document(
  "Subnet",
  "{ name: web, namespace: red }",
  "{ vrf: main, cidrs: [10.1.0.0/24] }",
);

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

describe("selvedge validate", () => {
  test("accepts files that are complete together", async () => {
    const files = [file("tenant.yaml", TENANT + VRF), file("subnet.yaml", SUBNET)];
    expect(await run(["validate", "-f", ...files])).toEqual({
      exitCode: 0,
      stdout: "3 resources, no faults\n",
      stderr: "",
    });
  });

  test("says where a reference leads nowhere, unless only schemas are asked for", async () => {
    const path = file("subnet.yaml", SUBNET);
    const refused = await run(["validate", "-f", path]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^selvedge: not valid, 2 faults:\n/);
    expect(refused.stderr).toMatch(
      /subnet\.yaml:5:\d+: spec\.vrf: there is no Vrf "main" in the tenant red/,
    );
    expect(await run(["validate", "--schema-only", "-f", path])).toMatchObject({
      exitCode: 0,
      stdout: "1 resource, no faults\n",
    });
  });

  test("reports the faults of all documents of all files at once", async () => {
    const one = file("one.yaml", TENANT + SUBNET.replace("cidrs", "cidr"));
    const two = file("two.yaml", "kind: [half\n");
    const { exitCode, stderr } = await run(["validate", "-f", one, two]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/one\.yaml:10:\d+: .*unknown field "cidr"; did you mean "cidrs"\?/);
    expect(stderr).toMatch(/two\.yaml:\d+:\d+: /);
  });

  test("reads a List from standard input", async () => {
    const list = { apiVersion: "v1", kind: "List", items: [tenant("red"), tenant("blue")] };
    expect((await run(["validate", "-f", "-"], JSON.stringify(list))).stdout).toBe(
      "2 resources, no faults\n",
    );
  });

  test("reads a directory, and those below it with -R", async () => {
    mkdirSync(join(directory, "red", "subnets.yaml"), { recursive: true });
    file("tenant.yaml", TENANT);
    file("red/vrf.yaml", VRF);
    file("red/subnets.yaml/web.json", JSON.stringify(tenant("blue")));
    file("red/notes.txt", "not a manifest");
    expect((await run(["validate", "-f", directory])).stdout).toBe("1 resource, no faults\n");
    expect((await run(["validate", "-R", "-f", directory])).stdout).toBe(
      "3 resources, no faults\n",
    );
  });

  test("of nothing at all is wrong usage", async () => {
    expect(await run(["validate", "-f", directory])).toMatchObject({
      exitCode: 2,
      stderr: `selvedge: no resources in ${directory}\n`,
    });
  });
});

function tenant(name: string): unknown {
  return { apiVersion: "selvedge.dev/v1alpha1", kind: "Tenant", metadata: { name }, spec: {} };
}
