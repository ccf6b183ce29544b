import { parseIpAddress, parseMacAddress, parseVni } from "@selvedge/net";
import type { EndpointStatus, RemoteMacStatus } from "@selvedge/vxlan-dataplane";
import { describe, expect, test } from "vitest";
import { bridgeDomainIntent } from "../../src/intent/bridge-domain-intent.ts";
import { macListDocument } from "../../src/status/mac-list.ts";
import { bridgedSubnet, host } from "../fixtures.ts";

const ip = parseIpAddress;
const mac = parseMacAddress;
const [HERE, AWAY] = [mac("02:00:00:00:00:11"), mac("02:00:00:00:00:22")];
const [H2, SWITCH] = [ip("10.0.2.12"), ip("10.0.10.1")];

const lan = bridgeDomainIntent(
  host("h1"),
  bridgedSubnet("red", "lan", "main", ["10.1.5.0/24"], 6001),
);
const vrfs = [{ name: "red/main", bridgeDomains: lan === undefined ? [] : [lan] }];

const endpoint = (fields: Partial<EndpointStatus> = {}): EndpointStatus => ({
  name: "red/db-1",
  vrf: "red/main",
  bridgeDomain: "red/lan",
  addresses: [ip("10.1.5.11")],
  mac: HERE,
  workload: { namespace: "w", interface: "eth0" },
  state: { kind: "attached", hostInterface: "c1", hostIndex: 2 },
  failures: [],
  ...fields,
});
const remote = (fields: Partial<RemoteMacStatus> = {}): RemoteMacStatus => ({
  vrf: "red/main",
  bridgeDomain: "red/lan",
  mac: AWAY,
  vtep: H2,
  addresses: [ip("2001:db8::22"), ip("10.1.5.22")],
  ...fields,
});
const head = { subnet: "red/lan", vrf: "red/main", l2vni: parseVni(6001) };

describe("MACs as a document", () => {
  test("are those of endpoints here with their port, and those elsewhere with their VTEP", () => {
    const hosts = new Map([["h2", H2]]);
    expect(macListDocument({ vrfs, endpoints: [endpoint()], remote: [remote()], hosts })).toEqual({
      macs: [
        {
          ...head,
          ...{ mac: HERE, type: "Local", endpoint: "red/db-1", interface: "c1" },
          addresses: ["10.1.5.11"],
        },
        {
          ...head,
          ...{ mac: AWAY, type: "Remote", vtepIp: H2, host: "h2" },
          addresses: ["10.1.5.22", "2001:db8::22"],
        },
      ],
    });
  });

  test("name no Host behind the VTEP of a switch", () => {
    const { macs } = macListDocument({
      ...{ vrfs, endpoints: [], hosts: [] },
      remote: [remote({ vtep: SWITCH })],
    });
    expect(macs).toMatchObject([{ vtepIp: SWITCH }]);
    expect(macs[0]).not.toHaveProperty("host");
  });

  test("are here once, whatever others say of them, and only while they are attached", () => {
    const sources = { vrfs, remote: [remote({ mac: HERE })], hosts: [] };
    expect(macListDocument({ ...sources, endpoints: [endpoint()] }).macs).toMatchObject([
      { mac: HERE, type: "Local" },
    ]);
    const detached = endpoint({ state: { kind: "pending" } });
    expect(macListDocument({ ...sources, endpoints: [detached] }).macs).toMatchObject([
      { mac: HERE, type: "Remote" },
    ]);
  });

  test("are none of routed endpoints, nor of subnets that are not on this host", () => {
    const routed = endpoint({ bridgeDomain: undefined });
    const other = remote({ bridgeDomain: "red/other" });
    expect(macListDocument({ vrfs, endpoints: [routed], remote: [other], hosts: [] })).toEqual({
      macs: [],
    });
  });
});
