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

  test("names every fault with its line, also where there are many", async () => {
    await apply(RED);
    const many = Array.from({ length: 120 }, (_, index) => endpoint(`web-${index}`, "10.9.0.1"));
    const { exitCode, stderr } = await apply(many.join(""));
    expect(exitCode).toBe(1);
    for (let index = 0; index < 120; index++) {
      const line = 6 + index * 5 - 1;
      expect(stderr).toContain(`<stdin>:${line}:`);
    }
  });

  test("finds a resource that two files declare", async () => {
    const one = file("one.yaml", RED);
    const two = file("two.yaml", document("Tenant", "{ name: red }", "{}"));
    const { exitCode, stderr } = await run(["apply", "-f", one, two, ...datastore]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/two\.yaml:2:1: tenants\/red is there twice \(the first time at \S*one/);
  });

  test("as a dry run says what would be, and changes nothing", async () => {
    await apply(RED);
    const text = RED.replace("{ name: red }", "{ name: red, labels: { a: b } }");
    const args = ["apply", "-f", "-", "--dry-run", "server", ...datastore];
    const dry = await run(args, text + endpoint("web-1", "10.1.0.9"));
    expect(dry.stdout).toContain("tenants/red configured (server dry run)\n");
    expect(dry.stdout).toContain("endpoints/red/web-1 created (server dry run)\n");
    expect((await apply(RED)).stdout).not.toContain("configured");
    const empty = ["--datastore", join(directory, "none.db")];
    expect(await run(["apply", "-f", "-", "--dry-run", "server", ...empty], RED)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("there is no datastore at"),
    });
  });

  test("prints the resources as they are then, with what was given", async () => {
    const { stdout } = await run(["apply", "-f", "-", "-o", "yaml", ...datastore], RED);
    expect(stdout).toContain("l3vni: 5000\n");
    expect((await apply(stdout)).stdout).toContain("vrfs/red/main unchanged\n");
  });

  test("takes what was printed before somebody else has changed it", async () => {
    await apply(RED);
    const { stdout } = await run(["get", "tenant", "red", "-o", "yaml", ...datastore]);
    await apply(RED.replace("{ name: red }", "{ name: red, labels: { a: b } }"));
    expect((await apply(stdout)).stdout).toBe("tenants/red configured\n");
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
