import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NETWORK } from "../declared.ts";
import { run } from "../run.ts";

let directory: string;
let datastore: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-describe-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  await run(["apply", "-f", "-", ...datastore], NETWORK);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Without what is of the clock. */
const describe = async (...args: readonly string[]) => {
  const { stdout } = await run(["describe", ...args, ...datastore]);
  return stdout.replaceAll(/\S+Z \(\S+ ago\)/g, "TIME");
};

test("a subnet has its VRF, and how much of it is used by whom", async () => {
  expect(await describe("subnet", "web", "-n", "red")).toBe(`\
Name:         web
Tenant:       red
Kind:         Subnet
Labels:       <none>
Annotations:  <none>
Created:      TIME
Generation:   1
VRF:          main (L3VNI 5000)
Mode:         routed
CIDRs:
  PREFIX       SIZE  USED BY ENDPOINTS
  10.1.0.0/24  256   3
Gateway:      10.1.0.1
Endpoints:    3
On hosts:
  HOST  ENDPOINTS
  h1    3
Blocks:       selvedge ipam show -n red --subnet web --blocks
`);
});

test("a bridged subnet has its own number, and what it does with frames to everybody", async () => {
  const metadata = { name: "lan", namespace: "red" };
  const spec = { vrf: "main", mode: "bridged", cidrs: ["10.1.5.0/24"], vni: 6001 };
  const subnet = { apiVersion: "selvedge.dev/v1alpha1", kind: "Subnet", metadata, spec };
  await run(["apply", "-f", "-", ...datastore], JSON.stringify(subnet));
  const text = await describe("subnet", "lan", "-n", "red");
  await run(["delete", "subnet", "lan", "-n", "red", ...datastore]);
  expect(text).toContain(
    [
      "Mode:                 bridged",
      "L2VNI:                6001",
      "Route distinguisher:  ROUTER-ID:3 on each host",
      "Route targets:        65000:6001",
      "Flooding:             head-end-replication",
      "",
    ].join("\n"),
  );
});

test("a VRF has its numbers and its subnets", async () => {
  const text = await describe("vrf", "main", "-n", "blue");
  expect(text).toContain("L3VNI:                 5001\n");
  expect(text).toContain("Route distinguisher:   ROUTER-ID:2 on each host\n");
  expect(text).toContain("Import route targets:  65000:5001 (automatic)\n");
  expect(text).toContain("  web   10.1.0.0/24  10.1.0.1  1\n");
});

test("an endpoint has where it is and what it is in", async () => {
  const text = await describe("ep", "web-2", "-n", "red");
  expect(text).toContain("Labels:       role=web\n              spare=yes-it-is\n");
  expect(text).toContain("Host:         h1 (VTEP 10.0.1.1)\n");
  expect(text).toContain("Addresses:    10.1.0.12\n");
  expect(text).toContain("Subnet:       web (10.1.0.0/24)\n");
  expect(text).toContain("VRF:          main (L3VNI 5000)\n");
});

test("a host has its addresses, and whose endpoints are on it", async () => {
  const text = await describe("host", "h1");
  expect(text).toContain("Router addresses:  100.64.0.1\n                   ");
  expect(text).toMatch(
    / {2}TENANT {2}VRF {3}ENDPOINTS\n {2}blue {4}main {2}1\n {2}red {5}main {2}3\n/,
  );
});

test("a tenant has its VRFs; several are parted by an empty line", async () => {
  const text = await describe("tenants");
  expect(text).toMatch(/^Name: +blue\n(.+\n)+\nName: +red\n/);
  expect(text).toContain("  main  5000   1        3\n");
});

test("a tenant with a range of VNIs says so", async () => {
  const range = `apiVersion: selvedge.dev/v1alpha1
kind: Tenant
metadata: { name: green }
spec: { vniRange: { first: 7000, last: 7099 } }
`;
  await run(["apply", "-f", "-", ...datastore], range);
  expect(await describe("tenant", "green")).toContain("VNI range:    7000-7099\n");
  await run(["delete", "tenant", "green", ...datastore]);
});

test("what is not there is exit code 2, and 4 beside others", async () => {
  const args = ["-n", "red", ...datastore];
  expect(await run(["describe", "ep", "web-9", ...args])).toMatchObject({ exitCode: 2 });
  expect(await run(["describe", "ep", "-l", "role=none", ...args])).toMatchObject({
    exitCode: 2,
    stderr: "selvedge: no such endpoints declared\n",
  });
  expect(await run(["describe", "ep", "web-1", "web-9", ...args])).toMatchObject({ exitCode: 4 });
});
