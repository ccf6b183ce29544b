import { parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";

describe("what cannot be done", () => {
  let lab: Lab;
  let one: LabHost;
  let near: string;

  beforeEach(async () => {
    lab = await Lab.open();
    [one] = lab.addHosts();
    near = lab.addWorkload("near");
    one.dataplane.setVrf(lab.vrf(one, "red/main"));
    one.dataplane.markSynced();
  });

  afterEach(() => lab?.close());

  const apply = (): unknown[] =>
    one.dataplane.apply().failures.map(({ code, vrf, endpoint }) => ({ code, vrf, endpoint }));

  it("is an interface name in the workload that belongs to another device", () => {
    lab.command(`ip -n ${near} link add eth0 type bridge`);
    const other = lab.addWorkload("other");
    one.dataplane.setEndpoint(lab.endpoint("red/main", 5, near));
    one.dataplane.setEndpoint(lab.endpoint("red/main", 7, other));
    expect(apply()).toEqual([{ code: "interface-taken", vrf: "red/main", endpoint: "red/web-5" }]);
    expect(lab.ping(other, "10.1.0.1").status).toBe(0);
    expect(lab.command(`ip -n ${near} -d link show eth0`).output).toContain("bridge");
    lab.command(`ip -n ${near} link delete eth0`);
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    one.dataplane.retryFailed();
    expect(apply()).toEqual([]);
    expect(lab.ping(near, "10.1.0.1").status).toBe(0);
  });

  it("is an interface name that the kernel makes another one of, and leaves nothing in the way", () => {
    const wanted = lab.endpoint("red/main", 5, near);
    const workload = { ...wanted.workload, interface: "e%d" };
    one.dataplane.setEndpoint({ ...wanted, workload });
    const endpoint = "red/web-5";
    expect(apply()).toEqual([{ code: "kernel-refused", vrf: "red/main", endpoint }]);
    expect(lab.command(`ip -n ${near} -o link`).output).not.toContain("e0");
    one.dataplane.setEndpoint(wanted);
    expect(apply()).toEqual([]);
    expect(lab.ping(near, "10.1.0.1").status).toBe(0);
  });

  it("is a VNI that another device of the host has", () => {
    lab.command(
      `ip -n ${one.name} link add foreign type vxlan id 5001 dstport 4789 local 192.0.2.1`,
    );
    one.dataplane.setVrf(lab.vrf(one, "blue/main"));
    lab.setRemote(one, "red/main", 6, { vtep: lab.vtep(2) });
    expect(apply()).toEqual([{ code: "vni-in-use", vrf: "red/main", endpoint: undefined }]);
    expect(one.dataplane.vrfs()).toMatchObject([
      { name: "red/main", state: "failed", device: undefined },
      { name: "blue/main", state: "ready" },
    ]);
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    lab.command(`ip -n ${one.name} link delete foreign`);
    one.dataplane.retryFailed();
    expect(apply()).toEqual([]);
    expect(one.dataplane.vrfs()).toMatchObject([{ state: "ready", routes: { installed: 2 } }, {}]);
  });

  it("is a device name in the VRF that belongs to another device", () => {
    const { namespace } = lab.vrf(one, "red/main");
    lab.command(`ip netns add ${namespace}`);
    lab.command(`ip -n ${namespace} link add vx5001 type bridge`);
    expect(apply()).toEqual([{ code: "device-name-taken", vrf: "red/main", endpoint: undefined }]);
  });

  it("is a default route of the workload that belongs to another device", () => {
    lab.command(`ip -n ${near} link add net0 type bridge`);
    lab.command(`ip -n ${near} link set net0 up`);
    lab.command(`ip -n ${near} route add default dev net0`);
    one.dataplane.setEndpoint(lab.endpoint("red/main", 5, near));
    expect(apply()).toEqual([
      { code: "default-route-taken", vrf: "red/main", endpoint: "red/web-5" },
    ]);
    expect(lab.command(`ip -n ${near} route show default`).output).toContain("dev net0");
    expect(one.dataplane.endpoints()).toMatchObject([{ state: { kind: "attached" } }]);
  });

  it.each(["2001:db8::2", "224.0.0.2"])("is the next hop %s, which cannot be sent to", (text) => {
    const prefix = parseIpPrefix("10.2.0.0/24");
    const { routerMac } = lab.vrf(one, "red/main");
    const vtep = parseIpAddress(text);
    one.dataplane.setRoute("red/main", { prefix, nextHops: [{ vtep, routerMac }] });
    one.dataplane.setEndpoint(lab.endpoint("red/main", 5, near));
    expect(apply()).toEqual([
      { code: "unsupported-next-hop", vrf: "red/main", endpoint: undefined },
    ]);
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    // Told, and not left waiting.
    expect(lab.ping(near, "10.2.0.9", "-W 8").output).toMatch(
      /From 100\.64\.0\.1 .*(Host|Net) Unreachable/,
    );
  });

  it("is a plain file under the name of the VRF's namespace, which is replaced", () => {
    lab.command(`touch /run/netns/${lab.vrf(one, "red/main").namespace}`);
    expect(apply()).toEqual([]);
  });
});

describe("what moves between VRFs", () => {
  let lab: Lab;
  let one: LabHost;

  beforeEach(async () => {
    lab = await Lab.open();
    [one] = lab.addHosts();
    one.dataplane.setVrf(lab.vrf(one, "red/main"));
    one.dataplane.setVrf(lab.vrf(one, "blue/main"));
    one.dataplane.markSynced();
  });

  afterEach(() => lab?.close());

  it("is an endpoint, in one apply, also after a restart", () => {
    const near = lab.addWorkload("near");
    const endpoint = lab.endpoint("red/main", 5, near);
    one.dataplane.setEndpoint(endpoint);
    expect(one.dataplane.apply().failures).toEqual([]);
    one.dataplane.setEndpoint({ ...endpoint, vrf: "blue/main" });
    expect(one.dataplane.apply().failures).toEqual([]);
    lab.restart(one);
    one.dataplane.setVrf(lab.vrf(one, "blue/main"));
    one.dataplane.setVrf(lab.vrf(one, "red/main"));
    one.dataplane.setEndpoint(endpoint);
    one.dataplane.markSynced();
    expect(one.dataplane.apply().failures).toEqual([]);
    const { namespace } = lab.vrf(one, "red/main");
    expect(lab.command(`ip -n ${namespace} route get 10.1.0.5`).output).toContain(" dev c");
    expect(lab.ping(near, "10.1.0.1").status).toBe(0);
  });

  it("is a VNI, in one apply", () => {
    expect(one.dataplane.apply().failures).toEqual([]);
    one.dataplane.setVrf(lab.vrf(one, "red/main", { l3vni: parseVni(5002) }));
    one.dataplane.setVrf(lab.vrf(one, "blue/main", { l3vni: parseVni(5001) }));
    expect(one.dataplane.apply().failures).toEqual([]);
    expect(one.dataplane.vrfs()).toMatchObject([
      { device: { name: "vx5002" } },
      { device: { name: "vx5001" } },
    ]);
  });
});
