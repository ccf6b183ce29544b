/**
 * What VRFs and MAC-VRFs are told must follow from the routes and the configuration alone, not from the order in which
 * they came: a RIB with a history is compared with a new one that is given what is left at the end.
 */
import { parseIpAddress, parseMacAddress, parseRouteTarget } from "@selvedge/net";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { MacIpEntry, RibMacVrf } from "../../src/rib/mac-vrf.ts";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { RibVrf } from "../../src/rib/vrf.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { eadPerEs, eadPerEvi, macIp, multicast, SEGMENT } from "./model/mac-routes.ts";
import { announcement, macVrf, type5, vrf } from "./model/make.ts";
import { keyOf } from "./model/peer-model.ts";
import type { Announcement } from "./model/reference-rib.ts";
import { OWN_ASN, OWN_ROUTER_ID, type SessionSlot, sessionSlot } from "./model/sessions.ts";

const SLOTS = [
  sessionSlot("client", "10.0.0.11", { client: true }),
  sessionSlot("external", "10.0.0.31", { asn: 65009 }),
] as const;
const MACS = ["02:00:00:00:01:01", "02:00:00:00:01:02"];
const HOSTS = ["10.0.0.1", "10.0.0.9"];
const ESIS = [SEGMENT, "03:02:00:00:00:e5:20:00:00:04"];
const ROUTER_MACS = ["02:00:0a:00:00:0b", "02:00:0a:00:00:0c"];
/** The second is that of a MAC-VRF, too. */
const TARGETS = ["65000:1", "65000:100"];

type Event =
  | {
      readonly kind: "announce" | "withdraw";
      readonly slot: number;
      readonly route: Announcement;
    }
  | { readonly kind: "session"; readonly slot: number; readonly change: "down" | "retain" }
  | { readonly kind: "sweep"; readonly slot: number }
  | { readonly kind: "set-vrf"; readonly config: RibVrf }
  | { readonly kind: "remove-vrf" | "remove-mac-vrf"; readonly name: string }
  | { readonly kind: "set-mac-vrf"; readonly config: RibMacVrf }
  | {
      readonly kind: "originate" | "withdraw-local";
      readonly name: string;
      readonly entry: MacIpEntry;
    }
  | { readonly kind: "segment"; readonly esi: string; readonly isThere: boolean }
  | { readonly kind: "work"; readonly rows: number };

const vtep = fc.constantFrom("192.0.2.11", "192.0.2.12", "192.0.2.11", "192.0.2.12", "192.0.2.1");
/** Mostly those that everybody imports, so that routes meet. */
const targets = fc.constantFrom(TARGETS, TARGETS, TARGETS, ...TARGETS.map((target) => [target]));
const common = { vtep, targets };

const macRoute = fc
  .record({
    mac: fc.constantFrom(...MACS),
    ip: fc.constantFrom("", ...HOSTS, ...HOSTS),
    esi: fc.constantFrom("00:00:00:00:00:00:00:00:00:00", ...ESIS),
    label: fc.constantFrom(0, 100, 101),
    l3Label: fc.constantFrom(0, 5001, 5002),
    sequence: fc.nat(2),
    routerMac: fc.constantFrom("", ...ROUTER_MACS),
    ...common,
  })
  .map(({ ip, l3Label, mac, routerMac, ...rest }) =>
    macIp(mac, {
      ...rest,
      ...(ip === "" ? {} : { ip }),
      ...(l3Label === 0 ? {} : { l3Label }),
      communities:
        routerMac === "" ? [] : [{ kind: "router-mac", mac: parseMacAddress(routerMac) } as const],
    }),
  );

const prefixRoute = fc
  .record({
    prefix: fc.constantFrom("10.9.0.0/16", "10.0.0.9/32", "10.0.0.1/32"),
    rd: fc.constantFrom("10.0.0.11:1", "10.0.0.12:1"),
    index: fc.constantFrom("mac", "gateway", "gateway", "segment", "segment"),
    host: fc.constantFrom(...HOSTS),
    esi: fc.constantFrom(...ESIS),
    label: fc.constantFrom(0, 5001),
    routerMac: fc.constantFrom(...ROUTER_MACS, null),
    ...common,
  })
  .map(({ esi, host, index, prefix, ...options }) => {
    const route = type5(prefix, options);
    const shared = announcement(prefix, options);
    if (index === "gateway")
      return { ...shared, route: { ...route, gateway: parseIpAddress(host) } };
    return { ...shared, route: index === "segment" ? { ...route, esi } : route };
  });

