import { parseAsn, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import {
  DECISION_STEPS,
  type DecisionTables,
  limitMultipath,
  lostAt,
  selectBest,
  selectEqual,
  selectMultipath,
  wonAt,
} from "../../src/rib/decision.ts";
import { PathTable } from "../../src/rib/path-table.ts";
import { LOCAL_PEER, PeerTable } from "../../src/rib/peer-table.ts";
import { PrefixTable } from "../../src/rib/prefix-table.ts";
import { encodeAttributeBody, writeAttribute } from "../../src/wire/attribute/encode.ts";
import type { ExtendedCommunity } from "../../src/wire/attribute/extended-community.ts";
import type { AttributeBody } from "../../src/wire/attribute/path-attribute.ts";
import { ByteWriter } from "../../src/wire/byte-writer.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";

/** What the decision process looks at. */
interface Inputs {
  readonly localPreference?: number;
  readonly isLocal?: boolean;
  readonly asPath?: readonly number[];
  readonly origin?: "igp" | "egp" | "incomplete";
  readonly med?: number;
  readonly isExternal?: boolean;
  readonly routerId?: number;
  readonly originatorId?: number;
  readonly clusters?: number;
  readonly communities?: readonly string[];
  readonly address?: string;
  /** Extended communities of a route that is not a MAC/IP route. */
  readonly more?: readonly ExtendedCommunity[];
  /** Makes it a MAC/IP route. */
  readonly mac?: Mobility;
}

/** What MAC mobility looks at. */
interface Mobility {
  /** Last octet of the segment identifier; 0: none. */
  readonly segment?: number;
  readonly sequence?: number;
  readonly sticky?: boolean;
  readonly gateway?: boolean;
  /** Last octet of the next hop. */
  readonly vtep?: number;
}

class Table implements DecisionTables {
  readonly paths = new PathTable();
  readonly prefixes = new PrefixTable(this.paths);
  readonly attributes = new AttributeTable({ asn: 65000, routerId: 1, clusterId: 1 });
  readonly peers = new PeerTable(1);

  add(inputs: Inputs): number {
    const path = this.paths.add();
    const bytes = canonical(inputs);
    this.paths.attributes.set(path, this.attributes.intern(bytes, bytes.length));
    this.paths.peer.set(path, inputs.isLocal ? LOCAL_PEER : this.#peer(inputs));
    const nlri = new Uint8Array(35);
    nlri[0] = inputs.mac === undefined ? 5 : 2;
    nlri[19] = inputs.mac?.segment ?? 0;
    this.paths.nlri.set(path, this.prefixes.nlris.store(nlri, 0, nlri.length));
    return path;
  }

  #peer({ address = "10.0.0.9", isExternal = false, routerId = 9 }: Inputs): number {
    return this.peers.add({
      kind: isExternal ? "ebgp" : "ibgp",
      reflectorClient: false,
      asn: parseAsn(isExternal ? 65009 : 65000),
      routerId: parseIpAddress(`0.0.0.${routerId}`),
      address: parseIpAddress(address),
      fourOctetAs: true,
      extendedMessages: false,
    }).id;
  }
}

/** An attribute set with a next hop, as the table interns it. */
function canonical(inputs: Inputs): Uint8Array {
  const {
    communities,
    asPath = [],
    clusters = 0,
    localPreference,
    med,
    origin = "igp",
    originatorId,
  } = inputs;
  const asns = asPath.map(parseAsn);
  const bodies: AttributeBody[] = [
    { kind: "origin", origin },
    { kind: "as-path", segments: asns.length === 0 ? [] : [{ kind: "sequence", asns }] },
  ];
  if (med !== undefined) bodies.push({ kind: "med", value: med });
  if (localPreference !== undefined) bodies.push({ kind: "local-pref", value: localPreference });
  if (communities !== undefined) bodies.push({ kind: "communities", communities });
  if (originatorId !== undefined) {
    bodies.push({ kind: "originator-id", routerId: parseIpAddress(`0.0.0.${originatorId}`) });
  }
  if (clusters > 0) {
    const clusterIds = Array.from({ length: clusters }, () => parseIpAddress("0.0.0.77"));
    bodies.push({ kind: "cluster-list", clusterIds });
  }
  if (inputs.more !== undefined) {
    bodies.push({ kind: "extended-communities", communities: inputs.more });
  }
  if (inputs.mac !== undefined) bodies.push(communitiesOf(inputs.mac));
  const out = new ByteWriter().u8(4).u32(0x0a000000 + (inputs.mac?.vtep ?? 1));
  for (const body of bodies) {
    if (body.kind === "mp-reach" || body.kind === "mp-unreach") continue;
    writeAttribute(out, body, encodeAttributeBody(body, DEFAULT_CONTEXT));
  }
  return out.finish();
}

function communitiesOf({ gateway = false, sequence, sticky = false }: Mobility): AttributeBody {
  const communities: ExtendedCommunity[] = [{ kind: "encapsulation", tunnelType: "vxlan" }];
  if (gateway) communities.push({ kind: "default-gateway" });
  if (sticky || sequence !== undefined) {
    communities.push({ kind: "mac-mobility", sticky, sequence: sequence ?? 0 });
  }
  return { kind: "extended-communities", communities };
}

const WORSE_THAN = (better: Inputs, worse: Inputs): [Inputs, Inputs] => [better, worse];

test.each([
  [
    "llgr-stale",
    WORSE_THAN({ localPreference: 1 }, { localPreference: 200, communities: ["llgr-stale"] }),
  ],
  ["static-mac", WORSE_THAN({ mac: { sticky: true } }, { mac: { sequence: 9 } })],
  ["static-mac", WORSE_THAN({ mac: { gateway: true } }, { mac: { sequence: 9 } })],
  [
    "mobility-sequence",
    WORSE_THAN({ mac: { sequence: 2, vtep: 9 } }, { mac: { sequence: 1 }, localPreference: 200 }),
  ],
  ["mobility-sequence", WORSE_THAN({ mac: { sequence: 0xffffffff } }, { mac: { sequence: 1 } })],
  ["mobility-sequence", WORSE_THAN({ mac: { sequence: 1, vtep: 2 } }, { mac: {} })],
  [
    "mobility-sequence",
    WORSE_THAN({ mac: { segment: 1, sequence: 2 } }, { mac: { segment: 2, sequence: 1 } }),
  ],
  ["lower-vtep", WORSE_THAN({ mac: { vtep: 1 } }, { mac: { vtep: 2 }, localPreference: 200 })],
  ["lower-vtep", WORSE_THAN({ mac: { sequence: 0, vtep: 1 } }, { mac: { vtep: 2 } })],
  // A stale path may tell of the latest move, but nobody knows whether that still holds.
  ["llgr-stale", WORSE_THAN({ mac: {} }, { mac: { sequence: 5 }, communities: ["llgr-stale"] })],
  // One segment, or a gateway that is in both places: the ordinary steps decide.
  [
    "local-preference",
    WORSE_THAN(
      { mac: { segment: 1, vtep: 2 }, localPreference: 200 },
      { mac: { segment: 1, vtep: 1, sequence: 5 } },
    ),
  ],
  [
    "local-preference",
    WORSE_THAN(
      { mac: { gateway: true, vtep: 2 }, localPreference: 200 },
      { mac: { gateway: true, vtep: 1, sequence: 5, sticky: true } },
    ),
  ],
  ["local-preference", WORSE_THAN({ mac: { vtep: 1 }, localPreference: 200 }, { mac: {} })],
  ["local-preference", WORSE_THAN({ localPreference: 200, asPath: [1, 2] }, {})],
  ["local-preference", WORSE_THAN({}, { localPreference: 99 })],
  ["local-origin", WORSE_THAN({ isLocal: true, origin: "incomplete" }, {})],
  ["as-path-length", WORSE_THAN({ asPath: [1], origin: "incomplete" }, { asPath: [1, 2] })],
  [
    "origin",
    WORSE_THAN({ origin: "egp", asPath: [1], med: 9 }, { origin: "incomplete", asPath: [1] }),
  ],
  ["med", WORSE_THAN({ asPath: [1], med: 1, routerId: 9 }, { asPath: [1], med: 2, routerId: 8 })],
  ["med", WORSE_THAN({ asPath: [1], routerId: 9 }, { asPath: [1], med: 2, routerId: 8 })],
  [
    "external",
    WORSE_THAN({ asPath: [1], isExternal: true, routerId: 9 }, { asPath: [2], routerId: 8 }),
  ],
  [
    "router-id",
    WORSE_THAN({ asPath: [1], med: 9, routerId: 8 }, { asPath: [2], med: 1, routerId: 9 }),
  ],
  ["router-id", WORSE_THAN({ originatorId: 3, routerId: 9, clusters: 2 }, { routerId: 8 })],
  ["cluster-list-length", WORSE_THAN({ clusters: 1 }, { clusters: 2, address: "10.0.0.1" })],
  ["peer-address", WORSE_THAN({ address: "10.0.0.1" }, { address: "10.0.0.2" })],
  ["peer-address", WORSE_THAN({ address: "10.0.0.1" }, { address: "2001:db8::1" })],
] as const)("a path is chosen by %s, case %#", (step, [better, worse]) => {
  for (const isFirst of [true, false]) {
    const table = new Table();
    const first = table.add(isFirst ? better : worse);
    const second = table.add(isFirst ? worse : better);
    const [best, loser] = isFirst ? [first, second] : [second, first];
    const candidates = [first, second];
    expect(lostAt(table, candidates, loser)).toBe(step);
    expect(lostAt(table, candidates, best)).toBeUndefined();
    expect(wonAt(table, candidates)).toBe(step);
    selectBest(table, candidates);
    expect(candidates).toEqual([best]);
  }
});

test("a path that is alone has won nothing, and one of three won at the step that the runner-up lost", () => {
  const table = new Table();
  const first = table.add({ routerId: 1 });
  const second = table.add({ routerId: 2 });
  const third = table.add({ localPreference: 50 });
  expect(wonAt(table, [first])).toBeUndefined();
  expect(wonAt(table, [third, second, first])).toBe("router-id");
  expect(lostAt(table, [third, second, first], third)).toBe("local-preference");
});

test("mobility between segments does not depend on the order of the paths", () => {
  const table = new Table();
  // Within the segment nothing is compared, so pair by pair: one = two, two > alone, alone > one.
  const one = table.add({ mac: { segment: 1, sequence: 1, vtep: 1 } });
  const two = table.add({ mac: { segment: 1, sequence: 3, vtep: 2 } });
  const alone = table.add({ mac: { sequence: 2, vtep: 3 } });
  for (const order of permutations([one, two, alone])) {
    const candidates = [...order];
    selectBest(table, candidates);
    expect(candidates).toEqual([two]);
    expect(lostAt(table, order, one)).toBe("mobility-sequence");
  }
});

test("of paths equal in cost the best ones are kept, when only some are wanted", () => {
  const table = new Table();
  const paths = [3, 1, 4, 2].map((routerId) => table.add({ routerId }));
  const worse = table.add({ routerId: 5, localPreference: 50 });
  for (const [limit, routerIds] of [
    [1, [1]],
    [3, [1, 2, 3]],
    [9, [3, 1, 4, 2]],
  ] as const) {
    const candidates = [...paths, worse];
    selectMultipath(table, candidates);
    limitMultipath(table, candidates, limit);
    expect(candidates).toEqual(routerIds.map((id) => paths[[3, 1, 4, 2].indexOf(id)]));
  }
});

test("routes of one segment are equal in cost, and so are a gateway's", () => {
  for (const shared of [{ segment: 1 }, { gateway: true }]) {
    const table = new Table();
    const paths = [1, 2, 3].map((vtep) =>
      table.add({ mac: { ...shared, vtep, sequence: vtep }, routerId: vtep }),
    );
    const equal = [...paths];
    selectEqual(table, equal);
    expect(equal).toEqual(paths);
  }
});

test("what is not a MAC/IP route is not compared by mobility, whatever communities it has", () => {
  const table = new Table();
  const sequence = (number: number): ExtendedCommunity => ({
    kind: "mac-mobility",
    sticky: true,
    sequence: number,
  });
  const low = table.add({ routerId: 1, more: [sequence(1)] });
  const high = table.add({ routerId: 2, more: [sequence(2)] });
  expect(lostAt(table, [low, high], high)).toBe("router-id");
});

test("MED is compared within a neighbouring AS only, whatever order the paths are in (RFC 4271 9.1.2.2 c)", () => {
  const table = new Table();
  const worseOfOne = table.add({ asPath: [1], med: 10, routerId: 1 });
  const betterOfOne = table.add({ asPath: [1], med: 5, routerId: 3 });
  const ofTwo = table.add({ asPath: [2], med: 100, routerId: 2 });
  for (const order of permutations([worseOfOne, betterOfOne, ofTwo])) {
    const candidates = [...order];
    selectBest(table, candidates);
    // Pair by pair, each of the three would lose to another.
    expect(candidates).toEqual([ofTwo]);
  }
});

const inputs: fc.Arbitrary<Inputs> = fc.record({
  localPreference: fc.constantFrom(100, 200),
  asPath: fc.constantFrom([1], [2], [1, 2], []),
  origin: fc.constantFrom("igp" as const, "incomplete" as const),
  med: fc.constantFrom(0, 1, 2),
  isExternal: fc.boolean(),
  isLocal: fc.constantFrom(false, false, false, true),
  routerId: fc.constantFrom(5, 6, 7),
  clusters: fc.constantFrom(0, 1, 2),
  address: fc.constantFrom("10.0.0.1", "10.0.0.2"),
});

const mobility: fc.Arbitrary<Mobility> = fc.record({
  segment: fc.constantFrom(0, 1, 2),
  sequence: fc.constantFrom(0, 1, 2),
  sticky: fc.constantFrom(false, false, true),
  gateway: fc.constantFrom(false, false, true),
  vtep: fc.constantFrom(1, 2, 3),
});
const macIpInputs = fc
  .record({ one: inputs, mac: mobility })
  .map(({ one, mac }) => ({ ...one, mac }));

test("there is one best path, and it does not depend on the order of the candidates", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(inputs, { minLength: 1, maxLength: 6 }),
        fc.array(macIpInputs, { minLength: 1, maxLength: 6 }),
      ),
      fc.infiniteStream(fc.nat()),
      (all, random) => {
        const table = new Table();
        const paths = all
          .filter(({ isLocal }, i) => !isLocal || i === 0)
          .map((one) => table.add(one));
        if (paths.length === 0) return;
        const shuffled = [...paths];
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = (random.next().value ?? 0) % (i + 1);
          [shuffled[i], shuffled[j]] = [shuffled[j] ?? 0, shuffled[i] ?? 0];
        }
        const [one, other] = [[...paths], shuffled];
        selectBest(table, one);
        selectBest(table, other);
        expect(one).toHaveLength(1);
        expect(other).toEqual(one);
        expect(paths.filter((path) => lostAt(table, paths, path) === undefined)).toEqual(one);
        const equal = [...paths];
        selectEqual(table, equal);
        expect(equal).toContain(one[0]);
      },
    ),
  );
});

test("among paths of one neighbouring AS the steps are a total order", () => {
  const sameNeighbour = inputs.map((one) => ({ ...one, asPath: [1], isLocal: false }));
  fc.assert(
    fc.property(fc.array(sameNeighbour, { minLength: 3, maxLength: 3 }), (all) => {
      const table = new Table();
      const [a = 0, b = 0, c = 0] = all.map((one) => table.add(one));
      const compare = (x: number, y: number): number => {
        for (const step of DECISION_STEPS) {
          const order = step.compare(table, x, y);
          if (order !== 0) return Math.sign(order);
        }
        return 0;
      };
      expect(compare(a, a)).toBe(0);
      expect(Math.abs(compare(a, b))).toBe(1);
      expect(compare(a, b)).toBe(-compare(b, a));
      if (compare(a, b) < 0 && compare(b, c) < 0) expect(compare(a, c)).toBe(-1);
    }),
  );
});

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]),
  );
}
