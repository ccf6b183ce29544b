import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { describeKey } from "@selvedge/netlink";
import { beforeEach, describe, expect, it } from "vitest";
import { Changes } from "../../src/changes.ts";
import { EndpointGuard, type GuardedPort } from "../../src/guard/endpoint-guard.ts";
import { BRIDGED_TABLES, ROUTED_TABLES } from "../../src/guard/endpoint-guard-tables.ts";
import type { FilteringNamespace } from "../../src/kernel.ts";
import { ModelFilter } from "../model/filter.ts";

const MAC = parseMacAddress("02:00:00:00:00:05");
const port = (name: string, ...addresses: string[]): GuardedPort => ({
  name,
  mac: MAC,
  addresses: addresses.map(parseIpAddress),
  isBridged: false,
});

describe("the guard of a VRF's endpoints", () => {
  let filter: ModelFilter;
  let namespace: FilteringNamespace;
  let guard: EndpointGuard;
  let changes: Changes;

  beforeEach(() => {
    filter = new ModelFilter(() => undefined);
    namespace = { filter, monitorFilter: (onEvent) => filter.listen(onEvent) };
    guard = new EndpointGuard(namespace, true);
    changes = new Changes();
  });

  /** All elements as `set key`. */
  const elements = (): string[] =>
    filter.tables().flatMap((table) => {
      const sets = [...ROUTED_TABLES, ...BRIDGED_TABLES]
        .flatMap(({ sets }) => sets)
        .filter(({ family }) => family === table.family);
      return sets.flatMap((set) =>
        filter.elements(set).map(({ key }) => `${set.set} ${describeKey(key)}`),
      );
    });

  it("knows of a port its MAC with each of its addresses", () => {
    guard.setPort(port("c1", "10.0.0.1", "2001:db8::1"), true, changes);
    expect(elements().sort()).toEqual([
      'macs "c1" . 02:00:00:00:00:05',
      'ports "c1"',
      'ports "c1"',
      'senders "c1" . 02:00:00:00:00:05 . 02:00:00:00:00:05 . 0.0.0.0',
      'senders "c1" . 02:00:00:00:00:05 . 02:00:00:00:00:05 . 10.0.0.1',
      'sources4 "c1" . 02:00:00:00:00:05 . 10.0.0.1',
      'sources6 "c1" . 02:00:00:00:00:05 . 2001:db8::1',
    ]);
  });

  it("takes an address away, but not before anything may be removed", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    guard.setPort(port("c1", "10.0.0.2"), false, changes);
    const sources = (): string[] => elements().filter((text) => text.startsWith("sources4"));
    expect(sources()).toHaveLength(2);
    guard.setPort(port("c1", "10.0.0.2"), true, changes);
    expect(sources()).toEqual(['sources4 "c1" . 02:00:00:00:00:05 . 10.0.0.2']);
  });

  it("writes nothing for a port that is as it is to be", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    const again = new Changes();
    new EndpointGuard(namespace, true).setPort(port("c1", "10.0.0.1"), true, again);
    expect(again.operations).toBe(0);
  });

  it("puts everything back that somebody took away", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    guard.setPort(port("c2", "10.0.0.2"), true, changes);
    const intact = filter.describe();
    for (const deed of filter.deeds()) {
      filter.change(deed);
      guard.forget();
      expect(guard.repair(changes)).toBeGreaterThan(0);
      guard.removeSurplus(() => true, changes);
      expect(filter.describe()).toEqual(intact);
    }
  });

  it("removes what belongs to no port, but not what a port has that was not looked at", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    guard.setPort(port("c2", "10.0.0.2"), true, changes);
    guard.setPort(port("c3", "10.0.0.3"), true, changes);
    const restarted = new EndpointGuard(namespace, true);
    restarted.setPort(port("c1", "10.0.0.1"), true, changes);
    restarted.removeSurplus((name) => name === "c2", changes);
    expect(elements().join()).toContain('"c2"');
    expect(elements().join()).not.toContain('"c3"');
  });

  it("forgets a port that is not wanted, and then removes what it has", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    guard.forgetPorts((name) => name !== "c1");
    guard.removeSurplus(() => false, changes);
    expect(elements()).toEqual([]);
  });

  it("counts what was dropped by port, over all families", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    expect(guard.drops()).toEqual(new Map([["c1", 0]]));
  });

  it("is taken down when it is switched off, and stays away", () => {
    guard.setPort(port("c1", "10.0.0.1"), true, changes);
    const off = new EndpointGuard(namespace, false);
    expect(off.repair(changes)).toBe(2);
    off.setPort(port("c1", "10.0.0.1"), true, changes);
    off.removeSurplus(() => false, changes);
    expect(filter.tables()).toEqual([]);
    expect(off.drops()).toEqual(new Map());
  });
});
