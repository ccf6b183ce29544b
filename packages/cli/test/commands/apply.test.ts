import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../run.ts";

let directory: string;
let datastore: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-cli-"));
  datastore = ["--datastore", join(directory, "store", "datastore.db")];
});

afterEach(() => rmSync(directory, { recursive: true }));

const document = (kind: string, metadata: string, spec: string): string =>
  `---\napiVersion: selvedge.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;

const RED = [
  document("Tenant", "{ name: red }", "{}"),
  document("Host", "{ name: h1 }", "{ address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }"),
  document("Vrf", "{ name: main, namespace: red }", "{}"),
  document("Subnet", "{ name: web, namespace: red }", "{ vrf: main, cidrs: [10.1.0.0/24] }"),
].join("");

const endpoint = (name: string, address: string): string =>
  document(
    "Endpoint",
    `{ name: ${name}, namespace: red }`,
    `{ subnet: web, host: h1, addresses: [${address}] }`,
  );

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

const apply = (text: string) => run(["apply", "-f", "-", ...datastore], text);

describe("selvedge apply", () => {
  test("says of each resource whether it was created, configured or unchanged", async () => {
    expect(await apply(RED)).toEqual({
      exitCode: 0,
      stdout:
        "tenants/red created\nhosts/h1 created\nvrfs/red/main created\nsubnets/red/web created\n",
      stderr: "",
    });
    const changed = RED.replace("cidrs: [10.1.0.0/24]", "cidrs: [10.1.0.0/24, 10.2.0.0/24]");
    const { stdout } = await apply(changed);
    expect(stdout).toContain("subnets/red/web configured\n");
    expect(stdout).toContain("tenants/red unchanged\n");
  });

  test("reads files and directories, in one transaction", async () => {
    mkdirSync(join(directory, "endpoints"));
    file("endpoints/b.yaml", endpoint("web-2", "10.1.0.12"));
    file("endpoints/a.yaml", endpoint("web-1", "10.1.0.11"));
    file("endpoints/notes.txt", "not a manifest");
    const network = file("network.yaml", RED);
    const args = ["apply", "-f", join(directory, "endpoints"), network, ...datastore];
    expect((await run(args)).stdout).toMatch(/endpoints\/red\/web-1 created/);
  });

  test("refuses all when one is wrong, with file, line, path and what would be right", async () => {
    await apply(RED);
    const path = file("wrong.yaml", endpoint("web-1", "10.1.0.11") + endpoint("web-2", "10.9.0.1"));
    const { exitCode, stderr, stdout } = await run(["apply", "-f", path, ...datastore]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("nothing was changed, 1 fault:\n");
    expect(stderr).toMatch(
      /wrong\.yaml:10:\d+: spec\.addresses\[0\]: .*10\.9\.0\.1.*10\.1\.0\.0\/24/,
    );
    expect((await run(["get", "endpoints", ...datastore])).exitCode).toBe(2);
  });

  test("reports the faults of all files at once", async () => {
    const one = file("one.yaml", RED.replace("cidrs", "cidr"));
    const two = file("two.yaml", "kind: [half\n");
    const { stderr } = await run(["apply", "-f", one, two, ...datastore]);
    expect(stderr).toMatch(/one\.yaml:\d+:\d+: .*cidr/);
    expect(stderr).toMatch(/two\.yaml:\d+:\d+: /);
  });

  test("refuses a file that is missing or empty as wrong usage", async () => {
    expect(await run(["apply", "-f", "/nonexistent.yaml", ...datastore])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("/nonexistent.yaml cannot be read"),
    });
    // A path that even stat(2) refuses: ENAMETOOLONG, as ELOOP and EACCES are.
    expect(await run(["apply", "-f", `/${"x".repeat(300)}.yaml`, ...datastore])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("cannot be read"),
    });
    expect(await run(["apply", "-f", file("empty.yaml", "\n"), ...datastore])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("no resources in"),
    });
    expect((await run(["apply", ...datastore])).exitCode).toBe(2);
  });
});

describe("selvedge get", () => {
  test("prints a table, or the one that is named", async () => {
    await apply(RED + endpoint("web-1", "10.1.0.11"));
    expect((await run(["get", "endpoints", ...datastore])).stdout).toBe(`\
TENANT  NAME   SUBNET  HOST  ADDRESSES  MAC
red     web-1  web     h1    10.1.0.11  -
`);
    const one = await run(["get", "vrf", "main", "-n", "red", "-o", "json", ...datastore]);
    expect(JSON.parse(one.stdout)).toMatchObject({ kind: "Vrf", metadata: { name: "main" } });
  });

  test("prints YAML that can be applied again without a change", async () => {
    await apply(RED);
    for (const kind of ["tenants", "hosts", "vrfs", "subnets"]) {
      const { stdout } = await run(["get", kind, "-o", "yaml", ...datastore]);
      expect((await apply(stdout)).stdout).toMatch(/^\S+ unchanged\n$/);
    }
  });

  test.each([
    [["get", "gadgets"], "the kinds are tenants, hosts"],
    [["get", "vrfs", "main"], "name it with -n TENANT"],
    [["get", "hosts", "h1", "-n", "red"], "belong to no tenant"],
    [["get", "hosts", "h9"], "no hosts/h9 declared"],
    [["get", "subnets", "-n", "green"], "no subnets of tenant green declared"],
  ])("of %s says what is wrong", async (args, message) => {
    await apply(RED);
    const { exitCode, stderr } = await run([...args, ...datastore]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test("makes no datastore where there is none", async () => {
    const { exitCode, stderr } = await run(["get", "hosts", ...datastore]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("there is no datastore at");
  });
});

describe("selvedge delete", () => {
  test("deletes what is named, or what a file names", async () => {
    await apply(RED + endpoint("web-1", "10.1.0.11"));
    const args = ["delete", "endpoint", "web-1", "-n", "red", ...datastore];
    expect((await run(args)).stdout).toBe("endpoints/red/web-1 deleted\n");
    expect((await run(["delete", "-f", "-", ...datastore], RED)).exitCode).toBe(0);
    expect((await run(["get", "hosts", ...datastore])).exitCode).toBe(2);
  });

  test("refuses to delete what others refer to", async () => {
    await apply(RED);
    const { exitCode, stderr } = await run(["delete", "tenant", "red", ...datastore]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("vrfs/red/main");
  });

  test("asks for names when there are none", async () => {
    await apply(RED);
    expect((await run(["delete", "hosts", ...datastore])).exitCode).toBe(2);
  });
});
