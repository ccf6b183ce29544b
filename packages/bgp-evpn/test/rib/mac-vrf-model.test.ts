import { parseMacAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { MacIpEntry, RibMacVrf } from "../../src/rib/mac-vrf.ts";
import { ZERO_ESI } from "../../src/wire/evpn/esi.ts";
import { eadPerEs, eadPerEvi, macIp, multicast, SEGMENT } from "./model/mac-routes.ts";
import { MacVrfWorld } from "./model/mac-vrf-world.ts";
import { macVrf } from "./model/make.ts";
import { keyOf } from "./model/peer-model.ts";
import { referenceTable } from "./model/reference-mac-vrf.ts";
import type { Announcement } from "./model/reference-rib.ts";

const MACS = ["02:00:00:00:01:01", "02:00:00:00:01:02"];
const OTHER_SEGMENT = "03:02:00:00:00:e5:20:00:00:04";

const vtep = fc.constantFrom("192.0.2.1", "192.0.2.9", "192.0.2.11", "2001:db8::b");
const targets = fc.constantFrom(["65000:100"], ["65000:7"], ["65000:7", "65000:100"]);
const esi = fc.constantFrom(ZERO_ESI, SEGMENT, OTHER_SEGMENT);
const segment = fc.constantFrom(SEGMENT, OTHER_SEGMENT);
const label = fc.constantFrom(0, 100, 101);
const gateway = fc.constantFrom(false, false, true);
const common = { vtep, targets };

const route: fc.Arbitrary<Announcement> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        mac: fc.constantFrom(...MACS),
        ip: fc.constantFrom("", "10.0.0.1", "2001:db8::1"),
        esi,
        label,
        sequence: fc.nat(2),
        sticky: fc.boolean(),
        defaultGateway: gateway,
        ...common,
      })
      .map(({ ip, mac, ...rest }) => macIp(mac, ip === "" ? rest : { ...rest, ip })),
  },
  fc.record({ ...common, label: fc.constantFrom(100, 101) }).map(multicast),
  { weight: 2, arbitrary: fc.record({ ...common, label, esi: segment }).map(eadPerEvi) },
  {
    weight: 2,
    arbitrary: fc.record({ ...common, esi: segment, singleActive: fc.boolean() }).map(eadPerEs),
  },
);

const localMac: fc.Arbitrary<MacIpEntry> = fc.record({
  mac: fc.constantFrom(...MACS.map(parseMacAddress)),
  esi,
  sequence: fc.nat(2),
  sticky: fc.boolean(),
  defaultGateway: gateway,
});

type Event =
  | { readonly kind: "announce" | "withdraw"; readonly route: Announcement }
  | { readonly kind: "originate" | "withdraw-local"; readonly entry: MacIpEntry }
  | { readonly kind: "set"; readonly config: RibMacVrf }
  | { readonly kind: "work"; readonly rows: number };

const config = fc
  .record({ target: fc.constantFrom("65000:100", "65000:7"), vni: fc.constantFrom(100, 102) })
  .map((options) => macVrf("blue", options));

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("announce"), route }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("withdraw"), route }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("originate"), entry: localMac }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("withdraw-local"), entry: localMac }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("set"), config }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("work"), rows: fc.integer({ min: 1, max: 4 }) }),
  },
);

it("what is told adds up to what follows from all routes, however they come and go", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const world = new MacVrfWorld();
      let blue = macVrf("blue");
      world.rib.local.setMacVrf(blue);
      const announced = new Map<string, Announcement>();
      const local = new Map<string, MacIpEntry>();
      for (const each of events) {
        switch (each.kind) {
          case "announce":
            announced.set(keyOf(each.route.route), each.route);
            world.announce(each.route);
            break;
          case "withdraw":
            announced.delete(keyOf(each.route.route));
            world.withdraw(each.route);
            break;
          case "originate":
            local.set(each.entry.mac, each.entry);
            world.rib.local.originateMac("blue", each.entry);
            break;
          case "withdraw-local":
            local.delete(each.entry.mac);
            world.rib.local.withdrawMac("blue", each.entry.mac);
            break;
          case "set":
            blue = each.config;
            world.rib.local.setMacVrf(blue);
            break;
          case "work":
            world.changes(each.rows);
            break;
        }
      }
      world.changes();
      const expected = referenceTable(blue, [...announced.values()], [...local.values()]);
      expect(sorted(world.told("blue"))).toEqual(sorted(expected));
      for (const entry of local.values()) world.rib.local.withdrawMac("blue", entry.mac);
      world.rib.local.removeMacVrf("blue");
      world.loseSession().changes();
      expect(world.rib.view.counts()).toMatchObject({
        macVrfEntries: 0,
        paths: 0,
        attributeSets: 0,
      });
    }),
    { numRuns: 400 },
  );
});

function sorted(table: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...table].sort(([a], [b]) => (a < b ? -1 : 1));
}
