import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { Ipam, poolOfSubnet } from "@selvedge/ipam";
import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run, start } from "../run.ts";

let directory: string;
let path: string;
let datastore: string[];

const document = (kind: string, metadata: string, spec: string): string =>
  `---\napiVersion: selvedge.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;

const RED = [
  document("Tenant", "{ name: red }", "{}"),
  document("Host", "{ name: h1 }", "{ address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }"),
  document("Vrf", "{ name: main, namespace: red }", "{}"),
  document(
    "Subnet",
    "{ name: web, namespace: red }",
    "{ vrf: main, cidrs: [10.1.0.0/26, '2001:db8::/64'], gateway: [10.1.0.1] }",
  ),
].join("");

const WEB_1 = document(
  "Endpoint",
  "{ name: web-1, namespace: red }",
  "{ subnet: web, host: h1, addresses: [10.1.0.11] }",
);

/** Gives the address to the owner, on h1. */
async function give(owner: string, text: string): Promise<void> {
  await using store = openSqliteStore(path);
  const subnet = await new ResourceStore(store).get("subnets/red/web");
  if (subnet?.kind !== "Subnet") throw new Error("no subnet");
  const want = { kind: "fixed", addresses: [parseIpAddress(text)] } as const;
  const pool = poolOfSubnet(subnet);
  await new Ipam(store).allocate({ pool, owner, host: "h1", reason: "appliance", want });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-cli-"));
  path = join(directory, "datastore.db");
  datastore = ["--datastore", path];
  expect((await run(["apply", "-f", "-", ...datastore], RED)).exitCode).toBe(0);
});

afterEach(() => rmSync(directory, { recursive: true }));

describe("selvedge ipam show", () => {
  test("prints how much of each family of each subnet is used", async () => {
    await give("router-1", "10.1.0.2");
    expect(await run(["ipam", "show", ...datastore])).toEqual({
      exitCode: 0,
      stdout: [
        "TENANT  SUBNET  CIDRS            SIZE  GIVEN  RESERVED  COOLING    FREE  BLOCKS  BORROWED",
        "red     web     10.1.0.0/26        64      1         3        0      60       1         0",
        "red     web     2001:db8::/64  1.8e19      0         1        0  1.8e19       0         0",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  test("prints exact counts as JSON, and blocks with their hosts", async () => {
    await give("router-1", "10.1.0.2");
    const { stdout } = await run(["ipam", "show", "-o", "json", ...datastore]);
    expect(JSON.parse(stdout)).toMatchObject({
      pools: [
        { family: "ipv4", size: "64" },
        { family: "ipv6", size: "18446744073709551616" },
      ],
    });
    const blocks = await run(["ipam", "show", "--blocks", ...datastore]);
    expect(blocks.stdout).toMatch(/red +web +10\.1\.0\.0\/26 +- +64 +1 +3 +0 +60 +0\n/);
  });

  test("tells who has an address, since when and why", async () => {
    await give("router-1", "10.1.0.2");
    const { stdout } = await run(["ipam", "show", "10.1.0.2", ...datastore]);
    expect(stdout).toMatch(/red +web +10\.1\.0\.2 +router-1 +h1 +\d{4}-.*Z +appliance +- +10\.1/);
  });

  test("finds nothing where nothing is", async () => {
    const show = async (...args: string[]) => run(["ipam", "show", ...args, ...datastore]);
    expect(await show("10.1.0.3")).toMatchObject({
      exitCode: 2,
      stderr: "selvedge: nobody has 10.1.0.3\n",
    });
    expect(await show("-n", "blue")).toMatchObject({ exitCode: 2 });
    expect((await show("10.1")).stderr).toContain('"10.1" is not an IP address');
  });
});

describe("selvedge ipam check", () => {
  test("says that nothing is wrong", async () => {
    const { exitCode, stdout } = await run(["ipam", "check", ...datastore]);
    expect([exitCode, stdout]).toEqual([0, "nothing is wrong\n"]);
  });

  test("fails on what is wrong, repairs it, and finds nothing then", async () => {
    await using store = openSqliteStore(path);
    await store.commit({
      compare: [],
      writes: [
        {
          kind: "put",
          key: "ipam/blocks/red/web/ipv4/10.1.0.0-26",
          value:
            '{"allocations":{"5":{"owner":"endpoints/red/gone","host":"h1","time":1,"reason":""}}}',
        },
      ],
    });
    const found = await run(["ipam", "check", ...datastore]);
    expect(found.exitCode).toBe(1);
    expect(found.stdout).toMatch(
      /^FINDING +SUBNET +WHERE +MESSAGE\nleaked +red\/web +10\.1\.0\.5 +is/,
    );
    expect(found.stderr).toContain("--repair");
    const repaired = await run(["ipam", "check", "--repair", ...datastore]);
    expect(repaired).toMatchObject({ exitCode: 0, stderr: "" });
    expect(repaired.stdout).toMatch(/leaked +red\/web +10\.1\.0\.5 +repaired/);
    expect((await run(["ipam", "check", ...datastore])).exitCode).toBe(0);
  });
});

describe("selvedge ipam check of hosts", () => {
  async function say(host: string, wired: string): Promise<void> {
    await using store = openSqliteStore(path);
    const value = `{"wired":${wired},"unwired":{}}`;
    const write = { kind: "put", key: `observed/hosts/${host}`, value } as const;
    await store.commit({ compare: [], writes: [write] });
  }

  beforeEach(async () => {
    expect((await run(["apply", "-f", "-", ...datastore], WEB_1)).exitCode).toBe(0);
  });

  test("says which hosts do not tell what they have", async () => {
    const silent = await run(["ipam", "check", ...datastore]);
    expect(silent.exitCode).toBe(0);
    expect(silent.stderr).toBe(
      "selvedge: h1 does not say what it has: its agent does not count as alive\n",
    );
    await say("h1", '{"red/main":["10.1.0.11"]}');
    expect(await run(["ipam", "check", ...datastore])).toEqual({
      ...{ exitCode: 0, stdout: "nothing is wrong\n", stderr: "" },
    });
  });

  test("names what a host has without an endpoint, and whose it is", async () => {
    await say("h1", '{"red/main":["10.1.0.11","10.1.0.12"]}');
    const { exitCode, stdout } = await run(["ipam", "check", "-n", "red", ...datastore]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /stray +- +10\.1\.0\.12 +is on host h1 in VRF red\/main, but no endpoint/,
    );
    expect((await run(["ipam", "check", "-n", "blue", ...datastore])).exitCode).toBe(0);
  });

  test("leaves it to an operator which of two hosts is to have an address", async () => {
    await say("h1", '{"red/main":["10.1.0.11"]}');
    await say("h2", '{"red/main":["10.1.0.11"]}');
    const { stdout } = await run(["ipam", "check", "--repair", ...datastore]);
    expect(stdout).toMatch(/doubly-wired +- +10\.1\.0\.11 +manual +is on hosts h1 and h2/);
  });
});

describe("selvedge ipam release", () => {
  const release = (address: string) =>
    run(["ipam", "release", address, "-n", "red", "--subnet", "web", ...datastore]);

  test("takes an address back", async () => {
    await give("router-1", "10.1.0.2");
    expect(await release("10.1.0.2")).toEqual({
      exitCode: 0,
      stdout: "10.1.0.2 of red/web released, which router-1 had\n",
      stderr: "",
    });
    expect(await release("10.1.0.2")).toMatchObject({ exitCode: 2 });
    expect((await run(["ipam", "check", ...datastore])).exitCode).toBe(0);
  });

  test("leaves an endpoint what it has, and says how it is deleted", async () => {
    await run(["apply", "-f", "-", ...datastore], WEB_1);
    await run(["ipam", "check", "--repair", ...datastore]);
    const { exitCode, stderr } = await release("10.1.0.11");
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      "selvedge: 10.1.0.11 is an address of endpoints/red/web-1; change that, or delete it: selvedge delete endpoint web-1 -n red\n",
    );
  });
});

describe("selvedge ipam of a server", () => {
  let socket: string[];
  let server: ReturnType<typeof start>;

  beforeEach(async () => {
    const at = join(directory, "api.sock");
    socket = ["--socket", at];
    server = start(["api-server", ...datastore, ...socket]);
    await server.saysSoon("serving");
  });

  afterEach(async () => {
    expect(await server.stop()).toMatchObject({ exitCode: 0 });
  });

  test("shows, finds, repairs and releases what the datastore itself would", async () => {
    await give("router-1", "10.1.0.2");
    const over = async (...args: string[]) => run(["ipam", ...args, ...socket]);
    for (const args of [["show"], ["show", "--blocks"], ["show", "10.1.0.2"], ["check"]]) {
      expect(await over(...args)).toEqual(await run(["ipam", ...args, ...datastore]));
    }
    expect(await over("show", "10.1.0.3")).toMatchObject({
      ...{ exitCode: 2, stderr: "selvedge: nobody has 10.1.0.3\n" },
    });
    expect(await over("check", "--repair")).toMatchObject({
      ...{ exitCode: 0, stdout: "nothing is wrong\n" },
    });
    expect(await over("release", "10.1.0.2", "-n", "red", "--subnet", "web")).toMatchObject({
      ...{ exitCode: 0, stdout: "10.1.0.2 of red/web released, which router-1 had\n" },
    });
    expect(await over("show", "10.1.0.2")).toMatchObject({ exitCode: 2 });
  });

  test("takes one place to ask only", async () => {
    const { exitCode, stderr } = await run(["ipam", "show", ...socket, ...datastore]);
    expect([exitCode, stderr]).toEqual([
      2,
      "selvedge: --socket and --datastore contradict each other; give one of them\n",
    ]);
  });
});
