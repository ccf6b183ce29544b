/** The ways between two workloads that are compared: each made in namespaces of its own. */
import { spawnSync } from "node:child_process";
import { macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { NetworkNamespace } from "@selvedge/netlink";
import { Dataplane, overlayMtu } from "@selvedge/vxlan-dataplane";

/** Two workloads that reach each other; to be disposed of before its namespaces are deleted. */
export interface Path extends Disposable {
  /** Namespace of the workload that sends. */
  readonly near: string;
  readonly far: string;
  /** Address of the far one. */
  readonly address: string;
}

const NEAR = "10.1.0.5";
const FAR = "10.1.0.6";
const GATEWAY = "169.254.1.1";

/** Two namespaces and a veth pair. */
export function bareVeth(prefix: string, mtu: number): Path {
  const [near, far] = [newNamespace(`${prefix}-near`), newNamespace(`${prefix}-far`)];
  ip(`-n ${near} link add eth0 mtu ${mtu} type veth peer name eth0 netns ${far} mtu ${mtu}`);
  for (const [name, address] of [
    [near, NEAR],
    [far, FAR],
  ] as const) {
    ip(`-n ${name} address add ${address}/24 dev eth0`);
    ip(`-n ${name} link set eth0 up`);
  }
  return { near, far, address: FAR, [Symbol.dispose]: () => undefined };
}

/** Two hosts that route between their workloads, with host routes over a shared link. */
export function routed(prefix: string, mtu: number): Path {
  const { near, far, one, two } = hosts(prefix, mtu);
  for (const [host, workload, address, other, next] of [
    [one, near, NEAR, FAR, "192.0.2.2"],
    [two, far, FAR, NEAR, "192.0.2.1"],
  ] as const) {
    const end = `eth0 netns ${workload} mtu ${mtu}`;
    ip(`-n ${host} link add c1 mtu ${mtu} type veth peer name ${end}`);
    ip(`-n ${host} address add ${GATEWAY}/32 dev lo`);
    ip(`-n ${host} link set lo up`);
    ip(`-n ${host} link set c1 up`);
    ip(`-n ${host} route add ${address}/32 dev c1`);
    ip(`-n ${host} route add ${other}/32 via ${next}`);
    using namespace = NetworkNamespace.open(host);
    namespace.setSysctl("net/ipv4/ip_forward", "1");
    ip(`-n ${workload} address add ${address}/32 dev eth0`);
    ip(`-n ${workload} link set eth0 up`);
    ip(`-n ${workload} route add ${GATEWAY} dev eth0`);
    ip(`-n ${workload} route add default via ${GATEWAY}`);
  }
  return { near, far, address: FAR, [Symbol.dispose]: () => undefined };
}

/** Two hosts with a VRF, whose workloads reach each other over VXLAN. */
export function overlay(prefix: string, mtu: number, isGuarded: boolean): Path {
  const { near, far, one, two } = hosts(prefix, mtu);
  const dataplanes = [
    vrfOn({
      prefix,
      host: one,
      number: 1,
      workload: near,
      address: NEAR,
      other: FAR,
      mtu,
      isGuarded,
    }),
    vrfOn({
      prefix,
      host: two,
      number: 2,
      workload: far,
      address: FAR,
      other: NEAR,
      mtu,
      isGuarded,
    }),
  ];
  return {
    near,
    far,
    address: FAR,
    [Symbol.dispose]: () => {
      for (const dataplane of dataplanes) {
        dataplane.cleanup();
        dataplane.close();
      }
    },
  };
}

interface Site {
  readonly prefix: string;
  readonly host: string;
  readonly number: 1 | 2;
  readonly workload: string;
  readonly address: string;
  /** Address of the workload on the other host. */
  readonly other: string;
  readonly mtu: number;
  readonly isGuarded: boolean;
}

function vrfOn({
  prefix,
  host,
  number,
  workload,
  address,
  other,
  mtu,
  isGuarded,
}: Site): Dataplane {
  const vtep = parseIpAddress(`192.0.2.${number}`);
  const remote = parseIpAddress(`192.0.2.${3 - number}`);
  const namespacePrefix = `${prefix}.h${number}`;
  const dataplane = new Dataplane({
    underlay: NetworkNamespace.open(host),
    namespacePrefix,
    guards: { endpoints: isGuarded, underlay: isGuarded },
    log: { info: () => undefined, debug: () => undefined },
  });
  dataplane.setVrf({
    name: "red/main",
    namespace: `${namespacePrefix}.red.main`,
    l3vni: parseVni(5000),
    vtep,
    routerMac: macFromVtep(vtep),
    routerAddresses: [parseIpAddress(`100.64.0.${number}`)],
    gateways: [],
    aggregates: [],
    mtu: overlayMtu(mtu, vtep),
  });
  dataplane.setEndpoint({
    name: `red/web-${number}`,
    vrf: "red/main",
    addresses: [parseIpAddress(address)],
    workload: { namespace: workload, interface: "eth0" },
  });
  const nextHops = [{ vtep: remote, routerMac: macFromVtep(remote) }];
  dataplane.setRoute("red/main", { prefix: parseIpPrefix(`${other}/32`), nextHops });
  dataplane.markSynced();
  for (const failure of dataplane.apply().failures) throw failure;
  return dataplane;
}

/** Two hosts with a veth pair as their underlay, and a workload's empty namespace for each. */
function hosts(prefix: string, mtu: number) {
  const [near, far] = [newNamespace(`${prefix}-near`), newNamespace(`${prefix}-far`)];
  const [one, two] = [newNamespace(`${prefix}-one`), newNamespace(`${prefix}-two`)];
  ip(`-n ${one} link add uplink mtu ${mtu} type veth peer name uplink netns ${two} mtu ${mtu}`);
  for (const [name, address] of [
    [one, "192.0.2.1"],
    [two, "192.0.2.2"],
  ] as const) {
    ip(`-n ${name} address add ${address}/24 dev uplink`);
    ip(`-n ${name} link set uplink up`);
  }
  return { near, far, one, two };
}

function newNamespace(name: string): string {
  NetworkNamespace.create(name).close();
  return name;
}

function ip(line: string): void {
  const { status, stderr } = spawnSync("ip", line.split(" "), { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${line}: ${stderr}`);
}
