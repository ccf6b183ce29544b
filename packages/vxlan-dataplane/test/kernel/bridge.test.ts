import { parseIpAddress } from "@selvedge/net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addFloodVtep,
  bridgedVrf,
  removeRemoteStation,
  setRemoteStation,
  station,
  stationMac,
} from "./bridge-lab.ts";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";

describe.each([4, 6] as const)(
  "a bridged subnet on two hosts over IPv%i, beside a routed one",
  (family) => {
    let lab: Lab;
    let one: LabHost;
    let two: LabHost;
    let near: string;
    let nearToo: string;
    let far: string;
    let routed: string;

    /** Tells both hosts everything, as agents do that have just started. */
    const tell = (): void => {
      one.dataplane.setVrf(bridgedVrf(lab, one));
      two.dataplane.setVrf(bridgedVrf(lab, two));
      one.dataplane.setEndpoint(station(11, near));
      one.dataplane.setEndpoint(station(12, nearToo));
      two.dataplane.setEndpoint(station(21, far));
      two.dataplane.setEndpoint(lab.endpoint("red/main", 6, routed));
      lab.setRemote(one, "red/main", 6, two);
      setRemoteStation(one, 21, two);
      setRemoteStation(two, 11, one);
      setRemoteStation(two, 12, one);
      addFloodVtep(one, two);
      addFloodVtep(two, one);
      one.dataplane.markSynced();
      two.dataplane.markSynced();
    };

    beforeAll(async () => {
      lab = await Lab.open(family);
      [one, two] = lab.addHosts();
      [near = "", nearToo = "", far = "", routed = ""] = ["n", "m", "f", "r"].map((name) =>
        lab.addWorkload(name),
      );
      tell();
      expect(one.dataplane.apply()).toMatchObject({ failures: [], more: false });
      expect(two.dataplane.apply()).toMatchObject({ failures: [], more: false });
    });

    afterAll(() => lab?.close());

    const inVrf = (host: LabHost, command: string): string => {
      const { namespace } = lab.vrf(host, "red/main");
      return lab.command(`ip netns exec ${namespace} ${command}`).output;
    };

    it("tells all workloads here that an address has come to another MAC", () => {
      const [four, six] = [parseIpAddress("10.1.5.21"), parseIpAddress("2001:db8:5::21")];
      const remembered = (workload: string, address: string): string =>
        lab.command(`ip -n ${workload} neigh show ${address} dev eth0`).output;
      const expectAll = (number: number): void => {
        for (const workload of [near, nearToo]) {
          for (const address of [four, six]) {
            expect(remembered(workload, address)).toContain(stationMac(number));
          }
        }
      };
      for (const workload of [near, nearToo]) {
        for (const address of [four, six]) {
          expect(lab.ping(workload, address).status).toBe(0);
        }
      }
      expectAll(21);
      const give = (number: number): void => {
        for (const address of [four, six]) {
          one.dataplane.setRemoteNeighbour("red/main", "red/lan", address, stationMac(number));
        }
        expect(one.dataplane.apply().failures).toEqual([]);
      };
      give(77);
      expectAll(77);
      give(21);
      expectAll(21);
    });

    it("has nothing to do once it is made", () => {
      for (const { dataplane } of [one, two]) {
        dataplane.resync();
        expect(dataplane.apply()).toEqual(NOTHING_TO_DO);
      }
    });

    it("gives workloads addresses of the subnet's length and its gateways", () => {
      const { output } = lab.command(`ip -n ${near} address show eth0`);
      expect(output).toContain("inet 10.1.5.11/24");
      expect(output).toContain("inet6 2001:db8:5::11/64");
      expect(lab.command(`ip -n ${near} route`).output).toContain("default via 10.1.5.1 dev eth0");
      expect(lab.command(`ip -n ${near} -6 route`).output).toContain(
        "default via 2001:db8:5::1 dev eth0",
      );
    });

    it.each(["10.1.5.12", "2001:db8:5::12", "10.1.5.21", "2001:db8:5::21"])(
      "carries frames to %s, near or far, in one hop",
      (address) => {
        expect(lab.ping(near, address, "-t 1").output).toContain(" 0% packet loss");
      },
    );

    it("answers ARP and ND for a far station itself: also while that hears nothing", () => {
      lab.command(`ip -n ${far} link set eth0 down`);
      for (const address of ["10.1.5.21", "2001:db8:5::21"]) {
        lab.command(`ip -n ${near} neigh flush dev eth0`);
        expect(lab.ping(near, address).status).not.toBe(0);
        expect(lab.command(`ip -n ${near} neigh show ${address}`).output).toContain(stationMac(21));
      }
      two.dataplane.checkEndpoint(station(21, far).name);
      expect(two.dataplane.apply().failures).toEqual([]);
      expect(lab.ping(near, "10.1.5.21").status).toBe(0);
      expect(lab.ping(near, "2001:db8:5::21").status).toBe(0);
    });

    it("answers for the gateway on each host", () => {
      for (const workload of [near, far]) {
        expect(lab.ping(workload, "10.1.5.1").status).toBe(0);
        expect(lab.ping(workload, "2001:db8:5::1").status).toBe(0);
        expect(lab.command(`ip -n ${workload} neigh show 10.1.5.1`).output).toContain(
          "ee:ee:ee:ee:ee:ee",
        );
      }
    });

    it("routes between the bridged subnet and a routed one, also on another host, both ways", () => {
      for (const [from, to] of [
        [near, "10.1.0.6"],
        [near, "2001:db8:1::6"],
        [far, "10.1.0.6"],
        [routed, "10.1.5.11"],
        [routed, "2001:db8:5::11"],
        [routed, "10.1.5.21"],
      ] as const) {
        expect(lab.ping(from, to).output).toContain(" 0% packet loss");
      }
    });

    it("copies what is flooded to the other host", () => {
      lab.command(`ip -n ${near} address add 10.1.5.250/24 dev eth0`);
      // The guard knows nothing of that address; its own is used, and nobody has the other one.
      expect(lab.ping(near, "10.1.5.99", "-I 10.1.5.11").status).not.toBe(0);
      const { output } = lab.command(
        `ip netns exec ${far} cat /sys/class/net/eth0/statistics/rx_packets`,
      );
      lab.ping(near, "10.1.5.99", "-I 10.1.5.11");
      const after = lab.command(
        `ip netns exec ${far} cat /sys/class/net/eth0/statistics/rx_packets`,
      ).output;
      expect(Number(after)).toBeGreaterThan(Number(output));
      lab.command(`ip -n ${near} address del 10.1.5.250/24 dev eth0`);
    });

    it("finds everything in place after a restart and writes nothing", () => {
      for (const host of [one, two]) {
        lab.restart(host);
      }
      tell();
      expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
      expect(two.dataplane.apply()).toEqual(NOTHING_TO_DO);
    });

    it("moves a station from one host to the other", () => {
      one.dataplane.removeEndpoint(station(12, nearToo).name);
      setRemoteStation(one, 12, two);
      expect(one.dataplane.apply().failures).toEqual([]);
      removeRemoteStation(two, 12);
      two.dataplane.setEndpoint(station(12, nearToo));
      expect(two.dataplane.apply().failures).toEqual([]);
      expect(lab.ping(near, "10.1.5.12").status).toBe(0);
      expect(lab.ping(far, "10.1.5.12").status).toBe(0);
      expect(inVrf(one, "bridge fdb show br br6001")).toMatch(
        new RegExp(`${stationMac(12)} dev vx6001 extern_learn master br6001`),
      );
    });

    it("sends nothing to other hosts that is not known, once flooding is disabled", () => {
      one.dataplane.setVrf(bridgedVrf(lab, one, { flooding: "disabled" }));
      expect(one.dataplane.apply().failures).toEqual([]);
      expect(inVrf(one, "bridge fdb show dev vx6001")).not.toContain("00:00:00:00:00:00");
      expect(lab.ping(near, "10.1.5.21").status).toBe(0);
      expect(lab.ping(near, "10.1.5.99").status).not.toBe(0);
    });

    it("takes the subnet away when it is not wanted any more", () => {
      one.dataplane.removeEndpoint(station(11, near).name);
      one.dataplane.setVrf(lab.vrf(one, "red/main"));
      expect(one.dataplane.apply().failures).toEqual([]);
      expect(inVrf(one, "ip -o link")).not.toMatch(/br6001|vx6001/);
      expect(inVrf(one, "nft list tables")).not.toContain("bridge");
      one.dataplane.resync();
      expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    });

    it("leaves nothing behind after cleanup", () => {
      for (const host of [one, two]) {
        expect(host.dataplane.cleanup().failures).toEqual([]);
      }
      expect(lab.command("ip netns list").output).not.toContain(`${lab.prefix}.h`);
      expect(lab.command(`ip -n ${far} link`).output).not.toContain("eth0");
    });
  },
);
