/** Any sequence of calls by three hosts, beside a reference that keeps a list of who has what. */
import { type IpAddress, type IpFamily, ipFamily, prefixContains } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Ipam } from "../src/ipam.ts";
import { IpamError } from "../src/ipam-error.ts";
import { LEAST_RECENTLY_RELEASED, LOWEST_FREE, randomFree } from "../src/strategy.ts";
import { ips, pool } from "./pools.ts";
import { type Fate, ObservedStore, TemporaryStore } from "./stores.ts";

const COOL_DOWN = 1000;
const DUAL = pool({
  cidrs: ["10.1.0.0/28", "2001:db8::/125"],
  gateway: ["10.1.0.1"],
  reserved: ["10.1.0.2", "2001:db8::2"],
  excluded: ["10.1.0.12-10.1.0.13"],
  blockLength: { 4: 30, 6: 126 },
});
/** What an operator would write down as free to give. */
const OPEN = ips(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 14].map((last) => `10.1.0.${last}`),
  ...["2001:db8::1", "2001:db8::3", "2001:db8::4", "2001:db8::5", "2001:db8::6", "2001:db8::7"],
);
const NOBODYS = ips("10.1.0.1", "10.1.0.12", "10.1.0.13", "10.1.0.16", "2001:db8::8");

/** The reference. */
interface Model {
  now: number;
  readonly holder: Map<IpAddress, string>;
  readonly releasedAt: Map<IpAddress, number>;
}

interface Real {
  readonly hosts: readonly Ipam[];
  readonly observed: ObservedStore;
  readonly clock: { now: number };
}

type Command = fc.AsyncCommand<Model, Real>;

function heldBy(model: Model, owner: string): IpAddress[] {
  return [...model.holder].filter(([, holder]) => holder === owner).map(([address]) => address);
}

function isFree(model: Model, address: IpAddress): boolean {
  const releasedAt = model.releasedAt.get(address);
  const isCooling = releasedAt !== undefined && model.now - releasedAt < COOL_DOWN;
  return !model.holder.has(address) && !isCooling;
}

function give(model: Model, owner: string, address: IpAddress): void {
  model.holder.set(address, owner);
  model.releasedAt.delete(address);
}

/** The minimal standard generator of Park and Miller. */
function repeatableRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

async function outcomeOf(
  call: Promise<readonly IpAddress[]>,
): Promise<readonly IpAddress[] | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof IpamError) return error.code;
    throw error;
  }
}

/** `run` with hosts[index]; `fates` is what becomes of its commits. */
function command(
  text: string,
  index: number,
  fates: readonly Fate[],
  run: (model: Model, ipam: Ipam) => Promise<void>,
): Command {
  return {
    check: () => true,
    toString: () => `h${index} ${text}${fates.length === 0 ? "" : ` (${fates.join(", ")})`}`,
    run: async (model, { hosts, observed }) => {
      const ipam = hosts[index];
      if (ipam === undefined) throw new Error("no such host");
      observed.fates.push(...fates);
      await run(model, ipam);
      observed.fates.length = 0;
      for (const { kind } of await observed.happenNow()) expect(kind).toBe("conflict");
    },
  };
}

const host = fc.nat(2);
const owner = fc.nat(7).map((number) => `o${number}`);
const fates = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fate[]>([]) },
  fc.array(fc.constantFrom<Fate>("happens", "happens later", "never happens", "answered"), {
    maxLength: 3,
  }),
);

