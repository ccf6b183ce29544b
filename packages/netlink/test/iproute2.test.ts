import { parseIpAddress, parseIpPrefix, parseMacAddress, parseVni } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { encodeRequest, type RouteRequest } from "../src/request.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";
import { messageTree } from "./message-tree.ts";
import { VECTORS } from "./vectors/iproute2.ts";

const ip = parseIpAddress;
const prefix = parseIpPrefix;
const mac = parseMacAddress;

const LO = 1;
const VX = 2;
const BR0 = 3;
const BR1 = 12;
const C2 = 4;
const C1 = 5;
const C5 = 7;

/** The requests that mean what the commands of the vectors of the same name mean. */
const REQUESTS: Readonly<Record<string, RouteRequest>> = {
  "creates a VXLAN device over IPv4": {
    kind: "link.create",
    name: "vx9",
    mac: mac("02:00:0a:00:00:01"),
    mtu: 1450,
    link: {
      kind: "vxlan",
      vni: parseVni(9),
      local: ip("10.0.0.1"),
      port: 4789,
      learning: false,
      ttl: 64,
      udpChecksum: true,
    },
  },
  "creates a VXLAN device over IPv6": {
    kind: "link.create",
    name: "vx8",
    link: {
      kind: "vxlan",
      vni: parseVni(8),
      local: ip("2001:db8::1"),
      port: 4789,
      learning: true,
      ttl: 64,
      udpChecksum: true,
    },
  },
  "creates a veth pair": {
    kind: "link.create",
    name: "h1",
    mtu: 1450,
    link: { kind: "veth", peerName: "eth0", peerMac: mac("02:00:00:00:00:77") },
  },
  "creates a bridge": { kind: "link.create", name: "br1", link: { kind: "bridge" } },
  "creates a bridge without multicast snooping": {
    kind: "link.create",
    name: "br2",
    link: { kind: "bridge", multicastSnooping: false },
  },
  "changes a port of a bridge": {
    kind: "link.set",
    index: C2,
    bridgePort: { learning: false, neighSuppress: true },
  },
  "changes what is flooded to a port of a bridge": {
    kind: "link.set",
    index: C2,
    bridgePort: {
      unicastFlood: false,
      multicastFlood: false,
      broadcastFlood: false,
      isolated: true,
    },
  },
  "brings a link up": { kind: "link.set", index: C1, up: true },
  "brings a link down": { kind: "link.set", index: C1, up: false },
  "sets MAC address and MTU": {
    kind: "link.set",
    index: C1,
    mtu: 1400,
    mac: mac("02:00:00:00:00:99"),
  },
  "sets an alias": { kind: "link.set", index: C1, alias: "selvedge" },
  "joins a bridge": { kind: "link.set", index: C2, master: BR0 },
  "leaves a bridge": { kind: "link.set", index: C2, master: 0 },
  "sets the address generation mode": { kind: "link.set", index: C1, addrGenMode: "none" },
  "renames a link": { kind: "link.set", index: C2, newName: "c3" },
  "puts a link into a group": { kind: "link.set", index: C1, group: 4711 },
  "deletes a group of links": { kind: "link.deleteGroup", group: 4711 },
  "deletes a link": { kind: "link.delete", index: BR1 },
  "replaces an IPv4 address": {
    kind: "address.replace",
    link: LO,
    address: ip("198.51.100.1"),
    length: 32,
  },
  "replaces a link-scoped IPv4 address": {
    kind: "address.replace",
    link: LO,
    address: ip("198.51.100.2"),
    length: 32,
    scope: "link",
  },
  "replaces an IPv6 address": {
    kind: "address.replace",
    link: LO,
    address: ip("2001:db8:9::1"),
    length: 128,
    noDad: true,
  },
  "deletes an address": {
    kind: "address.delete",
    link: LO,
    address: ip("198.51.100.1"),
    length: 32,
  },
  "replaces an IPv4 route by next-hop id": {
    kind: "route.replace",
    destination: prefix("10.1.0.0/24"),
    via: { kind: "nexthop", id: 1 },
    protocol: 201,
  },
  "replaces an IPv6 route by next-hop id": {
    kind: "route.replace",
    destination: prefix("2001:db8:1::/64"),
    via: { kind: "nexthop", id: 1 },
    protocol: 201,
    metric: 77,
  },
  "replaces a route to a link": {
    kind: "route.replace",
    destination: prefix("10.1.1.0/24"),
    via: { kind: "link", index: C1 },
    protocol: 201,
    source: ip("192.0.2.1"),
  },
  "replaces an IPv6 route to a link": {
    kind: "route.replace",
    destination: prefix("2001:db8:2::/64"),
    via: { kind: "link", index: C1 },
    protocol: 201,
  },
  "replaces a route by gateway": {
    kind: "route.replace",
    destination: prefix("10.1.2.0/24"),
    via: { kind: "gateway", address: ip("203.0.113.1"), link: C1, onlink: true },
    protocol: 201,
  },
  "replaces an IPv4 route by IPv6 gateway": {
    kind: "route.replace",
    destination: prefix("10.1.3.0/24"),
    via: { kind: "gateway", address: ip("fe80::9"), link: C1, onlink: false },
    protocol: 201,
  },
  "replaces an unreachable route": {
    kind: "route.replace",
    destination: prefix("10.0.0.0/8"),
    via: { kind: "unreachable" },
    protocol: 201,
    metric: 4278198272,
  },
  "replaces an unreachable IPv6 route": {
    kind: "route.replace",
    destination: prefix("2001:db8::/32"),
    via: { kind: "unreachable" },
    protocol: 201,
    metric: 4278198272,
  },
  "deletes a route": {
    kind: "route.delete",
    destination: prefix("10.1.0.0/24"),
    protocol: 201,
  },
  "deletes an IPv6 route by metric": {
    kind: "route.delete",
    destination: prefix("2001:db8:1::/64"),
    protocol: 201,
    metric: 77,
  },
  "replaces a next hop": {
    kind: "nexthop.replace",
    id: 11,
    via: { kind: "gateway", address: ip("fe80::11"), link: VX, onlink: true },
    protocol: 201,
  },
  "replaces an IPv4 next hop": {
    kind: "nexthop.replace",
    id: 12,
    via: { kind: "gateway", address: ip("192.0.2.9"), link: C1, onlink: false },
    protocol: 201,
  },
  "replaces a next-hop group": {
    kind: "nexthop.replace",
    id: 13,
    via: {
      kind: "group",
      members: [
        { id: 1, weight: 3 },
        { id: 2, weight: 256 },
      ],
    },
    protocol: 201,
  },
  "replaces a blackhole next hop": {
    kind: "nexthop.replace",
    id: 14,
    via: { kind: "blackhole" },
    protocol: 201,
  },
  "replaces an FDB next hop": {
    kind: "nexthop.replace",
    id: 15,
    via: { kind: "fdb", address: ip("10.0.0.2") },
    protocol: 201,
  },
  "replaces an FDB group": {
    kind: "nexthop.replace",
    id: 16,
    via: { kind: "fdb-group", members: [{ id: 15, weight: 1 }] },
    protocol: 201,
  },
  "deletes a next hop": { kind: "nexthop.delete", id: 13 },
  "replaces a permanent neighbour": {
    kind: "neighbour.replace",
    link: VX,
    address: ip("fe80::1"),
    mac: mac("02:00:0a:00:00:02"),
    state: "permanent",
    protocol: 201,
  },
  "replaces an externally learned neighbour": {
    kind: "neighbour.replace",
    link: VX,
    address: ip("10.0.0.9"),
    mac: mac("02:00:0a:00:00:02"),
    state: "noarp",
    externLearn: true,
  },
  "deletes a neighbour": { kind: "neighbour.delete", link: VX, address: ip("fe80::1") },
  "replaces an FDB entry": {
    kind: "fdb.replace",
    link: VX,
    mac: mac("02:00:0a:00:00:02"),
    table: "self",
    destination: ip("10.0.0.2"),
    state: "permanent",
  },
  "appends an FDB entry": {
    kind: "fdb.append",
    link: VX,
    mac: mac("00:00:00:00:00:00"),
    table: "self",
    destination: ip("10.0.0.2"),
    state: "permanent",
  },
  "replaces an FDB entry by next hop": {
    kind: "fdb.replace",
    link: VX,
    mac: mac("02:00:0a:00:00:03"),
    table: "self",
    nexthop: 16,
    state: "permanent",
  },
  "replaces a static FDB entry": {
    kind: "fdb.replace",
    link: VX,
    mac: mac("02:00:0a:00:00:04"),
    table: "self",
    destination: ip("10.0.0.2"),
    state: "static",
  },
  "replaces an FDB entry of the bridge": {
    kind: "fdb.replace",
    link: C5,
    mac: mac("02:00:0a:00:00:05"),
    table: "master",
    state: "dynamic",
    externLearn: true,
  },
  "deletes an FDB entry": {
    kind: "fdb.delete",
    link: VX,
    mac: mac("02:00:0a:00:00:02"),
    table: "self",
    destination: ip("10.0.0.2"),
  },
};

describe("encodeRequest sends what iproute2 sends and", () => {
  test.each(Object.entries(VECTORS))("%s", (name, { hex }) => {
    const request = REQUESTS[name];
    if (request === undefined) {
      throw new Error(`no request for the vector "${name}"`);
    }
    const writer = new MessageWriter(64);
    encodeRequest(writer, request);
    const encoded = writer.bytes.subarray(0, writer.length);
    expect(messageTree(encoded)).toEqual(messageTree(Buffer.from(hex, "hex")));
  });
});
