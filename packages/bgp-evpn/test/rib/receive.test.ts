import { beforeEach, expect, test } from "vitest";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { PathAttribute } from "../../src/wire/attribute/path-attribute.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import type { UpdateFields } from "../../src/wire/update-message.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { announcement, type RouteOptions, type5 } from "./model/make.ts";
import { OWN_ASN, OWN_CLUSTER_ID, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";

const PEER = sessionSlot("peer", "10.0.0.11");
const PREFIX = "10.1.0.0/24";

let rib: Rib;
let peer: PeerId;

beforeEach(() => {
  rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    clusterId: OWN_CLUSTER_ID,
    send: () => "continue",
  });
  peer = rib.addPeer(PEER.peer);
});

function receive(fields: Partial<UpdateFields>, context = PEER.context): string {
  const bytes = encodeUpdate(
    { withdrawn: [], attributes: [], announced: [], ...fields },
    DEFAULT_CONTEXT,
  );
  const scan = new UpdateScan();
  expect(scanUpdate(bytes, 0, bytes.length, context, scan)).toBeUndefined();
  return rib.receive(peer, scan);
}

function announce(options: RouteOptions & { attributes?: readonly PathAttribute[] } = {}): string {
  const { attributes, nextHop, route } = announcement(PREFIX, options);
  return receive({
    attributes: options.attributes ?? attributes,
    announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] }],
  });
}

test.each([
  [
    "as-loop",
    {
      attributes: [
        { kind: "origin", origin: "igp" },
        { kind: "as-path", segments: [{ kind: "sequence", asns: [OWN_ASN] }] },
        { kind: "local-pref", value: 100 },
      ],
    },
  ],
  ["originator-loop", { more: [{ kind: "originator-id", routerId: OWN_ROUTER_ID }] }],
  ["cluster-loop", { more: [{ kind: "cluster-list", clusterIds: [OWN_CLUSTER_ID] }] }],
  [
    "malformed",
    {
      attributes: [
        { kind: "origin", origin: "igp" },
        { kind: "as-path", segments: [] },
      ],
    },
  ],
  ["overlay-index", { routerMac: null, label: 0 }],
] as const)(
  "a route that is kept out for %s takes back the one before and is counted",
  (reason, options) => {
    expect(announce()).toBe("routes");
    expect(rib.view.peerCounts(peer).paths).toBe(1);
    announce(options);
    expect(rib.view.counts().paths).toBe(0);
    expect(rib.view.peerCounts(peer)).toMatchObject({
      paths: 0,
      stalePaths: 0,
      bestPaths: 0,
      rejected: { [reason]: 1 },
    });
    rib.work();
    expect(rib.view.counts()).toMatchObject({ attributeSets: 0, prefixes: 0 });
  },
);

test("a route that is both withdrawn and announced in one UPDATE is announced (RFC 4271 section 4.3)", () => {
  const { attributes, nextHop, route } = announcement(PREFIX);
  receive({
    attributes,
    announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] }],
    withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [route] }],
  });
  expect(rib.view.counts().paths).toBe(1);
});

test("a withdrawal may carry another label than the announcement", () => {
  announce({ label: 5001 });
  const routes = [type5(PREFIX, { label: 0 })];
  receive({ withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes }] });
  expect(rib.view.counts().paths).toBe(0);
});

test("the same route again is no change", () => {
  announce();
  while (rib.work());
  announce();
  expect(rib.hasWork).toBe(false);
  announce({ label: 5002 });
  expect(rib.hasWork).toBe(true);
});

test("End-of-RIB is reported and noted", () => {
  expect(rib.view.peerCounts(peer).endOfRibReceived).toBe(false);
  const withdrawn = [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [] } as const];
  expect(receive({ withdrawn })).toBe("end-of-rib");
  expect(rib.view.peerCounts(peer).endOfRibReceived).toBe(true);
});

test("an UPDATE of another family does not concern the table", () => {
  const context = { ...PEER.context, families: ["l2vpn-evpn", "ipv4-unicast"] as const };
  const { prefix } = type5("10.0.0.0/8");
  const routes = [{ kind: "unicast", prefix } as const];
  const withdrawn = [{ carriedIn: "withdrawn-routes", family: "ipv4-unicast", routes } as const];
  expect(receive({ withdrawn }, context)).toBe("ignored");
});

test("a set that one route of an UPDATE drops is still there for the next", () => {
  const { attributes, nextHop } = announcement(PREFIX);
  const gateway = { ...type5(PREFIX), esi: "00:00:00:00:00:00:00:00:00:01", gateway: nextHop };
  const routes = [type5(PREFIX), gateway, type5("10.2.0.0/24")];
  receive({
    attributes,
    announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes }],
  });
  const views = [...rib.view.routes()];
  expect(views).toHaveLength(1);
  expect(views[0]?.nextHop).toBe(nextHop);
});
