import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NETWORK } from "../declared.ts";
import { run } from "../run.ts";

let directory: string;
let datastore: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-get-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  await run(["apply", "-f", "-", ...datastore], NETWORK);
});

afterAll(() => rmSync(directory, { recursive: true }));

const get = (...args: readonly string[]) => run(["get", ...args, ...datastore]);
/** Ages are of the clock. */
const table = async (...args: readonly string[]) =>
  (await get(...args)).stdout.replaceAll(/\d+s\n/g, "AGE\n");

describe("a table", () => {
  test("has the tenants where it is of all of them", async () => {
    expect(await table("endpoints")).toBe(`\
TENANT  NAME   HOST  SUBNET  ADDRESSES  AGE
blue    web-1  h1    web     10.1.0.11  AGE
red     db-1   h1    web     10.1.0.21  AGE
red     web-1  h1    web     10.1.0.11  AGE
red     web-2  h1    web     10.1.0.12  AGE
`);
    expect(await table("ep", "-A")).toBe(await table("endpoints"));
  });

  test("of one tenant has more columns when it is wide, and labels on request", async () => {
    expect(await table("subnet", "-n", "red", "-o", "wide")).toBe(`\
NAME  VRF   CIDRS        MODE    VNI     GATEWAY   AGE
web   main  10.1.0.0/24  routed  <none>  10.1.0.1  AGE
`);
    expect((await get("ep", "-n", "red", "--show-labels")).stdout).toMatch(
      /^NAME .* AGE +LABELS\ndb-1 .* role=db\nweb-1 .* role=web\nweb-2 .* role=web,spare=yes-it-is\n$/,
    );
    expect((await get("ep", "-n", "blue", "--show-labels")).stdout).toMatch(/ <none>\n$/);
  });

  test("is one for each of several kinds, with the kind before the names", async () => {
    const both = await table("vrfs,sn", "-n", "red");
    expect(both).toContain("vrfs/main");
    expect(both).toMatch(/AGE\n\nNAME +VRF/);
    const everything = await table("all", "-n", "red");
    expect(everything).toContain("endpoints/db-1");
    expect(everything).not.toContain("tenants/");
    expect(await table("selvedge")).toContain("hosts/h1");
  });

  test("has the named ones in the order of their names", async () => {
    expect((await get("ep", "web-2", "web-1", "-n", "red")).stdout).toMatch(
      /^NAME .*\nweb-2 .*\nweb-1 .*\n$/,
    );
    expect((await get("endpoint/web-1", "host/h1", "-n", "red")).stderr).toContain(
      "hosts belong to no tenant",
    );
    expect(await table("endpoint.selvedge.dev/web-1", "-n", "red")).toContain("web-1");
    expect(await table("endpoints/red/web-1", "endpoints/blue/web-1")).toMatch(
      /^TENANT +NAME.*\nred +web-1.*\nblue +web-1.*\n$/,
    );
  });
});

describe("selectors", () => {
  test.each([
    [
      ["-l", "role=web"],
      ["red/web-1", "red/web-2"],
    ],
    [
      ["-l", "role in (web,db),!spare"],
      ["red/db-1", "red/web-1"],
    ],
    [
      ["--field-selector", "metadata.name=web-1"],
      ["blue/web-1", "red/web-1"],
    ],
    [["-l", "role=web", "-n", "blue"], []],
  ])("%j picks %j", async (args, names) => {
    const { stdout } = await get("endpoints", ...args, "-o", "name");
    expect(stdout).toBe(names.map((name) => `endpoints/${name}\n`).join(""));
  });

  test("that are none are said with what would be", async () => {
    const { exitCode, stderr } = await get("endpoints", "--field-selector", "spec.color=red");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the fields are metadata.name, metadata.namespace, spec.host");
  });
});

describe("documents", () => {
  test.each(["yaml", "json"])("as %s can be applied again, and change nothing", async (format) => {
    const { stdout } = await get("selvedge", "-o", format);
    const again = await run(["apply", "-f", "-", ...datastore], stdout);
    expect(again.stdout.trimEnd().split("\n")).toHaveLength(11);
    expect(again.stdout).not.toMatch(/(created|configured)\n/);
  });

  test("of one resource are that resource", async () => {
    const { stdout } = await get("vrf", "main", "-n", "red", "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({ kind: "Vrf", metadata: { name: "main" } });
  });
});

describe("what is not there", () => {
  test("is exit code 2, and an empty list for programs", async () => {
    const empty = await get("subnets", "-n", "green", "-o", "json");
    expect(empty).toMatchObject({
      exitCode: 2,
      stderr: "selvedge: no subnets of tenant green declared\n",
    });
    expect(JSON.parse(empty.stdout)).toMatchObject({ kind: "List", items: [] });
  });

  test("is exit code 4 beside others that are", async () => {
    const some = await get("ep", "web-1", "web-9", "-n", "red");
    expect(some.exitCode).toBe(4);
    expect(some.stdout).toContain("web-1");
    expect(some.stderr).toBe(
      'selvedge: endpoints.selvedge.dev "web-9" not found\nselvedge: 1 of 2 failed\n',
    );
    expect(await get("ep", "web-8", "web-9", "-n", "red")).toMatchObject({ exitCode: 2 });
  });

  test.each([
    [["gadgets"], "the kinds are tenants, hosts"],
    [["enpoints"], 'did you mean "endpoints"?'],
    [["vrfs", "main"], "name it with -n TENANT"],
    [["hosts", "h1", "-n", "red"], "belong to no tenant"],
    [["hosts", "h9"], 'hosts.selvedge.dev "h9" not found'],
    [["endpoints/web-1"], "name it with -n TENANT"],
    [["all/web-1", "-n", "red"], 'there is no kind "all"'],
    [["endpoints", "-l", "role=no", "-n", "red"], "no endpoints of tenant red match the selector"],
    [["endpoints/red/a/b"], "write endpoints/NAME -n TENANT or endpoints/TENANT/NAME"],
    [["endpoints/red/web-1", "-n", "blue"], "another tenant"],
    [["hosts/h1", "h2"], "write h2/NAME"],
    [["ep", "web-1", "-n", "red", "-l", "a=b"], "exclude each other"],
    [["ep", "-n", "red", "-A"], "contradict each other"],
    [["vrfs,subnets", "-w"], "one kind at a time"],
    [["ep", "a", "b", "-n", "red", "-w"], "one resource"],
    [["hosts", "-o", "xml"], "table, wide, json, yaml, name"],
  ])("or wrong, as in %j, is said", async (args, message) => {
    const { exitCode, stderr } = await get(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test("is no reason to make a datastore", async () => {
    const path = join(directory, "none.db");
    const { exitCode, stderr } = await run(["get", "hosts", "--datastore", path]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`there is no datastore at ${path}`);
  });
});
