import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addFloodVtep,
  bridgedVrf,
  L2VNI,
  setRemoteStation,
  station,
  stationMac,
} from "./bridge-lab.ts";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";

/** What somebody does in the VRF's namespace. */
const DEEDS = {
  "the bridge is deleted": `ip link delete br${L2VNI}`,
  "the VXLAN device is deleted": `ip link delete vx${L2VNI}`,
  "the bridge is brought down": `ip link set br${L2VNI} down`,
  "the VXLAN device is taken out of the bridge": `ip link set vx${L2VNI} nomaster`,
  "the VXLAN device learns": `bridge link set dev vx${L2VNI} learning on`,
  "the bridge has another MTU": `ip link set br${L2VNI} mtu 1400`,
  "gateways are deleted": `ip address flush dev br${L2VNI}`,
  "neighbours are flushed": `ip neigh flush dev br${L2VNI} nud permanent`,
  "a MAC is taken from its VTEP": `bridge fdb del ${stationMac(21)} dev vx${L2VNI} self`,
  "a MAC is taken out of the bridge": `bridge fdb del ${stationMac(21)} dev vx${L2VNI} master`,
  "a host is flooded to no longer": `bridge fdb del 00:00:00:00:00:00 dst 192.0.2.2 dev vx${L2VNI} self`,
  "a host route is deleted": "ip route del 10.1.5.11/32",
} as const;

describe("a bridged subnet is as it was, told by events alone, after", () => {
  let lab: Lab;
  let one: LabHost;
  let near: string;
  let far: string;
  let namespace: string;

  beforeAll(async () => {
    lab = await Lab.open();
    const [host, two] = lab.addHosts();
    one = host;
    near = lab.addWorkload("near");
    far = lab.addWorkload("far");
    ({ namespace } = lab.vrf(one, "red/main"));
    for (const [at, own, number, other, remote] of [
      [one, near, 11, two, 21],
      [two, far, 21, one, 11],
    ] as const) {
      at.dataplane.setVrf(bridgedVrf(lab, at));
      at.dataplane.setEndpoint(station(number, own));
      setRemoteStation(at, remote, other);
      addFloodVtep(at, other);
      at.dataplane.markSynced();
      expect(at.dataplane.apply().failures).toEqual([]);
    }
  });
  afterAll(() => lab.close());

  it.each(Object.entries(DEEDS))("%s", async (_name, command) => {
    const woken = Promise.withResolvers<void>();
    one.dataplane.startMonitoring(() => woken.resolve());
    one.dataplane.apply();
    lab.command(`ip netns exec ${namespace} ${command}`);
    await woken.promise;
    const report = one.dataplane.apply();
    expect(report.failures).toEqual([]);
    expect(report.operations).toBeGreaterThan(0);
    one.dataplane.resync();
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    for (const address of ["10.1.5.21", "2001:db8:5::21", "10.1.5.1"]) {
      expect(lab.ping(near, address).status).toBe(0);
    }
    lab.restart(one);
    one.dataplane.setVrf(bridgedVrf(lab, one));
    one.dataplane.setEndpoint(station(11, near));
    setRemoteStation(one, 21, { vtep: lab.vtep(2) });
    addFloodVtep(one, { vtep: lab.vtep(2) });
    one.dataplane.markSynced();
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
  });
});