const route: fc.Arbitrary<Announcement> = fc.oneof(
  { weight: 4, arbitrary: macRoute },
  { weight: 4, arbitrary: prefixRoute },
  fc.record({ ...common, label: fc.constantFrom(100, 101) }).map(multicast),
  {
    weight: 2,
    arbitrary: fc
      .record({ ...common, label: fc.constantFrom(0, 100), esi: fc.constantFrom(...ESIS) })
      .map(eadPerEvi),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ ...common, esi: fc.constantFrom(...ESIS), singleActive: fc.boolean() })
      .map(eadPerEs),
  },
);

const vrfConfig: fc.Arbitrary<RibVrf> = fc
  .record({
    name: fc.constantFrom("red", "green"),
    imports: targets,
    vni: fc.constantFrom(undefined, 5001),
    routerMac: fc.constantFrom(undefined, undefined, ...ROUTER_MACS),
    macVrfs: fc.constantFrom(["blue"], ["pink", "blue"], []),
    maximumPaths: fc.constantFrom(undefined, 1),
  })
  .map(({ imports, macVrfs, maximumPaths, name, routerMac, vni }) => ({
    ...vrf(name, { rd: name === "red" ? "10.0.0.1:1" : "10.0.0.1:2", ...(vni ? { vni } : {}) }),
    importRouteTargets: imports.map(parseRouteTarget),
    macVrfs,
    ...(routerMac === undefined ? {} : { routerMac: parseMacAddress(routerMac) }),
    ...(maximumPaths === undefined ? {} : { maximumPaths }),
  }));

const macVrfConfig: fc.Arbitrary<RibMacVrf> = fc
  .record({
    name: fc.constantFrom("blue", "pink"),
    target: fc.constantFrom(...TARGETS),
    ownVtep: fc.constantFrom("192.0.2.1", "192.0.2.2"),
    otherVni: fc.boolean(),
  })
  .map(({ name, otherVni, ownVtep, target }) =>
    macVrf(name, {
      rd: name === "blue" ? "10.0.0.1:100" : "10.0.0.1:101",
      target,
      vni: (name === "blue" ? 100 : 101) + (otherVni ? 10 : 0),
      vtep: ownVtep,
    }),
  );

const entry: fc.Arbitrary<MacIpEntry> = fc
  .record({
    mac: fc.constantFrom(...MACS.map(parseMacAddress)),
    ip: fc.constantFrom(undefined, ...HOSTS.map(parseIpAddress)),
    esi: fc.constantFrom(undefined, ...ESIS),
    sequence: fc.nat(2),
  })
  .map(({ esi, ip, ...rest }) => ({
    ...rest,
    ...(esi === undefined ? {} : { esi }),
    ...(ip === undefined ? {} : { ip }),
  }));

const slot = fc.nat({ max: SLOTS.length - 1 });

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("announce"), slot, route }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("withdraw"), slot, route }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("session"),
      slot,
      change: fc.constantFrom("down", "retain"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sweep"), slot }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("set-vrf"), config: vrfConfig }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("set-mac-vrf"), config: macVrfConfig }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("remove-vrf"),
      name: fc.constantFrom("red", "green"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("remove-mac-vrf"),
      name: fc.constantFrom("blue", "pink"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("originate", "withdraw-local"),
      name: fc.constantFrom("blue", "pink"),
      entry,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("segment"),
      esi: fc.constantFrom(...ESIS),
      isThere: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("work"), rows: fc.integer({ min: 1, max: 5 }) }),
  },
);

