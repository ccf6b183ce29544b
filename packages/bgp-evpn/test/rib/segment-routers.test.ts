import { parseIpAddress, parseMacAddress, parseRouteDistinguisher } from "@selvedge/net";
import { beforeEach, describe, expect, it } from "vitest";
import { electDf } from "../../src/evpn/df-election.ts";
import { esImportTarget, makeEsi } from "../../src/evpn/ethernet-segment-id.ts";
import type { RibEthernetSegment } from "../../src/rib/mac-vrf.ts";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { DfElection } from "../../src/wire/attribute/extended-community.ts";
import type { EthernetSegmentId } from "../../src/wire/evpn/esi.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";

const SLOT = sessionSlot("reflector", "10.0.0.11");
const SYSTEM = parseMacAddress("02:00:00:00:0e:51");
const esi = (portKey: number): EthernetSegmentId =>
  makeEsi({ kind: "lacp", systemMac: SYSTEM, portKey });
const ESI = esi(1);
/** Of the same system, so that its routes have the same ES-Import route target. */
const OTHER = esi(2);
const OWN = "192.0.2.1";
const PREFERENCE: DfElection = { algorithm: 2, capabilities: 0, preference: 700 };

const segment = (more: Partial<RibEthernetSegment> = {}): RibEthernetSegment => ({
  esi: ESI,
  rd: parseRouteDistinguisher("10.0.0.1:1"),
  vtep: parseIpAddress(OWN),
  macVrfs: [],
  ...more,
});

let rib: Rib;
let peer: PeerId;
let told: string[];
let last: Parameters<typeof electDf>[0];

beforeEach(() => {
  told = [];
  rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: () => "continue",
    onSegmentRouters: (of, routers) => {
      last = routers;
      const texts = routers.map(({ address, election }) =>
        election === undefined ? address : `${address}/${election.preference}`,
      );
      told.push(`${of === ESI ? "" : `${of} `}${texts.join(" ")}`);
    },
  });
  peer = rib.addPeer(SLOT.peer);
});

const changes = (): string[] => {
  while (rib.work());
  return told.splice(0);
};

/** Announces the segment as attached to a router, or withdraws that. */
const hear = (
  originator: string,
  options: { of?: EthernetSegmentId; rd?: string; election?: DfElection; gone?: boolean } = {},
): void => {
  const { of = ESI, rd = "10.0.0.12:1", election, gone = false } = options;
  const route = {
    kind: "ethernet-segment",
    routeType: 4,
    rd: parseRouteDistinguisher(rd),
    esi: of,
    originator: parseIpAddress(originator),
  } as const;
  const family = "l2vpn-evpn";
  const fields = gone
    ? {
        withdrawn: [{ carriedIn: "mp-unreach", family, routes: [route] } as const],
        attributes: [],
        announced: [],
      }
    : {
        withdrawn: [],
        attributes: [
          { kind: "origin", origin: "igp" } as const,
          { kind: "as-path", segments: [] } as const,
          { kind: "local-pref", value: 100 } as const,
          {
            kind: "extended-communities",
            communities: [
              { kind: "es-import", target: esImportTarget(of) } as const,
              ...(election === undefined ? [] : [{ kind: "df-election", ...election } as const]),
            ],
          } as const,
        ],
        announced: [
          {
            carriedIn: "mp-reach",
            family,
            nextHop: parseIpAddress("192.0.2.12"),
            routes: [route],
          } as const,
        ],
      };
  const bytes = encodeUpdate(fields, SLOT.context);
  const scan = new UpdateScan();
  expect(scanUpdate(bytes, 0, bytes.length, SLOT.context, scan)).toBeUndefined();
  rib.receive(peer, scan);
};

describe("the routers of a local segment", () => {
  it("are told in order, this one among them, and again when one comes or goes", () => {
    hear("192.0.2.12");
    rib.local.setEthernetSegment(segment());
    expect(changes()).toEqual([`${OWN} 192.0.2.12`]);
    hear("192.0.2.3", { rd: "10.0.0.3:1" });
    expect(changes()).toEqual([`${OWN} 192.0.2.3 192.0.2.12`]);
    hear("192.0.2.12", { gone: true });
    expect(changes()).toEqual([`${OWN} 192.0.2.3`]);
    rib.removePeer(peer);
    expect(changes()).toEqual([OWN]);
  });

  it("come with what they want the designated forwarder elected by", () => {
    rib.local.setEthernetSegment(segment({ dfElection: { ...PREFERENCE, preference: 5 } }));
    hear("192.0.2.12", { election: PREFERENCE });
    expect(changes()).toEqual([`${OWN}/5 192.0.2.12/700`]);
    expect(electDf(last, ESI, 100).designated).toBe("192.0.2.12");
    hear("192.0.2.12", { election: { ...PREFERENCE, preference: 4 } });
    expect(changes()).toEqual([`${OWN}/5 192.0.2.12/4`]);
    expect(electDf(last, ESI, 100).designated).toBe(OWN);
  });

  it("are those of its ESI, though another has the same ES-Import route target", () => {
    rib.local.setEthernetSegment(segment());
    changes();
    hear("192.0.2.12", { of: OTHER });
    expect(changes()).toEqual([]);
    rib.local.setEthernetSegment(
      segment({ esi: OTHER, rd: parseRouteDistinguisher("10.0.0.1:2") }),
    );
    expect(changes()).toEqual([`${OTHER} ${OWN} 192.0.2.12`]);
  });

  it("are told once, with several routes of one router and a change that changes nothing", () => {
    rib.local.setEthernetSegment(segment());
    hear("192.0.2.12");
    hear("192.0.2.12", { rd: "10.0.0.12:2" });
    expect(changes()).toEqual([`${OWN} 192.0.2.12`]);
    hear("192.0.2.12", { gone: true });
    expect(changes()).toEqual([]);
    hear("2001:db8::c", { rd: "10.0.0.13:1" });
    expect(changes()).toEqual([`${OWN} 192.0.2.12 2001:db8::c`]);
  });

  it("are not told when the segment has gone, but anew when it is back", () => {
    rib.local.setEthernetSegment(segment());
    hear("192.0.2.12");
    changes();
    rib.local.removeEthernetSegment(ESI);
    hear("192.0.2.3", { rd: "10.0.0.3:1" });
    expect(changes()).toEqual([]);
    rib.local.setEthernetSegment(segment());
    expect(changes()).toEqual([`${OWN} 192.0.2.3 192.0.2.12`]);
  });

  it("are told when all imports are, and the table is looked through in pieces", () => {
    for (let n = 1; n <= 40; n++) hear(`192.0.3.${n}`, { rd: `10.0.0.${n}:1` });
    while (rib.work());
    rib.holdImports(true);
    rib.local.setEthernetSegment(segment());
    expect(changes()).toEqual([]);
    rib.local.removeEthernetSegment(ESI);
    rib.holdImports(false);
    rib.local.setEthernetSegment(segment());
    rib.work(16);
    expect(told).toEqual([]);
    expect(changes()).toHaveLength(1);
    expect(last).toHaveLength(41);
  });
});
