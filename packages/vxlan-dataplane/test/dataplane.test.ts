import { constants } from "node:os";
import { parseIpAddress } from "@selvedge/net";
import { NetlinkError } from "@selvedge/netlink";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataplane, DataplaneError, hostInterfaceName } from "../src/index.ts";
import { ModelKernel } from "./model/kernel.ts";
import { mischief } from "./model/mischief.ts";
import { calls, describeKernel, WORKLOADS, type World, worlds } from "./model/worlds.ts";

const log = { info: () => undefined, debug: () => undefined };
/** Ways to put up to 60 things into another order. */
const shuffles = fc
  .array(fc.nat(), { minLength: 60, maxLength: 60 })
  .map((keys) => <T>(items: readonly T[]): T[] => {
    const order = new Map(items.map((item, index) => [item, keys[index] ?? 0]));
    return [...items].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  });

const nothing: World = { vrfs: [], endpoints: [], routes: [], stations: [] };

function newKernel(): ModelKernel {
  const kernel = new ModelKernel();
  for (const name of WORKLOADS) {
    kernel.addNamespace(name);
  }
  return kernel;
}

function newDataplane(kernel: ModelKernel, now = () => 0): Dataplane {
  return new Dataplane({ kernel, log, now });
}

function tell(dataplane: Dataplane, from: World, to: World): void {
  for (const call of calls(from, to)) {
    call(dataplane);
  }
}

/** Objects that others have changed and that were put right. */
function repairsOf(dataplane: Dataplane): number {
  return dataplane
    .vrfs()
    .reduce((sum, { repairs }) => sum + repairs, dataplane.underlayGuard().repairs);
}

/** What the kernel is like when this is the first thing that ever happened to it. */
function expected(world: World): Record<string, unknown> {
  const kernel = newKernel();
  const dataplane = newDataplane(kernel);
  tell(dataplane, nothing, world);
  dataplane.markSynced();
  dataplane.apply();
  return describeKernel(kernel);
}

