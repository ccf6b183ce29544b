/**
 * Hosts, workloads and their dataplanes in network namespaces of the test's own:
 *
 *     w1 -- [VRF] h1 ---------- h2 [VRF] -- w2      underlay 192.0.2.0/24 or 2001:db8:ffff::/64, MTU as given
 *
 * Every name starts with one unique prefix, by which `close` removes all of them.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  type IpAddress,
  type IpFamily,
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseVni,
} from "@selvedge/net";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import {
  type ApplyReport,
  Dataplane,
  type EndpointIntent,
  type GuardOptions,
  overlayMtu,
  type VrfIntent,
} from "../../src/index.ts";

/** What came out of a command. */
export interface CommandResult {
  readonly status: number | null;
  readonly output: string;
}

/** A host: a namespace with an underlay address, and a dataplane. */
export interface LabHost {
  readonly name: string;
  readonly underlay: NetworkNamespace;
  readonly number: number;
  readonly vtep: IpAddress;
  dataplane: Dataplane;
}

/** VRFs by name, with their VNIs. */
const VNIS = { "red/main": 5001, "blue/main": 5002 } as const;

export type LabVrf = keyof typeof VNIS;

const log = { info: () => undefined, debug: () => undefined };

/** Namespaces of one test. */
export class Lab {
  readonly prefix: string = `svt-dp-${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly #hosts: LabHost[] = [];
  readonly #namespaces: NetworkNamespace[] = [];

  /** Of the underlay. */
  readonly family: IpFamily;

  private constructor(family: IpFamily) {
    this.family = family;
  }

  static async open(family: IpFamily = 4): Promise<Lab> {
    if (process.getuid?.() !== 0) {
      throw new Error("these tests make network namespaces, which needs root: run them with sudo");
    }
    await primeThreadPool();
    return new Lab(family);
  }

  /** Two hosts whose underlay is one veth pair. */
  addHosts(underlayMtu = 1500): [LabHost, LabHost] {
    const hosts = [this.#addHost(1), this.#addHost(2)] as const;
    const [one, two] = hosts;
    this.command(
      `ip -n ${one.name} link add uplink mtu ${underlayMtu} type veth peer name uplink netns ${two.name} mtu ${underlayMtu}`,
    );
    for (const { name, vtep } of hosts) {
      this.addVtep(name, vtep);
      this.command(`ip -n ${name} link set uplink up`);
    }
    return [one, two];
  }

  /** The VTEP of host `number`. */
  vtep(number: number): IpAddress {
    return parseIpAddress(this.family === 4 ? `192.0.2.${number}` : `2001:db8:ffff::${number}`);
  }

  /** Gives a host an address in the underlay. */
  addVtep(host: string, vtep: IpAddress): void {
    const [length, options] = this.family === 4 ? [24, ""] : [64, " nodad"];
    this.command(`ip -n ${host} address replace ${vtep}/${length} dev uplink${options}`);
  }

  #addHost(number: number): LabHost {
    const name = `${this.prefix}-h${number}`;
    const underlay = this.#create(name);
    const host: LabHost = {
      name,
      underlay,
      number,
      vtep: this.vtep(number),
      dataplane: this.newDataplane(number, underlay),
    };
    this.#hosts.push(host);
    return host;
  }

  /** A dataplane for a host, as a restarted agent makes one. */
  newDataplane(number: number, underlay: NetworkNamespace, guards: GuardOptions = {}): Dataplane {
    return new Dataplane({ underlay, namespacePrefix: `${this.prefix}.h${number}`, guards, log });
  }

  /** Closes the host's dataplane, as the end of the process would, and makes another. */
  restart(host: LabHost): void {
    host.dataplane.close();
    host.dataplane = this.newDataplane(host.number, host.underlay);
  }

  addWorkload(name: string): string {
    const full = `${this.prefix}-${name}`;
    this.#create(full).close();
    return full;
  }

  vrf(host: LabHost, name: LabVrf, changes: Partial<VrfIntent> = {}): VrfIntent {
    const { vtep } = host;
    return {
      name,
      namespace: `${this.prefix}.h${host.number}.${name.replace("/", ".")}`,
      l3vni: parseVni(VNIS[name]),
      vtep,
      routerMac: macFromVtep(vtep),
      routerAddresses: [`100.64.0.${host.number}`, `fd00:64::${host.number}`].map(parseIpAddress),
      gateways: ["10.1.0.1", "2001:db8:1::1"].map(parseIpAddress),
      aggregates: ["10.1.0.0/16", "2001:db8:1::/48"].map(parseIpPrefix),
      mtu: overlayMtu(1500, vtep),
      ...changes,
    };
  }

  /** Endpoint `N` of a VRF: addresses 10.1.0.N and 2001:db8:1::N, in a workload namespace. */
  endpoint(vrf: LabVrf, number: number, workload: string): EndpointIntent {
    return {
      name: `${vrf.split("/")[0]}/web-${number}`,
      vrf,
      addresses: [`10.1.0.${number}`, `2001:db8:1::${number}`].map(parseIpAddress),
      workload: { namespace: workload, interface: "eth0" },
    };
  }

  /** Tells `host` that an endpoint number of a VRF is on `other`. */
  setRemote(host: LabHost, vrf: LabVrf, number: number, other: Pick<LabHost, "vtep">): void {
    const { vtep } = other;
    const nextHops = [{ vtep, routerMac: macFromVtep(vtep) }];
    for (const text of [`10.1.0.${number}/32`, `2001:db8:1::${number}/128`]) {
      host.dataplane.setRoute(vrf, { prefix: parseIpPrefix(text), nextHops });
    }
  }

  /** Runs a command. Throws when it fails, unless told otherwise. */
  command(line: string, options: { readonly mayFail?: boolean } = {}): CommandResult {
    const [program = "", ...args] = line.split(" ");
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0 && options.mayFail !== true) {
      throw new Error(`${line}: exit ${status}\n${stdout}${stderr}`);
    }
    return { status, output: `${stdout}${stderr}` };
  }

  /** Pings once from a namespace; options as of ping(8). */
  ping(namespace: string, address: string, options = ""): CommandResult {
    const words = `ip netns exec ${namespace} ping -c 1 -W 2 ${options} ${address}`;
    return this.command(words.replaceAll(/ +/g, " "), { mayFail: true });
  }

  /** Removes everything, also what a failed test left half done. */
  close(): void {
    for (const { dataplane } of this.#hosts) {
      dataplane.close();
    }
    for (const namespace of this.#namespaces) {
      namespace.close();
    }
    for (const name of NetworkNamespace.list()) {
      if (name.startsWith(this.prefix)) {
        NetworkNamespace.delete(name);
      }
    }
  }

  #create(name: string): NetworkNamespace {
    const namespace = NetworkNamespace.create(name);
    this.#namespaces.push(namespace);
    return namespace;
  }
}

/** What an `apply` reports when there was nothing to do. */
export const NOTHING_TO_DO: ApplyReport = { operations: 0, failures: [], more: false };
