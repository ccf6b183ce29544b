import { parseRouteTarget, parseVni } from "@selvedge/net";
import { expect, test } from "vitest";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { VrfRouteChange } from "../../src/rib/vrf.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import {
  announcement,
  hostRoutes,
  localRoute,
  type RouteOptions,
  type5,
  vrf,
} from "./model/make.ts";
import type { Announcement } from "./model/reference-rib.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";

const PREFIX = "10.1.0.0/24";
const SLOT = sessionSlot("reflector", "10.0.0.11");

/** A RIB with one peer, and all changes of VRFs as texts. */
class Importer {
  readonly batches: { readonly vrf: string; readonly size: number }[] = [];
  #changes: string[] = [];
  readonly rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: () => "continue",
    onVrfRoutes: (name, changes) => {
      this.batches.push({ vrf: name, size: changes.length });
      this.#changes.push(...changes.map((change) => `${name} ${text(change)}`));
    },
  });
  readonly #peer: PeerId = this.rib.addPeer(SLOT.peer);

  announce(...announcements: readonly Announcement[]): this {
    for (const { attributes, nextHop, route } of announcements) {
      const announced = [
        { carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] } as const,
      ];
      this.#receive({ withdrawn: [], attributes, announced });
    }
    return this;
  }

  withdraw(prefix: string, options: RouteOptions = {}): this {
    const routes = [type5(prefix, options)];
    const withdrawn = [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes } as const];
    this.#receive({ withdrawn, attributes: [], announced: [] });
    return this;
  }

  /** What has been told since the last call, after all work, or after one slice. */
  changes(slice?: number): string[] {
    if (slice === undefined) while (this.rib.work());
    else this.rib.work(slice);
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #receive(fields: Parameters<typeof encodeUpdate>[0]): void {
    const bytes = encodeUpdate(fields, SLOT.context);
    const scan = new UpdateScan();
    expect(scanUpdate(bytes, 0, bytes.length, SLOT.context, scan)).toBeUndefined();
    this.rib.receive(this.#peer, scan);
  }
}

function text(change: VrfRouteChange): string {
  if (change.kind === "unreachable") return `- ${change.prefix}`;
  const hops = change.nextHops.map(
    ({ routerMac, vni, vtep }) => `${vtep} ${routerMac.slice(-2)} ${vni}`,
  );
  return `+ ${change.prefix} via ${hops.join(", ")}`;
}

test("a route goes to the VRFs that import one of its route targets, once to each", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red", { rd: "10.0.0.1:1", target: "65000:1" }));
  importer.rib.local.setVrf({
    ...vrf("blue", { rd: "10.0.0.1:2", target: "65000:2" }),
    importRouteTargets: ["65000:1", "65000:2"].map(parseRouteTarget),
  });
  importer.rib.local.setVrf(vrf("green", { rd: "10.0.0.1:3", target: "65000:3" }));
  importer.announce(announcement(PREFIX, { targets: ["65000:1", "65000:2"] }));
  expect(importer.changes().sort()).toEqual([
    `blue + ${PREFIX} via 192.0.2.11 0b 5001`,
    `red + ${PREFIX} via 192.0.2.11 0b 5001`,
  ]);
  importer.announce(announcement(PREFIX, { targets: ["65000:3"] }));
  expect(importer.changes().sort()).toEqual([
    `blue - ${PREFIX}`,
    `green + ${PREFIX} via 192.0.2.11 0b 5001`,
    `red - ${PREFIX}`,
  ]);
});

test("route targets of all three forms are matched by their octets", () => {
  const importer = new Importer();
  const targets = ["65000:1", "10.0.0.9:1", "4200000001:1"];
  for (const [i, target] of targets.entries()) {
    importer.rib.local.setVrf(vrf(`vrf${i}`, { rd: `10.0.0.1:${i + 1}`, target }));
  }
  importer.announce(announcement(PREFIX, { targets: ["10.0.0.9:1"] }));
  expect(importer.changes()).toEqual([`vrf1 + ${PREFIX} via 192.0.2.11 0b 5001`]);
});

test("a VRF that comes later is told its whole table, in slices", () => {
  const importer = new Importer();
  importer.announce(...hostRoutes(300));
  expect(importer.changes()).toEqual([]);
  importer.rib.local.setVrf(vrf("red"));
  expect(importer.changes(100)).toHaveLength(100);
  expect(importer.changes()).toHaveLength(200);
  expect([...importer.rib.view.vrfRoutes("red")]).toHaveLength(300);
});