describe("a dataplane over a kernel in memory", () => {
  it("reaches a desired state from any other, whatever the order of the calls", () => {
    fc.assert(
      fc.property(
        fc.array(worlds, { minLength: 2, maxLength: 4 }),
        shuffles,
        (sequence, shuffle) => {
          const kernel = newKernel();
          const dataplane = newDataplane(kernel);
          dataplane.markSynced();
          let before = nothing;
          for (const world of sequence) {
            for (const call of shuffle(calls(before, world))) {
              call(dataplane);
            }
            dataplane.apply();
            expect(describeKernel(kernel)).toEqual(expected(world));
            before = world;
          }
        },
      ),
    );
  });

  it("writes nothing after a restart, and nothing when told the same again", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const kernel = newKernel();
        const first = newDataplane(kernel);
        tell(first, nothing, world);
        first.markSynced();
        first.apply();
        const { writes } = kernel;
        tell(first, nothing, world);
        expect(first.apply().operations).toBe(0);
        first.resync();
        expect(first.apply()).toMatchObject({ operations: 0, more: false });
        first.close();
        const second = newDataplane(kernel);
        tell(second, nothing, world);
        expect(second.apply()).toMatchObject({ operations: 0, more: false });
        second.markSynced();
        expect(second.apply()).toMatchObject({ operations: 0, more: false });
        expect(kernel.writes).toBe(writes);
      }),
    );
  });

  it("reaches the new desired state after a restart with another one", () => {
    fc.assert(
      fc.property(worlds, worlds, (before, after) => {
        const kernel = newKernel();
        const first = newDataplane(kernel);
        tell(first, nothing, before);
        first.markSynced();
        first.apply();
        first.close();
        const second = newDataplane(kernel);
        tell(second, nothing, after);
        second.markSynced();
        second.apply();
        expect(describeKernel(kernel)).toEqual(expected(after));
      }),
    );
  });

  it("deletes nothing before the first full desired state is marked", () => {
    fc.assert(
      fc.property(worlds, worlds, (before, after) => {
        const kernel = newKernel();
        const first = newDataplane(kernel);
        tell(first, nothing, before);
        first.markSynced();
        first.apply();
        first.close();
        const deletions: string[] = [];
        kernel.veto = (kind) => void (kind.endsWith(".delete") && deletions.push(kind));
        const names = kernel.list();
        const second = newDataplane(kernel);
        tell(second, nothing, after);
        expect(second.apply().more).toBe(false);
        expect(deletions).toEqual([]);
        expect(kernel.list()).toEqual(expect.arrayContaining(names));
        second.markSynced();
        kernel.veto = undefined;
        second.apply();
        expect(describeKernel(kernel)).toEqual(expected(after));
      }),
    );
  });

  it("comes to the same end in slices of one step", () => {
    fc.assert(
      fc.property(worlds, worlds, (before, after) => {
        const kernel = newKernel();
        let time = 0;
        const dataplane = newDataplane(kernel, () => time++);
        dataplane.markSynced();
        for (const [from, to] of [
          [nothing, before],
          [before, after],
        ] as const) {
          tell(dataplane, from, to);
          let slices = 0;
          while (dataplane.apply({ milliseconds: 0 }).more) {
            slices += 1;
            expect(slices).toBeLessThan(200);
          }
        }
        expect(describeKernel(kernel)).toEqual(expected(after));
      }),
    );
  });

  it("repairs whatever others did, when told by events", () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (world, picks) => {
        const kernel = newKernel();
        const dataplane = newDataplane(kernel);
        dataplane.startMonitoring(() => undefined);
        tell(dataplane, nothing, world);
        dataplane.markSynced();
        dataplane.apply();
        kernel.deliverEvents();
        for (const pick of picks) {
          mischief(kernel, pick);
        }
        kernel.deliverEvents();
        const { operations } = dataplane.apply();
        expect(describeKernel(kernel)).toEqual(expected(world));
        expect(repairsOf(dataplane) > 0).toBe(operations > 0);
      }),
      { numRuns: 400 },
    );
  });

  it("repairs whatever others did, when told to look", () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (world, picks) => {
        const kernel = newKernel();
        const dataplane = newDataplane(kernel);
        tell(dataplane, nothing, world);
        dataplane.markSynced();
        dataplane.apply();
        for (const pick of picks) {
          mischief(kernel, pick);
        }
        dataplane.resync();
        dataplane.apply();
        expect(describeKernel(kernel)).toEqual(expected(world));
      }),
      { numRuns: 400 },
    );
  });

  it("does not take its own changes for those of others", () => {
    fc.assert(
      fc.property(worlds, worlds, (before, after) => {
        const kernel = newKernel();
        const dataplane = newDataplane(kernel);
        let reports = 0;
        dataplane.startMonitoring(() => {
          reports += 1;
        });
        dataplane.markSynced();
        for (const [from, to] of [
          [nothing, before],
          [before, after],
        ] as const) {
          tell(dataplane, from, to);
          dataplane.apply();
          kernel.deliverEvents();
          const { writes } = kernel;
          expect(dataplane.apply()).toMatchObject({ operations: 0, more: false });
          expect(kernel.writes).toBe(writes);
        }
        // Nothing is pending when all events have come in.
        reports = 0;
        kernel.deliverEvents();
        expect(reports).toBe(0);
        dataplane.resync();
        dataplane.apply();
        expect(repairsOf(dataplane)).toBe(0);
      }),
    );
  });

  it("removes everything of its own and nothing else on cleanup", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const kernel = newKernel();
        kernel.addNamespace("vrf.foreign");
        kernel.addNamespace("other");
        const untouched = describeKernel(kernel);
        const first = newDataplane(kernel);
        tell(first, nothing, world);
        first.markSynced();
        first.apply();
        first.close();
        newDataplane(kernel).cleanup();
        expect(describeKernel(kernel)).toEqual(untouched);
        expect(kernel.population).toBe(WORKLOADS.length + 2);
      }),
    );
  });

  it("removes its devices from a namespace that is not wanted, has lost its name, and is held by others", () => {
    fc.assert(
      fc.property(worlds, worlds, (before, after) => {
        const kernel = newKernel();
        const dataplane = newDataplane(kernel);
        tell(dataplane, nothing, before);
        dataplane.markSynced();
        dataplane.apply();
        const held = before.vrfs.map(({ namespace }) => kernel.open(namespace));
        for (const { namespace } of before.vrfs) {
          kernel.delete(namespace);
        }
        tell(dataplane, before, after);
        dataplane.resync();
        dataplane.apply();
        expect(held.flatMap((namespace) => namespace.links().map(({ name }) => name))).toEqual(
          held.map(() => "lo"),
        );
        expect(describeKernel(kernel)).toEqual(expected(after));
        for (const namespace of held) {
          namespace.close();
        }
      }),
    );
  });

  it("takes devices that vanish while it takes a VRF down for taken down", () => {
    const [world] = fc.sample(
      worlds.filter(({ vrfs, endpoints }) => vrfs.length > 0 && endpoints.length > 0),
      { numRuns: 1, seed: 1 },
    );
    if (world === undefined) {
      throw new Error("there is no world");
    }
    const kernel = newKernel();
    const dataplane = newDataplane(kernel);
    tell(dataplane, nothing, world);
    dataplane.markSynced();
    dataplane.apply();
    kernel.veto = (kind, object) => {
      if (kind === "link.set" || kind === "link.deleteGroup") {
        throw new NetlinkError({ errno: constants.errno.ENODEV, request: kind, object });
      }
    };
    tell(dataplane, world, nothing);
    expect(dataplane.apply()).toMatchObject({ failures: [], more: false });
    expect(kernel.list()).toEqual([...WORKLOADS]);
  });

  it("removes what is left of a namespace whose making was cut short, of its own names only", () => {
    const kernel = newKernel();
    for (const name of ["vrf.red.main", "other.red.main"]) {
      kernel.addPlainFile(name);
    }
    const dataplane = newDataplane(kernel);
    dataplane.apply();
    expect(kernel.list()).toContain("vrf.red.main");
    dataplane.markSynced();
    dataplane.apply();
    expect(kernel.list()).toEqual(["other.red.main", ...WORKLOADS]);
  });

  it("does what it can when the kernel refuses some, and the rest when asked to try again", () => {
    fc.assert(
      fc.property(
        worlds,
        worlds,
        fc.array(fc.boolean(), { minLength: 40 }),
        (before, after, fate) => {
          const kernel = newKernel();
          const dataplane = newDataplane(kernel);
          dataplane.markSynced();
          tell(dataplane, nothing, before);
          dataplane.apply();
          let count = 0;
          kernel.veto = (kind, object) => {
            count += 1;
            if (fate[count % fate.length] === true) {
              throw new NetlinkError({
                errno: constants.errno.EPERM,
                request: "link.set",
                object: `${kind} ${object}`,
              });
            }
          };
          tell(dataplane, before, after);
          const { failures, more } = dataplane.apply();
          expect(more).toBe(false);
          for (const failure of failures) {
            expect(failure).toBeInstanceOf(DataplaneError);
          }
          kernel.veto = undefined;
          dataplane.retryFailed();
          dataplane.apply();
          expect(describeKernel(kernel)).toEqual(expected(after));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("reads again when answers of the kernel were lost", () => {
    fc.assert(
      fc.property(worlds, worlds, (before, after) => {
        const kernel = newKernel();
        const dataplane = newDataplane(kernel);
        dataplane.markSynced();
        tell(dataplane, nothing, before);
        dataplane.apply();
        tell(dataplane, before, after);
        kernel.losesAnswers = true;
        kernel.veto = (kind, object) => {
          if (kind === "nexthop.replace") {
            throw new NetlinkError({ errno: constants.errno.ENOMEM, request: kind, object });
          }
        };
        dataplane.apply();
        kernel.losesAnswers = false;
        kernel.veto = undefined;
        dataplane.retryFailed();
        dataplane.apply();
        expect(describeKernel(kernel)).toEqual(expected(after));
      }),
    );
  });

  it("names what the kernel does not support, and goes on with the rest", () => {
    const kernel = newKernel();
    const dataplane = newDataplane(kernel);
    kernel.veto = (kind, object) => {
      if (object.startsWith("vx")) {
        throw new NetlinkError({
          errno: constants.errno.EOPNOTSUPP,
          request: "link.create",
          object: `vxlan ${object}`,
          extack: "Unknown device type",
        });
      }
      expect(kind).not.toBe("nexthop.replace");
    };
    const [world] = fc.sample(
      worlds.filter(({ vrfs, endpoints, routes }) => {
        const [vrf] = vrfs;
        return (
          vrf !== undefined && routes.length > 0 && endpoints.some((one) => one.vrf === vrf.name)
        );
      }),
      { numRuns: 1, seed: 7 },
    );
    tell(dataplane, nothing, world ?? nothing);
    dataplane.markSynced();
    const report = dataplane.apply();
    expect(report.more).toBe(false);
    const unsupported = report.failures.filter(({ code }) => code === "unsupported");
    expect(unsupported).toHaveLength(world?.vrfs.length ?? 0);
    expect(unsupported[0]?.message).toMatch(
      /does not support .*vxlan vx500\d: .*Unknown device type/,
    );
    expect(dataplane.endpoints().some(({ state }) => state.kind === "attached")).toBe(true);
    expect(dataplane.vrfs()[0]).toMatchObject({ state: "failed", device: undefined });
  });

  it("refuses a namespace that it could not find again after a restart", () => {
    const dataplane = newDataplane(newKernel());
    const [world] = fc.sample(
      worlds.filter(({ vrfs }) => vrfs.length > 0),
      { numRuns: 1, seed: 1 },
    );
    const [vrf] = world?.vrfs ?? [];
    expect(() => vrf && dataplane.setVrf({ ...vrf, namespace: "elsewhere" })).toThrow(RangeError);
  });

  it("lets the endpoint whose name sorts first have an address that two want", () => {
    fc.assert(
      fc.property(fc.boolean(), (isReversed) => {
        const kernel = newKernel();
        const dataplane = newDataplane(kernel);
        const [world] = fc.sample(
          worlds.filter(({ vrfs }) => vrfs.length > 0),
          { numRuns: 1, seed: 1 },
        );
        const vrf = world?.vrfs[0];
        if (vrf === undefined) {
          throw new Error("the sample has no VRF");
        }
        dataplane.setVrf(vrf);
        dataplane.markSynced();
        const numbers = isReversed ? [2, 1] : [1, 2];
        for (const number of numbers) {
          const addresses = [parseIpAddress("10.1.0.5")];
          const workload = { namespace: `w${number}`, interface: "eth0" };
          dataplane.setEndpoint({ name: `red/web-${number}`, vrf: vrf.name, addresses, workload });
        }
        expect(dataplane.apply().failures).toMatchObject([
          { code: "address-in-use", endpoint: "red/web-2", object: "10.1.0.5" },
        ]);
        dataplane.removeEndpoint("red/web-1");
        expect(dataplane.apply().failures).toEqual([]);
        const routes = kernel.objects(vrf.namespace).routes.filter(({ metric }) => metric === 10);
        const links = kernel.objects(vrf.namespace).links;
        expect(
          routes.map(({ via }) => via.kind === "link" && links.get(via.index)?.link.name),
        ).toEqual([hostInterfaceName("red/web-2")]);
      }),
      { numRuns: 2 },
    );
  });
});
