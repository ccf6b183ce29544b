import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApplyReport, hostInterfaceName, nextHopId } from "../../src/index.ts";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";

/** What others may do in the VRF's namespace (`-n VRF`) on the first host, and where ping fails then. */
const DAYS: readonly (readonly [what: string, command: string])[] = [
  ["deletes the VXLAN device", "ip -n VRF link delete vx5001"],
  ["takes the VXLAN device down", "ip -n VRF link set vx5001 down"],
  [
    "changes the MAC address of the VXLAN device",
    "ip -n VRF link set vx5001 address 02:00:00:00:00:99",
  ],
  ["gives the VXLAN device another name", "ip -n VRF link set vx5001 name vxfoo"],
  ["deletes the host end of an endpoint", "ip -n VRF link delete HOST"],
  ["takes the host end of an endpoint down", "ip -n VRF link set HOST down"],
  ["deletes the workload end of an endpoint", "ip -n WORKLOAD link delete eth0"],
  ["deletes a remote route", "ip -n VRF route delete 10.1.0.6/32"],
  ["deletes a remote IPv6 route", "ip -n VRF -6 route delete 2001:db8:1::6/128"],
  [
    "leads a remote route elsewhere",
    "ip -n VRF route replace 10.1.0.6/32 nhid OTHER proto 201 metric 20",
  ],
  ["deletes the route to an endpoint", "ip -n VRF route delete 10.1.0.5/32"],
  ["deletes the neighbour of a VTEP", "ip -n VRF neigh delete fe80::c000:202 dev vx5001"],
  [
    "gives the neighbour of a VTEP another MAC address",
    "ip -n VRF neigh replace fe80::c000:202 lladdr 02:00:00:00:00:99 dev vx5001 nud permanent",
  ],
  [
    "deletes the FDB entry of a VTEP",
    "bridge -n VRF fdb del 02:00:c0:00:02:02 dev vx5001 dst 192.0.2.2",
  ],
  ["deletes the next-hop object of a VTEP", "ip -n VRF nexthop delete id NEXTHOP"],
  ["deletes the router address", "ip -n VRF address delete 100.64.0.1/32 dev lo"],
  ["deletes the gateway of the workloads", "ip -n VRF address delete 169.254.1.1/32 dev lo"],
  ["deletes the IPv6 gateway of the workloads", "ip -n VRF address delete fe80::1/64 dev HOST"],
  ["takes lo down", "ip -n VRF link set lo down"],
  ["deletes the namespace of the VRF", "ip netns delete VRF"],
];