/** A RIB, what is to be in it, and what its VRFs and MAC-VRFs have been told. */
class Replayed {
  readonly told = new Map<string, Map<string, string>>();
  readonly vrfs = new Map<string, RibVrf>();
  readonly macVrfs = new Map<string, RibMacVrf>();
  readonly segments = new Set<string>();
  readonly local = new Map<string, Map<string, MacIpEntry>>();
  readonly received = SLOTS.map(() => new Map<string, Announcement>());
  readonly #peers = new Map<SessionSlot, PeerId>();
  readonly #retained = new Set<SessionSlot>();
  /** Keys announced in the present session. */
  readonly #fresh = SLOTS.map(() => new Set<string>());
  readonly rib: Rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: () => "continue",
    onVrfRoutes: (name, changes) => {
      for (const change of changes) {
        const value = change.kind === "reachable" ? JSON.stringify(change.nextHops) : undefined;
        this.#note(`vrf ${name}`, change.prefix, value);
      }
    },
    onMacVrfChanges: (name, changes) => {
      for (const change of changes) {
        const id = "mac" in change && change.kind !== "neighbour" ? change.mac : "";
        const key = "ip" in change ? change.ip : "vtep" in change ? change.vtep : id;
        const isGone = change.kind.endsWith("-gone");
        const kind = change.kind.replace("-gone", "");
        this.#note(
          `mac-vrf ${name}`,
          `${kind} ${key}`,
          isGone ? undefined : JSON.stringify(change),
        );
      }
    },
  });

  apply(one: Event): void {
    switch (one.kind) {
      case "announce":
        this.announce(one.slot, one.route);
        return;
      case "withdraw":
        this.#withdraw(one.slot, one.route);
        return;
      case "session":
        this.#change(one.slot, one.change);
        return;
      case "sweep":
        this.#sweep(one.slot);
        return;
      case "set-vrf":
        this.setVrf(one.config);
        return;
      case "remove-vrf":
        this.vrfs.delete(one.name);
        this.told.delete(`vrf ${one.name}`);
        this.rib.local.removeVrf(one.name);
        return;
      case "set-mac-vrf":
        this.setMacVrf(one.config);
        return;
      case "remove-mac-vrf":
        this.macVrfs.delete(one.name);
        this.local.delete(one.name);
        this.told.delete(`mac-vrf ${one.name}`);
        this.rib.local.removeMacVrf(one.name);
        return;
      case "originate":
        this.originate(one.name, one.entry);
        return;
      case "withdraw-local":
        if (!this.macVrfs.has(one.name)) return;
        this.local.get(one.name)?.delete(entryKey(one.entry));
        this.rib.local.withdrawMac(one.name, one.entry.mac, one.entry.ip);
        return;
      case "segment":
        this.setSegment(one.esi, one.isThere);
        return;
      case "work":
        this.rib.work(one.rows);
        return;
    }
  }

  announce(index: number, { attributes, nextHop, route: each }: Announcement): void {
    const peer = this.#up(index);
    this.received[index]?.set(keyOf(each), { attributes, nextHop, route: each });
    this.#fresh[index]?.add(keyOf(each));
    const routes = [each];
    const announced = [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes } as const];
    this.#receive(index, peer, { withdrawn: [], attributes, announced });
  }

  setVrf(config: RibVrf): void {
    this.vrfs.set(config.name, config);
    this.rib.local.setVrf(config);
  }

  setMacVrf(config: RibMacVrf): void {
    this.macVrfs.set(config.name, config);
    this.rib.local.setMacVrf(config);
  }

  setSegment(esi: string, isThere: boolean): void {
    if (isThere) {
      this.segments.add(esi);
      const blue = macVrf("blue", { rd: `10.0.0.1:${900 + ESIS.indexOf(esi)}` });
      this.rib.local.setEthernetSegment({ esi, rd: blue.rd, vtep: blue.vtep, macVrfs: [] });
    } else {
      this.segments.delete(esi);
      this.rib.local.removeEthernetSegment(esi);
    }
  }

  originate(name: string, one: MacIpEntry): void {
    if (!this.macVrfs.has(name)) return;
    const entries = this.local.get(name) ?? new Map<string, MacIpEntry>();
    this.local.set(name, entries.set(entryKey(one), one));
    this.rib.local.originateMac(name, one);
  }

  settle(): void {
    for (let slices = 0; this.rib.work(3); slices++) {
      if (slices > 10_000) throw new Error("the work does not come to an end");
    }
  }

  /** Everything that was told, in an order of its own. */
  summary(): unknown {
    return [...this.told]
      .map(([name, table]) => [name, [...table].sort()] as const)
      .filter(([, table]) => table.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** A new RIB that is given what this one holds. */
  replay(): Replayed {
    const other = new Replayed();
    for (const config of this.macVrfs.values()) other.setMacVrf(config);
    for (const config of this.vrfs.values()) other.setVrf(config);
    for (const esi of this.segments) other.setSegment(esi, true);
    for (const [name, entries] of this.local) {
      for (const one of entries.values()) other.originate(name, one);
    }
    for (const [index, routes] of this.received.entries()) {
      for (const one of routes.values()) other.announce(index, one);
    }
    other.settle();
    return other;
  }

  expectNothingLeft(): void {
    for (const peer of this.#peers.values()) this.rib.removePeer(peer);
    for (const name of [...this.vrfs.keys()]) this.rib.local.removeVrf(name);
    for (const name of [...this.macVrfs.keys()]) this.rib.local.removeMacVrf(name);
    for (const esi of [...this.segments]) this.rib.local.removeEthernetSegment(esi);
    this.settle();
    const { memory: _, version: __, ...counts } = this.rib.view.counts();
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBe(0);
  }

  #withdraw(index: number, { route: each }: Announcement): void {
    this.received[index]?.delete(keyOf(each));
    const withdrawn = [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [each] } as const];
    this.#receive(index, this.#up(index), { withdrawn, attributes: [], announced: [] });
  }

  #up(index: number): PeerId {
    const session = SLOTS[index] ?? SLOTS[0];
    const known = this.#peers.get(session);
    if (known !== undefined && !this.#retained.has(session)) return known;
    if (known !== undefined) {
      this.#retained.delete(session);
      this.rib.resumePeer(known, session.peer);
      return known;
    }
    const peer = this.rib.addPeer(session.peer);
    this.#peers.set(session, peer);
    return peer;
  }

  #change(index: number, change: "down" | "retain"): void {
    const session = SLOTS[index] ?? SLOTS[0];
    const peer = this.#peers.get(session);
    if (peer === undefined) return;
    const isRetained = this.#retained.has(session);
    if (change === "down") {
      this.rib.removePeer(peer);
      this.#peers.delete(session);
      this.#retained.delete(session);
      this.received[index]?.clear();
    } else if (change === "retain" && !isRetained) {
      this.rib.retainPeer(peer, "all");
      this.#retained.add(session);
      this.#fresh[index]?.clear();
    }
  }

  #sweep(index: number): void {
    const session = SLOTS[index] ?? SLOTS[0];
    const peer = this.#peers.get(session);
    if (peer === undefined || this.#retained.has(session)) return;
    this.rib.markPeerStale(peer);
    this.rib.sweepPeer(peer);
    this.received[index]?.clear();
  }

  #receive(index: number, peer: PeerId, fields: Parameters<typeof encodeUpdate>[0]): void {
    const { context } = SLOTS[index] ?? SLOTS[0];
    const bytes = encodeUpdate(fields, context);
    const scan = new UpdateScan();
    expect(scanUpdate(bytes, 0, bytes.length, context, scan)).toBeUndefined();
    this.rib.receive(peer, scan);
  }

  #note(owner: string, key: string, value: string | undefined): void {
    const table = this.told.get(owner) ?? new Map<string, string>();
    this.told.set(owner, table);
    if (value === undefined) expect(table.delete(key), `${owner} ${key} was there`).toBe(true);
    else {
      expect(table.get(key), `${owner} ${key} has changed`).not.toBe(value);
      table.set(key, value);
    }
  }
}

function entryKey({ ip, mac }: MacIpEntry): string {
  return `${mac} ${ip ?? ""}`;
}

it("VRFs and MAC-VRFs are told what follows from what is there, whatever was there before", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60, size: "max" }), (events) => {
      const world = new Replayed();
      world.setMacVrf(macVrf("blue"));
      world.setVrf({
        ...vrf("red"),
        importRouteTargets: TARGETS.map(parseRouteTarget),
        macVrfs: ["blue"],
      });
      for (const one of events) world.apply(one);
      world.settle();
      expect(world.summary()).toEqual(world.replay().summary());
      world.expectNothingLeft();
    }),
    { numRuns: 300 },
  );
});
