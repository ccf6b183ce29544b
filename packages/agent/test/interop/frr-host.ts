/**
 * A second host whose network is FRR's: bgpd and zebra in a network namespace, one tenant VRF as a namespace of its own
 * (`zebra -n`), with the bridge that zebra needs, and a workload behind it. Joined to the host of the agent by a cable.
 *
 * All names begin with the prefix of the agent's world, which removes the namespaces at the end.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentWorld, HOST_ADDRESS, PEER_ADDRESS } from "../world/agent-world.ts";

const LIBEXEC = "/usr/lib/frr";
const VNI = 5000;
/** Address of zebra's bridge, which FRR announces as the Router's MAC. */
export const FRR_ROUTER_MAC = "02:00:00:00:50:02";
/** Addresses of FRR's workload. */
export const FRR_WORKLOAD = { v4: "192.168.2.11", v6: "2001:db8:2::11" } as const;

const ZEBRA_CONF = `
vrf red
 vni ${VNI}
exit-vrf
`;
const BGPD_CONF = `
router bgp 65000
 bgp router-id ${PEER_ADDRESS}
 no bgp default ipv4-unicast
 neighbor ${HOST_ADDRESS} remote-as 65000
 neighbor ${HOST_ADDRESS} timers 3 9
 neighbor ${HOST_ADDRESS} timers connect 1
 address-family l2vpn evpn
  neighbor ${HOST_ADDRESS} activate
  advertise-all-vni
 exit-address-family
router bgp 65000 vrf red
 bgp router-id ${PEER_ADDRESS}
 address-family ipv4 unicast
  redistribute connected
 exit-address-family
 address-family ipv6 unicast
  redistribute connected
 exit-address-family
 address-family l2vpn evpn
  advertise ipv4 unicast
  advertise ipv6 unicast
  rd ${PEER_ADDRESS}:${VNI}
  route-target import 65000:${VNI}
  route-target export 65000:${VNI}
 exit-address-family
`;

/** A bridged subnet of the tenant: what FRR's host needs of it. */
export interface FrrSubnet {
  readonly l2vni: number;
  /** Of the bridge, with prefix lengths; the same on every host, with the MAC address. */
  readonly gateways: readonly string[];
  readonly gatewayMac: string;
}

export class FrrHost implements AsyncDisposable {
  /** Of FRR's tenant. */
  readonly tenant: string;
  /** Of the workload behind it. */
  readonly workload: string;
  readonly #underlay: string;
  readonly #directory: string;
  readonly #children: ChildProcess[] = [];