test("a VRF whose route targets change is told the difference", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red", { target: "65000:1" }));
  importer.announce(announcement("10.1.0.0/24", { targets: ["65000:1"] }));
  importer.announce(announcement("10.2.0.0/24", { targets: ["65000:1", "65000:2"] }));
  importer.announce(announcement("10.3.0.0/24", { targets: ["65000:2"] }));
  importer.changes();
  importer.rib.local.setVrf(vrf("red", { target: "65000:2" }));
  expect(importer.changes().sort()).toEqual([
    "red + 10.3.0.0/24 via 192.0.2.11 0b 5001",
    "red - 10.1.0.0/24",
  ]);
  importer.rib.local.setVrf(vrf("red", { target: "65000:2" }));
  expect(importer.rib.hasWork).toBe(false);
});

test("a VRF that is removed is told nothing more; one of the same name starts empty", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  importer.announce(announcement(PREFIX));
  importer.changes();
  importer.rib.local.removeVrf("red");
  importer.withdraw(PREFIX);
  expect(importer.changes()).toEqual([]);
  importer.announce(announcement(PREFIX));
  importer.rib.local.setVrf(vrf("red"));
  expect(importer.changes()).toEqual([`red + ${PREFIX} via 192.0.2.11 0b 5001`]);
  importer.rib.local.removeVrf("red");
  importer.rib.local.setVrf(vrf("red"));
  expect(importer.changes()).toEqual([`red + ${PREFIX} via 192.0.2.11 0b 5001`]);
  importer.rib.local.removeVrf("red");
  importer.changes();
  expect(importer.rib.view.counts()).toMatchObject({ vrfRoutes: 0, nextHopSets: 0 });
});

test("NLRIs of several distinguishers are one route: the better one, or several next hops when equal", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  const one = { rd: "10.0.0.11:1", vtep: "192.0.2.11" };
  const two = { rd: "10.0.0.12:1", vtep: "192.0.2.12", routerMac: "02:00:0a:00:00:0c" };
  importer.announce(announcement(PREFIX, two));
  expect(importer.changes()).toEqual([`red + ${PREFIX} via 192.0.2.12 0c 5001`]);
  importer.announce(announcement(PREFIX, one));
  expect(importer.changes()).toEqual([
    `red + ${PREFIX} via 192.0.2.11 0b 5001, 192.0.2.12 0c 5001`,
  ]);
  importer.announce(announcement(PREFIX, { ...two, localPreference: 200 }));
  expect(importer.changes()).toEqual([`red + ${PREFIX} via 192.0.2.12 0c 5001`]);
  importer.withdraw(PREFIX, two);
  expect(importer.changes()).toEqual([`red + ${PREFIX} via 192.0.2.11 0b 5001`]);
  importer.withdraw(PREFIX, one);
  expect(importer.changes()).toEqual([`red - ${PREFIX}`]);
});

test("of next hops equal in cost a VRF takes as many as it wants, whatever the order they came in", () => {
  for (const order of [
    [1, 2, 3],
    [3, 1, 2],
    [2, 3, 1],
  ]) {
    const importer = new Importer();
    importer.rib.local.setVrf({ ...vrf("red"), maximumPaths: 2 });
    for (const n of order) {
      importer.announce(announcement(PREFIX, { rd: `10.0.0.1${n}:1`, vtep: `192.0.2.${n}` }));
    }
    expect(importer.changes()).toEqual([
      `red + ${PREFIX} via 192.0.2.1 0b 5001, 192.0.2.2 0b 5001`,
    ]);
    importer.rib.local.setVrf({ ...vrf("red"), maximumPaths: 1 });
    expect(importer.changes()).toEqual([`red + ${PREFIX} via 192.0.2.1 0b 5001`]);
    importer.rib.local.setVrf(vrf("red"));
    expect(importer.changes()).toHaveLength(1);
    expect(() => importer.rib.local.setVrf({ ...vrf("red"), maximumPaths: 0 })).toThrow(
      "1 or more",
    );
  }
});

test("of paths of one router the one that is kept does not depend on which came first", () => {
  const told = [[1, 2] as const, [2, 1] as const].map((order) => {
    const importer = new Importer();
    importer.rib.local.setVrf({ ...vrf("red"), maximumPaths: 1 });
    for (const n of order) {
      importer.announce(announcement(PREFIX, { rd: `10.0.0.11:${n}`, label: 5000 + n }));
    }
    return importer.changes();
  });
  expect(told).toEqual([
    [`red + ${PREFIX} via 192.0.2.11 0b 5001`],
    [`red + ${PREFIX} via 192.0.2.11 0b 5001`],
  ]);
});