const allocateAny = fc
  .tuple(
    host,
    owner,
    fates,
    fc.subarray<IpFamily>([4, 6], { minLength: 1 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([index, name, lost, families, count]) =>
    command(`any ${count} of ${families} for ${name}`, index, lost, async (model, ipam) => {
      const held = heldBy(model, name);
      const outcome = await outcomeOf(
        ipam.allocate({
          ...{ pool: DUAL, owner: name, host: `h${index}`, reason: "" },
          want: { kind: "any", families, count },
        }),
      );
      const missing = families.map((family) => {
        const has = held.filter((address) => ipFamily(address) === family).length;
        const free = OPEN.filter(
          (address) => ipFamily(address) === family && isFree(model, address),
        );
        return { family, wanted: Math.max(0, count - has), free: free.length };
      });
      if (missing.some(({ wanted, free }) => wanted > free)) {
        expect(outcome).toBe("pool-full");
        return;
      }
      if (typeof outcome === "string") throw new Error(`refused: ${outcome}`);
      const fresh = outcome.filter((address) => !held.includes(address));
      for (const { family, wanted } of missing) {
        expect(fresh.filter((address) => ipFamily(address) === family)).toHaveLength(wanted);
      }
      for (const address of fresh) {
        expect(OPEN).toContain(address);
        expect(isFree(model, address)).toBe(true);
        give(model, name, address);
      }
    }),
  );

const allocateFixed = fc
  .tuple(host, owner, fates, fc.constantFrom(...OPEN, ...NOBODYS, ...ips("10.1.0.2", "10.1.0.0")))
  .map(([index, name, lost, address]) =>
    command(`${address} for ${name}`, index, lost, async (model, ipam) => {
      const outcome = await outcomeOf(
        ipam.allocate({
          ...{ pool: DUAL, owner: name, host: `h${index}`, reason: "" },
          want: { kind: "fixed", addresses: [address] },
        }),
      );
      const holder = model.holder.get(address);
      if (NOBODYS.includes(address)) {
        expect(["gateway", "excluded", "outside"]).toContain(outcome);
      } else if (holder !== undefined && holder !== name) {
        expect(outcome).toBe("taken");
      } else {
        expect(outcome).toEqual([address]);
        give(model, name, address);
      }
    }),
  );

const releaseOwner = fc.tuple(host, owner, fates).map(([index, name, lost]) =>
  command(`release of ${name}`, index, lost, async (model, ipam) => {
    const held = heldBy(model, name);
    const released = await ipam.release({ pool: DUAL, owner: name });
    if (lost.length === 0) expect([...released].sort()).toEqual([...held].sort());
    for (const address of held) {
      model.holder.delete(address);
      model.releasedAt.set(address, model.now);
    }
  }),
);

const releaseAddress = fc.tuple(host, fc.constantFrom(...OPEN)).map(([index, address]) =>
  command(`release of ${address}`, index, [], async (model, ipam) => {
    const released = await ipam.release({ pool: DUAL, address });
    expect(released).toEqual(model.holder.has(address) ? [address] : []);
    if (model.holder.delete(address)) model.releasedAt.set(address, model.now);
  }),
);

const look = fc.tuple(host, owner, fc.constantFrom(...OPEN)).map(([index, name, address]) =>
  command(`looks at ${name} and ${address}`, index, [], async (model, ipam) => {
    expect([...(await ipam.byOwner(DUAL, name))].sort()).toEqual(heldBy(model, name).sort());
    const use = await ipam.lookup(DUAL, address);
    expect(use?.owner).toBe(model.holder.get(address));
    if (use !== undefined) expect(prefixContains(use.block, address)).toBe(true);
  }),
);

const wait = fc.constantFrom(1, COOL_DOWN / 2, COOL_DOWN).map(
  (milliseconds): Command => ({
    check: () => true,
    toString: () => `wait ${milliseconds}`,
    run: async (model, { clock }) => {
      model.now += milliseconds;
      clock.now = model.now;
    },
  }),
);

test.each([
  ["lowest free", LOWEST_FREE],
  ["least recently released", LEAST_RECENTLY_RELEASED],
  ["random", randomFree(repeatableRandom())],
])(
  "with the strategy %s, hosts give and release as a single list of addresses would",
  async (_, strategy) => {
    const commands = fc.commands(
      [allocateAny, allocateFixed, releaseOwner, releaseAddress, look, wait],
      {
        maxCommands: 60,
        size: "max",
      },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        await using temporary = new TemporaryStore();
        const observed = new ObservedStore(temporary.store);
        const clock = { now: 1_000_000 };
        const hosts = [0, 1, 2].map(
          () => new Ipam(observed.store, { coolDown: COOL_DOWN, now: () => clock.now, strategy }),
        );
        const model: Model = { now: clock.now, holder: new Map(), releasedAt: new Map() };
        await fc.asyncModelRun(() => ({ model, real: { hosts, observed, clock } }), sequence);
      }),
      { numRuns: 150 },
    );
  },
);