describe("a dataplane that is told of foreign changes by the kernel", () => {
  let lab: Lab;
  let one: LabHost;
  let two: LabHost;
  let near: string;
  /** Called with the report of every `apply` that the kernel's events have led to. */
  let onReport: (report: ApplyReport) => void = () => undefined;

  /** Does something and resolves when the dataplane, told by the kernel, has written something. */
  const foreign = async (command: string): Promise<ApplyReport> => {
    const repaired = new Promise<ApplyReport>((resolve) => {
      onReport = (report) => {
        if (report.operations > 0 || report.failures.length > 0) {
          resolve(report);
        }
      };
    });
    lab.command(command);
    return repaired;
  };

  /** Applies when told to, as an agent does. */
  const startAgent = (host: LabHost): void => {
    let isDue = false;
    host.dataplane.startMonitoring(() => {
      if (!isDue) {
        isDue = true;
        setImmediate(() => {
          isDue = false;
          onReport(host.dataplane.apply());
        });
      }
    });
  };

  const pings = (): void => {
    for (const address of ["10.1.0.6", "2001:db8:1::6"]) {
      expect(lab.ping(near, address).output).toContain(" 0% packet loss");
    }
    expect(lab.ping(near, "10.1.0.6", "-t 2").output).toContain("From 100.64.0.2 ");
    expect(lab.ping(`${lab.prefix}-far`, "10.1.0.5", "-t 2").output).toContain("From 100.64.0.1 ");
  };

  beforeEach(async () => {
    lab = await Lab.open();
    [one, two] = lab.addHosts();
    near = lab.addWorkload("near");
    const far = lab.addWorkload("far");
    startAgent(one);
    for (const [host, other, workload, own, remote] of [
      [one, two, near, 5, 6],
      [two, one, far, 6, 5],
    ] as const) {
      host.dataplane.setVrf(lab.vrf(host, "red/main"));
      host.dataplane.setEndpoint(lab.endpoint("red/main", own, workload));
      lab.setRemote(host, "red/main", remote, other);
      // A second VTEP, where nobody is.
      lab.setRemote(host, "red/main", 9, { vtep: lab.vtep(9) });
      // An endpoint that some tests add on the first host.
      if (host === two) {
        lab.setRemote(host, "red/main", 7, other);
      }
      host.dataplane.markSynced();
      expect(host.dataplane.apply().failures).toEqual([]);
    }
  });

  afterEach(() => {
    onReport = () => undefined;
    lab?.close();
  });

  const fill = (command: string): string =>
    command
      .replace("VRF", lab.vrf(one, "red/main").namespace)
      .replace("HOST", hostInterfaceName("red/web-5"))
      .replace("WORKLOAD", near)
      .replace("NEXTHOP", String(nextHopId(parseIpAddress("192.0.2.2"))))
      .replace("OTHER", String(nextHopId(parseIpAddress("192.0.2.9"))));

  it.each(DAYS)("repairs it when somebody %s", async (_what, command) => {
    pings();
    expect(one.dataplane.vrfs()).toMatchObject([{ repairs: 0 }]);
    expect((await foreign(fill(command))).failures).toEqual([]);
    pings();
    const [vrf] = one.dataplane.vrfs();
    expect(vrf?.repairs).toBeGreaterThan(0);
    one.dataplane.resync();
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    expect(one.dataplane.vrfs()).toMatchObject([{ repairs: vrf?.repairs }]);
  });

  it("builds the VRF again when its VXLAN device was renamed and its namespace deleted", async () => {
    await foreign(fill("ip -n VRF link set vx5001 name vxfoo"));
    expect((await foreign(fill("ip netns delete VRF"))).failures).toEqual([]);
    pings();
  });

  it("says that an endpoint is not attached while its workload is gone, and attaches it when it is back", async () => {
    const bystander = lab.addWorkload("bystander");
    one.dataplane.setEndpoint(lab.endpoint("red/main", 7, bystander));
    one.dataplane.apply();
    const report = await foreign(`ip netns delete ${near}`);
    expect(report.failures.map(({ code, endpoint }) => [code, endpoint])).toEqual([
      ["workload-namespace-missing", "red/web-5"],
    ]);
    expect(one.dataplane.endpoints().map(({ state }) => state)).toMatchObject([
      { kind: "not-attached", reason: "workload-namespace-missing" },
      { kind: "attached" },
    ]);
    expect(lab.ping(bystander, "10.1.0.6").status).toBe(0);
    lab.command(`ip netns add ${near}`);
    one.dataplane.retryFailed();
    expect(one.dataplane.apply().failures).toEqual([]);
    pings();
  });

  it("is told when the namespace of a missing workload appears", async () => {
    const name = `${lab.prefix}-late`;
    one.dataplane.setEndpoint(lab.endpoint("red/main", 7, name));
    expect(one.dataplane.apply().failures).toMatchObject([{ code: "workload-namespace-missing" }]);
    // Whether the file is a namespace by then depends on how fast `ip` is.
    await foreign(`ip netns add ${name}`);
    one.dataplane.retryFailed();
    expect(one.dataplane.apply().failures).toEqual([]);
    expect(lab.ping(name, "10.1.0.6").status).toBe(0);
  });

  it("leaves alone what others have made in the namespace of a VRF", () => {
    const { namespace } = lab.vrf(one, "red/main");
    for (const line of [
      "ip -n VRF link add probe type bridge",
      "ip -n VRF link set probe up",
      "ip -n VRF address add 10.7.7.7/32 dev probe",
      "ip -n VRF route add 10.8.0.0/24 dev probe",
      // The same prefixes as ours, with other metrics.
      "ip -n VRF route add 10.1.0.6/32 dev probe metric 4000",
      "ip -n VRF -6 route add 2001:db8:1::6/128 dev probe metric 4000",
      "ip -n VRF nexthop add id 77 dev probe",
      "ip -n VRF neigh add 10.7.7.8 lladdr 02:00:00:00:00:88 dev probe nud permanent",
      "ip -n VRF neigh add fe80::77 lladdr 02:00:00:00:00:77 dev vx5001 nud permanent",
      "bridge -n VRF fdb add 02:00:00:00:00:77 dev vx5001 dst 192.0.2.77",
    ]) {
      lab.command(line.replace("VRF", namespace));
    }
    const everything = (): string =>
      ["address", "route", "-6 route", "nexthop", "neigh show nud permanent"]
        .map((what) => lab.command(`ip -n ${namespace} ${what}`).output)
        .concat(lab.command(`bridge -n ${namespace} fdb`).output)
        .join("");
    const before = everything();
    one.dataplane.resync();
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
    one.dataplane.removeRoute("red/main", parseIpPrefix("10.1.0.6/32"));
    one.dataplane.apply();
    lab.setRemote(one, "red/main", 6, two);
    one.dataplane.apply();
    expect(everything().split("\n").sort()).toEqual(before.split("\n").sort());
  });
});
