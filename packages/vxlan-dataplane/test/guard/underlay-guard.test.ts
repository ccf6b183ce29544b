import { constants } from "node:os";
import { macFromVtep, parseIpAddress, parseVni } from "@selvedge/net";
import { NetlinkError } from "@selvedge/netlink";
import { beforeEach, describe, expect, it } from "vitest";
import { Changes } from "../../src/changes.ts";
import { type GuardedVrf, UnderlayGuard } from "../../src/guard/underlay-guard.ts";
import { underlayTable } from "../../src/guard/underlay-guard-table.ts";
import { ModelFilter } from "../model/filter.ts";

const ip = parseIpAddress;
const VTEP = ip("192.0.2.1");
const { sets } = underlayTable("vrf");

const vrf = (l3vni: number, ...vteps: string[]): GuardedVrf => ({
  intent: {
    name: `red/${l3vni}`,
    namespace: `vrf.red.${l3vni}`,
    l3vni: parseVni(l3vni),
    vtep: VTEP,
    routerMac: macFromVtep(VTEP),
    routerAddresses: [],
    gateways: [],
    aggregates: [],
    mtu: 1450,
  },
  vteps: vteps.map(ip),
});

describe("the guard of the underlay", () => {
  let filter: ModelFilter;
  let logged: object[];
  let refusal: NetlinkError | undefined;

  beforeEach(() => {
    logged = [];
    refusal = undefined;
    filter = new ModelFilter(() => {
      if (refusal !== undefined) {
        throw refusal;
      }
    });
  });

  const newGuard = (isEnabled = true): UnderlayGuard =>
    new UnderlayGuard({
      underlay: { filter, monitorFilter: (onEvent) => filter.listen(onEvent) },
      prefix: "vrf",
      isEnabled,
      log: { info: (fields) => logged.push(fields), debug: () => undefined },
    });

  const elements = (set: keyof typeof sets): string[] =>
    filter
      .elements(sets[set])
      .map(({ key: [field] }) => `${field?.value}`)
      .sort();

  it("knows the VTEPs of hosts and of routes, its own, and its VNIs", () => {
    const guard = newGuard();
    guard.addHost(ip("192.0.2.9"));
    guard.addHost(ip("2001:db8::9"));
    guard.build([vrf(5000, "192.0.2.2"), vrf(5001, "192.0.2.2", "192.0.2.3")], true, new Changes());
    expect(elements("local")).toEqual(["192.0.2.1"]);
    expect(elements("vteps")).toEqual(["192.0.2.2", "192.0.2.3", "192.0.2.9"]);
    expect([elements("local6"), elements("vteps6")]).toEqual([[], ["2001:db8::9"]]);
    expect(elements("vnis")).toEqual(["5000", "5001"]);
  });

  it("keeps IPv6 addresses in sets of their own", () => {
    const { intent } = vrf(5000);
    const guard = newGuard();
    guard.build(
      [{ intent: { ...intent, vtep: ip("2001:db8::1") }, vteps: [ip("2001:db8::2")] }],
      true,
      new Changes(),
    );
    expect([elements("local"), elements("vteps")]).toEqual([[], []]);
    expect([elements("local6"), elements("vteps6")]).toEqual([["2001:db8::1"], ["2001:db8::2"]]);
  });

  it("is not made before all peers are known, and then takes only additions", () => {
    const guard = newGuard();
    guard.build([vrf(5000, "192.0.2.2")], false, new Changes());
    expect(filter.tables()).toEqual([]);
    guard.build([vrf(5000, "192.0.2.2")], true, new Changes());
    const restarted = newGuard();
    restarted.build([vrf(5000, "192.0.2.3")], false, new Changes());
    expect(elements("vteps")).toEqual(["192.0.2.2", "192.0.2.3"]);
    restarted.build([vrf(5000, "192.0.2.3")], true, new Changes());
    expect(elements("vteps")).toEqual(["192.0.2.3"]);
  });

  it("goes with the last VRF", () => {
    const guard = newGuard();
    guard.build([vrf(5000)], true, new Changes());
    guard.build([], true, new Changes());
    expect(filter.tables()).toEqual([]);
  });

  it("is due when somebody else has changed packet filters, and says what it repaired", () => {
    const guard = newGuard();
    let calls = 0;
    guard.startMonitoring(() => {
      calls += 1;
    });
    guard.build([vrf(5000)], true, new Changes());
    filter.deliverEvents();
    expect([guard.isDue, calls]).toEqual([false, 0]);
    filter.change([{ kind: "table.add", family: "inet", table: "other" }]);
    filter.deliverEvents();
    expect([guard.isDue, calls]).toEqual([true, 1]);
    guard.build([vrf(5000)], true, new Changes());
    expect(logged).toEqual([]);
    filter.change([
      { kind: "elements.delete", ...sets.local, keys: [[{ type: "ipv4_addr", value: VTEP }]] },
    ]);
    filter.deliverEvents();
    guard.build([vrf(5000)], true, new Changes());
    expect(logged).toEqual([{ operations: 1 }]);
    expect(guard.repairs).toBe(1);
    expect(elements("local")).toEqual(["192.0.2.1"]);
  });

  it("reports a refusal until it is gone", () => {
    const errno = constants.errno.EOPNOTSUPP;
    refusal = new NetlinkError({ errno, request: "transaction", object: "as a whole" });
    const guard = newGuard();
    const changes = new Changes();
    guard.build([vrf(5000)], true, changes);
    expect(changes.failures).toMatchObject([{ code: "unsupported" }]);
    expect(guard.failure).toMatchObject({ code: "unsupported" });
    expect(guard.drops()).toBeUndefined();
    refusal = undefined;
    guard.resync();
    guard.build([vrf(5000)], true, new Changes());
    expect(guard.failure).toBeUndefined();
    expect(guard.drops()).toEqual({ unknownVtep: 0, unknownVni: 0 });
  });

  it("is removed when it is switched off", () => {
    newGuard().build([vrf(5000)], true, new Changes());
    newGuard(false).build([vrf(5000)], true, new Changes());
    expect(filter.tables()).toEqual([]);
  });
});
