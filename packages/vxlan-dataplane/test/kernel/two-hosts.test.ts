import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, type LabHost, type LabVrf, NOTHING_TO_DO } from "./lab.ts";

const VRFS: readonly LabVrf[] = ["red/main", "blue/main"];

describe.each([4, 6] as const)(
  "two hosts with two VRFs of identical addresses over IPv%i",
  (family) => {
    let lab: Lab;
    let one: LabHost;
    let two: LabHost;
    /** Workloads by VRF and host: 10.1.0.5 on the first, 10.1.0.6 on the second. */
    const workloads: Record<LabVrf, [string, string]> = {
      "red/main": ["", ""],
      "blue/main": ["", ""],
    };

    /** Tells both hosts everything, as agents do that have just started. */
    const tell = (): void => {
      for (const vrf of VRFS) {
        const [near, far] = workloads[vrf];
        one.dataplane.setVrf(lab.vrf(one, vrf));
        // The second host's underlay is smaller.
        two.dataplane.setVrf(lab.vrf(two, vrf, { mtu: 1350 }));
        one.dataplane.setEndpoint(lab.endpoint(vrf, 5, near));
        two.dataplane.setEndpoint(lab.endpoint(vrf, 6, far));
        lab.setRemote(one, vrf, 6, two);
        lab.setRemote(two, vrf, 5, one);
      }
      // An endpoint that only blue has.
      one.dataplane.setEndpoint(lab.endpoint("blue/main", 7, `${workloads["blue/main"][0]}7`));
      lab.setRemote(two, "blue/main", 7, one);
      one.dataplane.markSynced();
      two.dataplane.markSynced();
    };

    beforeAll(async () => {
      lab = await Lab.open(family);
      [one, two] = lab.addHosts();
      for (const vrf of VRFS) {
        const color = vrf.split("/")[0];
        workloads[vrf] = [lab.addWorkload(`${color}1`), lab.addWorkload(`${color}2`)];
      }
      lab.addWorkload("blue17");
      tell();
      expect(one.dataplane.apply()).toMatchObject({ failures: [], more: false });
      expect(two.dataplane.apply()).toMatchObject({ failures: [], more: false });
    });

    afterAll(() => lab?.close());

    /** Echo requests that a workload has received. */
    const echoes = (workload: string): number => {
      const { output } = lab.command(`ip netns exec ${workload} cat /proc/net/snmp`);
      const [names, values] = output.split("\n").filter((line) => line.startsWith("Icmp:"));
      return Number(values?.split(" ")[names?.split(" ").indexOf("InEchos") ?? -1]);
    };

    it("reports every endpoint as attached and every VRF as ready", () => {
      for (const { dataplane } of [one, two]) {
        expect(dataplane.endpoints().map(({ state }) => state.kind)).not.toContain("not-attached");
        expect(dataplane.vrfs().map(({ state, failures }) => ({ state, failures }))).toEqual(
          VRFS.map(() => ({ state: "ready", failures: [] })),
        );
      }
    });

    it.each(VRFS)("carries IPv4 and IPv6 of %s across, and to nobody else", (vrf) => {
      const [near, far] = workloads[vrf];
      const [, other] = workloads[vrf === "red/main" ? "blue/main" : "red/main"];
      const [farBefore, otherBefore] = [echoes(far), echoes(other)];
      expect(lab.ping(near, "10.1.0.6").output).toContain(" 0% packet loss");
      expect(lab.ping(near, "2001:db8:1::6").output).toContain(" 0% packet loss");
      expect(lab.ping(far, "10.1.0.5").output).toContain(" 0% packet loss");
      expect(echoes(far)).toBe(farBefore + 1);
      expect(echoes(other)).toBe(otherBefore);
    });

    it("never carries a packet from red to an address that only blue has", () => {
      const [near, far] = workloads["red/main"];
      expect(lab.ping(workloads["blue/main"][1], "10.1.0.7").status).toBe(0);
      for (const workload of [near, far]) {
        expect(lab.ping(workload, "10.1.0.7").output).toContain("Destination Host Unreachable");
        expect(lab.ping(workload, "2001:db8:1::7").output).toMatch(/unreachable|No route/i);
      }
      expect(echoes(`${workloads["blue/main"][0]}7`)).toBe(1);
    });

    it("answers for the gateways of the subnet on both hosts", () => {
      const [near, far] = workloads["red/main"];
      for (const workload of [near, far]) {
        expect(lab.ping(workload, "10.1.0.1").status).toBe(0);
        expect(lab.ping(workload, "2001:db8:1::1").status).toBe(0);
      }
    });

    it("sends ICMP time exceeded from each host's own router address, near and far", () => {
      const [near] = workloads["red/main"];
      expect(lab.ping(near, "10.1.0.6", "-t 1").output).toMatch(
        /From 100\.64\.0\.1 .*Time to live/,
      );
      expect(lab.ping(near, "10.1.0.6", "-t 2").output).toMatch(
        /From 100\.64\.0\.2 .*Time to live/,
      );
      expect(lab.ping(near, "2001:db8:1::6", "-t 1").output).toMatch(/From \S+ .*Hop limit/);
      expect(lab.ping(near, "2001:db8:1::6", "-t 2").output).toMatch(/From fd00:64::2 .*Hop limit/);
    });

    it("sends fragmentation needed with the right MTU from the far host", () => {
      const [near] = workloads["red/main"];
      expect(lab.ping(near, "10.1.0.6", "-M do -s 1375").output).toMatch(
        /From 100\.64\.0\.2 .*Frag needed.*mtu = 1350/,
      );
      expect(lab.ping(near, "2001:db8:1::6", "-M do -s 1375").output).toMatch(
        /From fd00:64::2 .*Packet too big.*1350/,
      );
    });

    it("sends fragmentation needed with the right MTU from the near host", () => {
      const [near] = workloads["blue/main"];
      // A workload that does not keep to its MTU.
      const host = one.dataplane.endpoints().find(({ name }) => name === "blue/web-5");
      const hostInterface = host?.state.kind === "attached" ? host.state.hostInterface : "";
      const { mtu } = lab.vrf(one, "blue/main");
      lab.command(`ip -n ${near} link set eth0 mtu 1500`);
      lab.command(
        `ip -n ${lab.vrf(one, "blue/main").namespace} link set ${hostInterface} mtu 1500`,
      );
      expect(lab.ping(near, "10.1.0.6", "-M do -s 1440").output).toMatch(
        new RegExp(`From 100\\.64\\.0\\.1 .*Frag needed.*mtu = ${mtu}`),
      );
      expect(lab.ping(near, "2001:db8:1::6", "-M do -s 1440").output).toMatch(
        new RegExp(`Packet too big.*${mtu}`),
      );
      one.dataplane.resync();
      expect(one.dataplane.apply()).toMatchObject({ operations: 2, failures: [] });
    });

    it("finds everything in place after a restart and writes nothing", () => {
      const { namespace } = lab.vrf(one, "red/main");
      const before = lab.command(`ip -n ${namespace} -d address`).output;
      for (const host of [one, two]) {
        lab.restart(host);
      }
      tell();
      expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
      expect(two.dataplane.apply()).toEqual(NOTHING_TO_DO);
      expect(lab.command(`ip -n ${namespace} -d address`).output).toBe(before);
    });

    it("goes on forwarding while no agent runs", () => {
      one.dataplane.close();
      two.dataplane.close();
      const [near] = workloads["red/main"];
      expect(lab.ping(near, "10.1.0.6").status).toBe(0);
      expect(lab.ping(near, "2001:db8:1::6").status).toBe(0);
    });

    it("makes the VXLAN device anew when the VTEP's address has changed", () => {
      lab.restart(one);
      tell();
      const vtep = lab.vtep(11);
      lab.addVtep(one.name, vtep);
      for (const vrf of VRFS) {
        one.dataplane.setVrf(lab.vrf(one, vrf, { vtep }));
      }
      expect(one.dataplane.apply().failures).toEqual([]);
      const { namespace } = lab.vrf(one, "red/main");
      expect(lab.command(`ip -n ${namespace} -d link show vx5001`).output).toContain(
        `local ${vtep}`,
      );
      lab.restart(two);
      tell();
      two.dataplane.addHost(vtep);
      two.dataplane.apply();
      expect(lab.ping(workloads["red/main"][0], "10.1.0.6").status).toBe(0);
    });

    it("removes what is no longer wanted after a restart, and only that", () => {
      lab.restart(one);
      one.dataplane.setVrf(lab.vrf(one, "red/main"));
      one.dataplane.setEndpoint(lab.endpoint("red/main", 5, workloads["red/main"][0]));
      lab.setRemote(one, "red/main", 6, two);
      expect(one.dataplane.apply().failures).toEqual([]);
      const names = (): string => lab.command("ip netns list").output;
      expect(names()).toContain(lab.vrf(one, "blue/main").namespace);
      one.dataplane.markSynced();
      expect(one.dataplane.apply().failures).toEqual([]);
      expect(names()).not.toContain(lab.vrf(one, "blue/main").namespace);
      expect(lab.command(`ip -n ${workloads["blue/main"][0]} link`).output).not.toContain("eth0");
      expect(lab.ping(workloads["red/main"][0], "10.1.0.6").status).toBe(0);
    });

    it("leaves nothing behind after cleanup", () => {
      for (const host of [one, two]) {
        expect(host.dataplane.cleanup().failures).toEqual([]);
      }
      const names = lab.command("ip netns list").output;
      expect(names).not.toContain(`${lab.prefix}.h`);
      for (const [near, far] of Object.values(workloads)) {
        expect(lab.command(`ip -n ${near} link`).output).not.toContain("eth0");
        expect(lab.command(`ip -n ${far} link`).output).not.toContain("eth0");
      }
    });
  },
);
