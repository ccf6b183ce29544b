import { type RemoteMacChange, ZERO_ESI } from "@selvedge/bgp-evpn";
import { parseIpAddress, parseMacAddress, parseVni } from "@selvedge/net";
import { beforeEach, describe, expect, test } from "vitest";
import { MacImport, macImportSite } from "../../src/bgp/mac-import.ts";
import { vrfIntent } from "../../src/intent/vrf-intent.ts";
import { bridgedSubnet, host, recordingLog, vrf } from "../fixtures.ts";

const LAN = "red/lan";
const VRF = "red/main";
const MAC = parseMacAddress("02:00:00:00:00:01");
const IP = parseIpAddress("10.1.5.11");
const VTEP = parseIpAddress("10.0.2.1");
const OTHER = parseIpAddress("10.0.3.1");
const OWN = parseIpAddress("10.0.1.1");
const VNI = parseVni(6001);
const FOREIGN_VNI = parseVni(7001);

const remote = (fields: Partial<RemoteMacChange> = {}): RemoteMacChange => ({
  kind: "remote-mac",
  mac: MAC,
  nextHops: [{ vtep: VTEP, vni: VNI }],
  esi: ZERO_ESI,
  sequence: 0,
  sticky: false,
  defaultGateway: false,
  ...fields,
});
const flags = { router: false, override: false, immutable: false };
const neighbour = { kind: "neighbour", ip: IP, mac: MAC, ...flags } as const;

let told: string[];
let lines: Record<string, unknown>[];
let imports: MacImport;

beforeEach(() => {
  told = [];
  const tell =
    (what: string) =>
    (...words: readonly string[]): void =>
      void told.push([what, ...words].join(" "));
  const recording = recordingLog();
  lines = recording.lines;
  imports = new MacImport({
    sink: {
      setRemoteMac: tell("mac"),
      removeRemoteMac: tell("no mac"),
      setRemoteNeighbour: tell("neighbour"),
      removeRemoteNeighbour: tell("no neighbour"),
      addFloodVtep: tell("flood"),
      removeFloodVtep: tell("no flood"),
    },
    site: (name) => (name === LAN ? { vrf: VRF, l2vni: VNI, vtep: OWN } : undefined),
    onRemoteMac: tell("claim"),
    onRemoteMacGone: tell("gone"),
    log: recording.log,
  });
});

describe("what a MAC-VRF imports", () => {
  test("is told to the dataplane and taken back again", () => {
    imports.follow(LAN, [
      remote(),
      neighbour,
      { kind: "remote-vtep", vtep: VTEP, vni: VNI },
      { kind: "neighbour-gone", ip: IP },
      { kind: "remote-mac-gone", mac: MAC },
      { kind: "remote-vtep-gone", vtep: VTEP },
      { kind: "remote-vtep-gone", vtep: VTEP },
    ]);
    expect(told).toEqual([
      `mac ${VRF} ${LAN} ${MAC} ${VTEP}`,
      `claim ${LAN} ${MAC} ${VTEP}`,
      `neighbour ${VRF} ${LAN} ${IP} ${MAC}`,
      `flood ${VRF} ${LAN} ${VTEP}`,
      `no neighbour ${VRF} ${LAN} ${IP}`,
      `no mac ${VRF} ${LAN} ${MAC}`,
      `gone ${LAN} ${MAC}`,
      `no flood ${VRF} ${LAN} ${VTEP}`,
    ]);
  });

  test("of a bridge domain that is not here is nothing", () => {
    imports.follow("red/other", [remote()]);
    expect(told).toEqual([]);
  });

  test("says where a MAC is, for the number of a move to here", () => {
    imports.follow(LAN, [remote({ sequence: 7 })]);
    expect(imports.placeOf(LAN, MAC)?.sequence).toBe(7);
    imports.follow(LAN, [{ kind: "remote-mac-gone", mac: MAC }]);
    expect(imports.placeOf(LAN, MAC)).toBeUndefined();
  });

  test("uses of several next hops the first that has the subnet's VNI and is not this host", () => {
    const foreign = { vtep: OTHER, vni: FOREIGN_VNI };
    imports.follow(LAN, [
      remote({ nextHops: [{ vtep: OWN, vni: VNI }, foreign, { vtep: VTEP, vni: VNI }] }),
      remote({ nextHops: [foreign] }),
      { kind: "remote-vtep", ...foreign },
    ]);
    expect(told).toEqual([
      `mac ${VRF} ${LAN} ${MAC} ${VTEP}`,
      `claim ${LAN} ${MAC} ${VTEP}`,
      `no mac ${VRF} ${LAN} ${MAC}`,
    ]);
    expect(lines.filter(({ vni }) => vni === FOREIGN_VNI)).toHaveLength(1);
  });

  test("stays while a speaker is replaced, and what the new one does not say goes", () => {
    const vtep = { kind: "remote-vtep", vtep: VTEP, vni: VNI } as const;
    imports.follow(LAN, [remote(), neighbour, vtep, { ...vtep, vtep: OTHER }]);
    imports.markStale();
    imports.follow(LAN, [{ ...vtep, vtep: OTHER }]);
    told = [];
    imports.sweepStale();
    expect(told).toEqual([
      `no mac ${VRF} ${LAN} ${MAC}`,
      `no neighbour ${VRF} ${LAN} ${IP}`,
      `no flood ${VRF} ${LAN} ${VTEP}`,
    ]);
    expect(imports.placeOf(LAN, MAC)).toBeUndefined();
  });

  test("goes with its bridge domain", () => {
    imports.follow(LAN, [remote(), neighbour, { kind: "remote-vtep", vtep: VTEP, vni: VNI }]);
    told = [];
    imports.forget(LAN);
    expect(told).toEqual([
      `no mac ${VRF} ${LAN} ${MAC}`,
      `no neighbour ${VRF} ${LAN} ${IP}`,
      `no flood ${VRF} ${LAN} ${VTEP}`,
    ]);
    imports.forget(LAN);
    expect(told).toHaveLength(3);
  });
});

test("the VRF of a bridge domain says what is accepted", () => {
  const lan = bridgedSubnet("red", "lan", "main", ["10.1.5.0/24"], 6001);
  const intent = vrfIntent({
    self: host("h1"),
    vrf: vrf("red", "main", 1),
    subnets: [lan],
    subnetsInUse: [lan],
    namespacePrefix: "vrf",
  });
  const vrfs = intent === undefined ? [] : [intent];
  expect(macImportSite(vrfs, LAN)).toEqual({ vrf: VRF, l2vni: 6001, vtep: "10.0.1.1" });
  expect(macImportSite(vrfs, "red/other")).toBeUndefined();
});
