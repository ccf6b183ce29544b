import { spawnSync } from "node:child_process";
import { type IpAddress, parseVni } from "@selvedge/net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GATEWAY_MAC } from "../../src/ownership.ts";
import { sendFrames, udp } from "./frames.ts";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";

describe.each([4, 6] as const)("a host whose underlay is IPv%i", (family) => {
  let lab: Lab;
  let one: LabHost;
  let two: LabHost;
  const workloads: string[] = [];

  const tell = (): void => {
    for (const [host, mine, other] of [
      [one, 5, two],
      [two, 6, one],
    ] as const) {
      host.dataplane.setVrf(lab.vrf(host, "red/main"));
      host.dataplane.setEndpoint(lab.endpoint("red/main", mine, workloads[mine - 5] ?? ""));
      lab.setRemote(host, "red/main", mine === 5 ? 6 : 5, other);
      host.dataplane.markSynced();
      expect(host.dataplane.apply().failures).toEqual([]);
    }
  };

  const table = (): string => `inet selvedge-${lab.prefix}.h1`;
  const nft = (host: LabHost, command: string): string =>
    lab.command(`ip netns exec ${host.name} nft ${command}`).output;

  beforeAll(async () => {
    lab = await Lab.open(family);
    [one, two] = lab.addHosts();
    workloads.push(lab.addWorkload("w5"), lab.addWorkload("w6"));
    tell();
  });
  afterAll(() => lab.close());

  const forge = (source: IpAddress, vni: number, destination = lab.vtep(1)): void => {
    const [sender, receiver] = [two, one].map(
      ({ name }) => lab.command(`ip -n ${name} -br link show uplink`).output.split(/\s+/)[2] ?? "",
    );
    const ends = { from: GATEWAY_MAC, to: GATEWAY_MAC };
    const frame = udp(ends, source, destination, { from: 40000, to: 4789 });
    frame.set(Buffer.from(`${receiver}${sender}`.replaceAll(":", ""), "hex"), 0);
    // After Ethernet, IP and UDP: flags, reserved, VNI, reserved (RFC 7348, section 5).
    const at = 14 + (family === 4 ? 20 : 40) + 8;
    frame.set([8, 0, 0, 0, vni >> 16, (vni >> 8) & 0xff, vni & 0xff, 0], at);
    sendFrames(two.name, "uplink", [frame, frame]);
  };

  it("takes VXLAN from the hosts that its routes lead to", () => {
    expect(lab.ping(workloads[0] ?? "", "10.1.0.6").status).toBe(0);
    expect(one.dataplane.underlayGuard().drops).toEqual({ unknownVtep: 0, unknownVni: 0 });
  });

  it("takes none from others, and counts it", () => {
    const before = one.dataplane.underlayGuard().drops;
    forge(lab.vtep(66), 5001);
    expect(one.dataplane.underlayGuard().drops).toEqual({
      unknownVtep: (before?.unknownVtep ?? 0) + 2,
      unknownVni: before?.unknownVni,
    });
  });

  it("takes none for VNIs that it does not have, and counts it", () => {
    const before = one.dataplane.underlayGuard().drops;
    forge(lab.vtep(2), 4242);
    expect(one.dataplane.underlayGuard().drops).toEqual({
      unknownVtep: before?.unknownVtep,
      unknownVni: (before?.unknownVni ?? 0) + 2,
    });
  });

  it("does not look at VXLAN to other addresses of the machine", () => {
    lab.addVtep(one.name, lab.vtep(111));
    const before = one.dataplane.underlayGuard().drops;
    forge(lab.vtep(66), 4242, lab.vtep(111));
    expect(one.dataplane.underlayGuard().drops).toEqual(before);
  });

  it("takes VXLAN of a declared host before a route leads there, until it is declared no more", () => {
    const vteps = (): string =>
      nft(one, `list set ${table()} ${family === 4 ? "vteps" : "vteps6"}`);
    one.dataplane.addHost(lab.vtep(66));
    expect(one.dataplane.apply().operations).toBe(1);
    expect(vteps()).toContain(lab.vtep(66));
    const before = one.dataplane.underlayGuard().drops;
    forge(lab.vtep(66), 5001);
    expect(one.dataplane.underlayGuard().drops).toEqual(before);
    one.dataplane.removeHost(lab.vtep(66));
    expect(one.dataplane.apply().operations).toBe(1);
    expect(vteps()).not.toContain(lab.vtep(66));
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
  });

  it("repairs its guard when somebody has flushed all packet filters", async () => {
    const woken = Promise.withResolvers<void>();
    one.dataplane.startMonitoring(() => woken.resolve());
    one.dataplane.apply();
    nft(one, "flush ruleset");
    await woken.promise;
    expect(one.dataplane.apply().operations).toBeGreaterThan(0);
    forge(lab.vtep(66), 5001);
    expect(one.dataplane.underlayGuard().drops).toEqual({ unknownVtep: 2, unknownVni: 0 });
    expect(lab.ping(workloads[0] ?? "", "10.1.0.6").status).toBe(0);
  });

  it("has a guard that nft can save and restore", () => {
    const input = `flush ruleset\n${nft(one, "list ruleset")}`;
    const restore = `netns exec ${one.name} nft -f -`.split(" ");
    expect(spawnSync("ip", restore, { input, encoding: "utf8" })).toMatchObject({ status: 0 });
    one.dataplane.resync();
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
  });

  it("leaves the tables of others alone", () => {
    nft(one, "add table inet filter");
    one.dataplane.apply();
    expect(nft(one, "list tables")).toContain("table inet filter");
  });

  it("writes nothing after a restart, and cuts nobody off before all is known", () => {
    lab.restart(one);
    const { dataplane } = one;
    dataplane.setVrf(lab.vrf(one, "red/main"));
    dataplane.setEndpoint(lab.endpoint("red/main", 5, workloads[0] ?? ""));
    expect(dataplane.apply()).toEqual(NOTHING_TO_DO);
    expect(lab.ping(workloads[0] ?? "", "10.1.0.6").status).toBe(0);
    tell();
    expect(dataplane.apply()).toEqual(NOTHING_TO_DO);
  });

  it("has its guard follow VNIs that come and go", () => {
    const vnis = (): string => nft(one, `list set ${table()} vnis`);
    one.dataplane.setVrf({ ...lab.vrf(one, "blue/main"), l3vni: parseVni(4242) });
    one.dataplane.apply();
    expect(vnis()).toContain("0x1092");
    one.dataplane.removeVrf("blue/main");
    one.dataplane.apply();
    expect(vnis()).not.toContain("0x1092");
  });

  it("has none when that is switched off", () => {
    one.dataplane.close();
    one.dataplane = lab.newDataplane(one.number, one.underlay, { underlay: false });
    tell();
    expect(nft(one, "list tables")).not.toContain("selvedge");
    expect(one.dataplane.underlayGuard().drops).toBeUndefined();
    lab.restart(one);
    tell();
    expect(nft(one, "list tables")).toContain("selvedge");
  });

  it("leaves no guard behind", () => {
    expect(one.dataplane.cleanup().failures).toEqual([]);
    expect(nft(one, "list tables")).not.toContain("selvedge");
  });
});