test("two distinguishers with one next hop are one next hop", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  importer.announce(announcement(PREFIX, { rd: "10.0.0.11:1" }));
  importer.changes();
  importer.announce(announcement(PREFIX, { rd: "10.0.0.11:2" }));
  expect(importer.changes()).toEqual([]);
  importer.withdraw(PREFIX, { rd: "10.0.0.11:1" });
  expect(importer.changes()).toEqual([]);
});

test("nothing is told in between when both NLRIs of a route change but only one is in the slice", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  const [one, two] = [{ rd: "10.0.0.11:1" }, { rd: "10.0.0.12:1", vtep: "192.0.2.12" }];
  importer.announce(announcement(PREFIX, one), announcement(PREFIX, two));
  importer.changes();
  importer.withdraw(PREFIX, one).withdraw(PREFIX, two);
  expect(importer.changes(1)).toEqual([]);
  expect(importer.changes(1)).toEqual([`red - ${PREFIX}`]);
});

test.each([
  ["without Router's MAC", { routerMac: null }],
  ["with a label of zero", { label: 0 }],
  ["for MPLS", { encapsulation: "mpls" }],
  ["with the route target of another VRF", { targets: ["65000:9"] }],
] as const)("a route type 5 %s is kept and shown, but not imported", (_, options) => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  importer.announce(announcement(PREFIX, options));
  expect(importer.changes()).toEqual([]);
  expect([...importer.rib.view.routes()]).toHaveLength(1);
});

test("a label of zero stands for the VRF's own VNI, where the VRF has one (FRR's default-originate)", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  importer.announce(announcement("0.0.0.0/0", { label: 0 }));
  importer.rib.local.setVrf(vrf("red", { vni: 5009 }));
  expect(importer.changes()).toEqual(["red + 0.0.0.0/0 via 192.0.2.11 0b 5009"]);
  importer.rib.local.setVrf(vrf("red", { vni: 5010 }));
  expect(importer.changes()).toEqual(["red + 0.0.0.0/0 via 192.0.2.11 0b 5010"]);
  importer.rib.local.setVrf(vrf("red"));
  expect(importer.changes()).toEqual(["red - 0.0.0.0/0"]);
});

test("what is originated here is imported by no VRF here", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red", { rd: "10.0.0.1:1" }));
  importer.rib.local.setVrf(vrf("blue", { rd: "10.0.0.1:2" }));
  importer.rib.local.originateType5("red", localRoute(PREFIX));
  expect(importer.changes()).toEqual([]);
  importer.announce(announcement(PREFIX));
  expect(importer.changes().sort()).toEqual([
    `blue + ${PREFIX} via 192.0.2.11 0b 5001`,
    `red + ${PREFIX} via 192.0.2.11 0b 5001`,
  ]);
});

test("changes of one slice come as one batch a VRF", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  importer.changes();
  importer.announce(...hostRoutes(50));
  importer.changes();
  expect(importer.batches).toEqual([{ vrf: "red", size: 50 }]);
});

test("IPv6 prefixes and IPv6 VTEPs are imported alike", () => {
  const importer = new Importer();
  importer.rib.local.setVrf(vrf("red"));
  importer.announce(announcement("2001:db8:1::/64", { vtep: "2001:db8::11" }));
  expect(importer.changes()).toEqual(["red + 2001:db8:1::/64 via 2001:db8::11 0b 5001"]);
});

test("a VRF imports by a wildcard whatever the AS in the route target is, as long as it has the wildcard", () => {
  const importer = new Importer();
  const wildcard = { ...vrf("red", { target: "65000:1" }), importVnis: [parseVni(5000)] };
  importer.rib.local.setVrf(wildcard);
  importer.announce(
    announcement(PREFIX, { targets: ["65011:5000"] }),
    announcement("10.2.0.0/24", { targets: ["65012:5000"] }),
    announcement("10.3.0.0/24", { targets: ["65012:5001"] }),
  );
  expect(importer.changes()).toHaveLength(2);
  importer.rib.local.setVrf(vrf("red", { target: "65000:1" }));
  expect(importer.changes()).toHaveLength(2);
  expect([...importer.rib.view.vrfRoutes("red")]).toEqual([]);
});