  /** @throws Error when FRR is not installed. */
  constructor(world: AgentWorld) {
    if (!existsSync(`${LIBEXEC}/bgpd`)) throw new Error("bgpd is missing: apt-get install frr");
    this.#underlay = world.workload("frr");
    this.tenant = world.workload("red");
    this.workload = world.workload("web2");
    this.#directory = join(world.directory, "frr");
    this.#cable(world.prefix);
    this.#makeTenant();
    this.#makeWorkload();
    // The daemons give up root and write their sockets there.
    chmodSync(world.directory, 0o755);
    mkdirSync(this.#directory);
    for (const [file, text] of [
      ["zebra.conf", ZEBRA_CONF],
      ["bgpd.conf", BGPD_CONF],
      ["vtysh.conf", ""],
    ] as const) {
      writeFileSync(join(this.#directory, file), text);
    }
    execFileSync("chown", ["-R", "frr:frr", this.#directory]);
  }

  /** A bridge and a VXLAN device for a bridged subnet; call it before `start`. */
  addSubnet({ l2vni, gateways, gatewayMac }: FrrSubnet): void {
    this.#makeBridge(l2vni, gatewayMac);
    for (const gateway of gateways) {
      ip(this.tenant, `addr add ${gateway} dev br${l2vni}${gateway.includes(":") ? " nodad" : ""}`);
    }
    ip(this.tenant, `link set vxlan${l2vni} type bridge_slave neigh_suppress on`);
  }

  /** A port of the bridge of a bridged subnet, whose other end is eth0 of the workload. */
  addPort(l2vni: number, name: string, workload: string): void {
    ip(this.tenant, `link add ${name} type veth peer name eth0 netns ${workload}`);
    ip(this.tenant, `link set ${name} master br${l2vni} up`);
    ip(workload, "link set eth0 up");
  }

  start(): void {
    // zebra takes every name in /run/netns for a VRF, so it gets a /run/netns with this one only.
    const script = `
      exec 9</run/netns/${this.tenant}
      mount -t tmpfs tmpfs /run/netns
      touch /run/netns/red
      mount --bind /proc/self/fd/9 /run/netns/red
      exec 9<&-
      exec ${LIBEXEC}/zebra -n ${this.#options("zebra").join(" ")}`;
    this.#spawn("unshare", ["-m", "--propagation", "private", "sh", "-c", script]);
    this.#spawn(`${LIBEXEC}/bgpd`, this.#options("bgpd"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
  }

  /** The two hosts' addresses stay as they are on the agent's host, and the peer's moves to here. */
  #cable(host: string): void {
    ip(host, `addr del ${PEER_ADDRESS}/32 dev lo`);
    ip(host, `link add cable type veth peer name cable netns ${this.#underlay}`);
    ip(host, "link set cable up");
    ip(host, `route add ${PEER_ADDRESS}/32 dev cable src ${HOST_ADDRESS}`);
    ip(this.#underlay, "link set lo up");
    ip(this.#underlay, `addr add ${PEER_ADDRESS}/32 dev cable`);
    ip(this.#underlay, "link set cable up");
    ip(this.#underlay, `route add ${HOST_ADDRESS}/32 dev cable`);
  }

  #makeTenant(): void {
    this.#makeBridge(VNI, FRR_ROUTER_MAC);
    const settings = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];
    inNamespace(this.tenant, "sysctl", ["-qw", ...settings, "net.ipv4.conf.all.rp_filter=0"]);
  }

  #makeBridge(vni: number, mac: string): void {
    const vxlan = `vxlan${vni}`;
    const device = `link add ${vxlan} type vxlan id ${vni} dstport 4789 local ${PEER_ADDRESS}`;
    ip(this.#underlay, `${device} nolearning`);
    ip(this.#underlay, `link set ${vxlan} netns ${this.tenant}`);
    ip(this.tenant, `link add br${vni} address ${mac} type bridge stp_state 0`);
    ip(this.tenant, `link set ${vxlan} master br${vni} addrgenmode none`);
    ip(this.tenant, `link set ${vxlan} type bridge_slave learning off`);
    for (const link of [vxlan, `br${vni}`]) ip(this.tenant, `link set ${link} up`);
  }

  #makeWorkload(): void {
    ip(this.tenant, `link add lan type veth peer name eth0 netns ${this.workload}`);
    ip(this.tenant, "link set lan up");
    ip(this.tenant, "addr add 192.168.2.1/24 dev lan");
    ip(this.tenant, "addr add 2001:db8:2::1/64 dev lan nodad");
    ip(this.workload, "link set eth0 up");
    ip(this.workload, `addr add ${FRR_WORKLOAD.v4}/24 dev eth0`);
    ip(this.workload, `addr add ${FRR_WORKLOAD.v6}/64 dev eth0 nodad`);
    ip(this.workload, "route add default via 192.168.2.1");
    ip(this.workload, "-6 route add default via 2001:db8:2::1");
  }

  #spawn(program: string, args: readonly string[]): void {
    const command = [`--net=/run/netns/${this.#underlay}`, program, ...args];
    this.#children.push(spawn("nsenter", command, { stdio: "ignore" }));
  }

  #options(daemon: string): string[] {
    const at = (name: string): string => join(this.#directory, name);
    return [
      ...["-f", at(`${daemon}.conf`), "-i", at(`${daemon}.pid`), "-z", at("zserv.api")],
      ...["--vty_socket", this.#directory, "-P", "0", "--log", `file:${at(`${daemon}.log`)}`],
    ];
  }
}

/** `ip -n NAMESPACE ...`; what it prints. */
export function ip(namespace: string, args: string): string {
  return execFileSync("ip", ["-n", namespace, ...args.split(" ")], { encoding: "utf8" });
}

/** Runs a program in a namespace; what it prints, or an empty text when it fails. */
export function inNamespace(namespace: string, program: string, args: readonly string[]): string {
  try {
    return execFileSync("nsenter", [`--net=/run/netns/${namespace}`, program, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}
