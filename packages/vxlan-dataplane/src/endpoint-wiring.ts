/**
 * Makes both ends of one endpoint's veth pair as wanted, or says why that cannot be.
 *
 * Does not: remove endpoints; deleting the host end does that, and takes the workload end with it.
 */
import { hostPrefix, type IpAddress } from "@selvedge/net";
import { type Link, NetlinkError, type RouteRequest } from "@selvedge/netlink";
import type { BridgeSite } from "./bridge/bridge-port.ts";
import type { Changes } from "./changes.ts";
import {
  foldHostEnd,
  type HostEnd,
  judgeWorkload,
  planHostEnd,
  planRelease,
  planWorkload,
  removeGateway,
  removeHostRoute,
  staleHostRoutes,
  type WantedEndpoint,
  type WorkloadReading,
  wantedEndpoint,
} from "./endpoint-plan.ts";
import { type DataplaneErrorCode, type DataplaneSubject, refusal } from "./errors.ts";
import type { EndpointGuard } from "./guard/endpoint-guard.ts";
import type { EndpointIntent } from "./intent.ts";
import type { Kernel, KernelNamespace } from "./kernel.ts";
import { GATEWAY_MAC } from "./ownership.ts";
import { endpointSysctls, type Sysctl, workloadSysctls } from "./sysctls.ts";

/** Whether an endpoint has its network. */
export type EndpointState =
  /** Not tried yet, or waiting for the first full desired state. */
  | { readonly kind: "pending" }
  | { readonly kind: "attached"; readonly hostInterface: string; readonly hostIndex: number }
  | {
      readonly kind: "not-attached";
      readonly reason: DataplaneErrorCode;
      readonly message: string;
    };

/** Where an endpoint is wired. */
export interface WiringSite {
  readonly kernel: Kernel;
  /** Of the VRF. */
  readonly namespace: KernelNamespace;
  /** Of the VRF. */
  readonly guard: EndpointGuard;
  /** Host ends in there by name; kept up to date. */
  readonly hosts: Map<string, HostEnd>;
  /** Bridge domains in there by name. */
  readonly bridges: ReadonlyMap<string, BridgeSite>;
  readonly mtu: number;
  /** Whether anything may be deleted. */
  readonly mayRemove: boolean;
  readonly changes: Changes;
}

/** Wires `intent` with those of its `addresses` that it may have. */
export function wireEndpoint(
  intent: EndpointIntent,
  addresses: readonly IpAddress[],
  site: WiringSite,
): EndpointState {
  const { bridgeDomain } = intent;
  if (bridgeDomain !== undefined && !site.bridges.has(bridgeDomain)) {
    const reason = "bridge-missing";
    const message = `there is no bridge for subnet ${bridgeDomain} in VRF ${intent.vrf}`;
    const subject = { vrf: intent.vrf, endpoint: intent.name };
    site.changes.fail(reason, bridgeDomain, message, subject);
    return { kind: "not-attached", reason, message };
  }
  return new Wiring(intent, addresses, site).run();
}

/**
 * Takes from an endpoint what it has but not among `addresses`, so that another may have it. Returns
 * its state when that could not be tried.
 */
export function releaseAddresses(
  intent: EndpointIntent,
  addresses: readonly IpAddress[],
  site: WiringSite,
): EndpointState | undefined {
  return new Wiring(intent, addresses, site).release();
}

/** One attempt at one endpoint. */
class Wiring {
  readonly #intent: EndpointIntent;
  readonly #wanted: WantedEndpoint;
  readonly #site: WiringSite;
  readonly #subject: DataplaneSubject;

  constructor(intent: EndpointIntent, addresses: readonly IpAddress[], site: WiringSite) {
    this.#intent = intent;
    const bridge = site.bridges.get(intent.bridgeDomain ?? "");
    this.#wanted = wantedEndpoint(intent, addresses, site.mtu, bridge);
    this.#site = site;
    this.#subject = { vrf: intent.vrf, endpoint: intent.name };
  }

  run(): EndpointState {
    return this.#inWorkload((workload) => this.#wire(workload));
  }

  release(): EndpointState | undefined {
    const { hosts } = this.#site;
    const host = hosts.get(this.#wanted.hostName);
    return this.#inWorkload((workload) => {
      const verdict = judgeWorkload(this.#wanted, host, workload.links());
      if (verdict.kind === "wired" && host !== undefined) {
        const reading = { link: verdict.link, addresses: workload.addresses() };
        this.#release(workload, reading, host);
        this.#guard();
      }
      return undefined;
    });
  }

  #inWorkload<T>(work: (workload: KernelNamespace) => T): T | EndpointState {
    const path = this.#intent.workload.namespace;
    let workload: KernelNamespace;
    try {
      workload = this.#site.kernel.open(path);
    } catch (error) {
      if (error instanceof NetlinkError) {
        const message = `the workload's network namespace ${path} is not there: ${error.message}`;
        return this.#fail("workload-namespace-missing", path, message, error);
      }
      throw error;
    }
    try {
      return work(workload);
    } catch (error) {
      if (error instanceof NetlinkError) {
        const { code, object, message } = refusal(error, this.#subject);
        return this.#fail(code, object, message, error);
      }
      throw error;
    } finally {
      workload.close();
    }
  }

  #wire(workload: KernelNamespace): EndpointState {
    const { hosts, mayRemove } = this.#site;
    const { hostName, interfaceName } = this.#wanted;
    let verdict = judgeWorkload(this.#wanted, hosts.get(hostName), workload.links());
    if (verdict.kind !== "wired" && hosts.has(hostName)) {
      if (!mayRemove) {
        return { kind: "pending" };
      }
      this.#removePair();
      verdict = judgeWorkload(this.#wanted, undefined, workload.links());
    }
    switch (verdict.kind) {
      case "taken": {
        const namespace = this.#intent.workload.namespace;
        const message = `another device is named ${interfaceName} in ${namespace}; remove it or choose another interface name`;
        return this.#fail("interface-taken", interfaceName, message);
      }
      case "absent": {
        const link = this.#create(workload);
        if (link === undefined) {
          const message = `${interfaceName} was removed from ${this.#intent.workload.namespace} while it was set up`;
          return this.#fail("kernel-refused", interfaceName, message);
        }
        return this.#configure(workload, link);
      }
      case "wired":
        return this.#configure(workload, verdict.link);
      default:
        return verdict satisfies never;
    }
  }

  #removePair(): void {
    const { hosts, namespace, changes } = this.#site;
    const { hostName } = this.#wanted;
    changes.execute(namespace, [{ kind: "link.delete", name: hostName }], this.#subject);
    hosts.delete(hostName);
  }

  /** Creates the pair and returns the workload end. Its namespace is read, being the smaller one. */
  #create(workload: KernelNamespace): Link | undefined {
    const { namespace, hosts, changes } = this.#site;
    const { hostName, interfaceName, mac, mtu } = this.#wanted;
    changes.count(1);
    namespace.createVeth(
      { name: hostName, mac: GATEWAY_MAC, peerName: interfaceName, peerMac: mac, mtu },
      workload,
    );
    const link = workload.links().find(({ name }) => name === interfaceName);
    if (link?.peer === undefined) {
      // Whatever became of it, what is left of the pair must not be in the way of the next attempt.
      this.#removePair();
      return undefined;
    }
    hosts.set(hostName, {
      index: link.peer,
      peer: link.index,
      up: false,
      mtu,
      mac: GATEWAY_MAC,
      alias: undefined,
      master: undefined,
      learning: false,
      hasGateway: false,
      routes: new Set(),
    });
    return link;
  }

  #configure(workload: KernelNamespace, link: Link): EndpointState {
    const { namespace, hosts, mayRemove, changes } = this.#site;
    const { hostName, interfaceName } = this.#wanted;
    const host = hosts.get(hostName);
    if (host === undefined) {
      throw new Error(`the host end ${hostName} is not known`);
    }
    const failuresBefore = changes.failures.length;
    this.#guard();
    const isComingUp = !host.up || !link.up;
    this.#applySysctls(namespace, endpointSysctls(hostName));
    this.#executeOnHost(host, planHostEnd(this.#wanted, host));
    if (this.#wanted.addresses.some((address) => address.includes(":"))) {
      this.#applySysctls(workload, workloadSysctls(interfaceName));
    }
    let addresses = workload.addresses();
    if (mayRemove) {
      this.#executeOnHost(host, removeGateway(this.#wanted, host));
      if (this.#release(workload, { link, addresses }, host)) {
        addresses = workload.addresses();
      }
    }
    const reading = { link, addresses, routes: workload.routes() };
    const plan = planWorkload(this.#wanted, reading, mayRemove);
    changes.execute(workload, plan.requests, this.#subject);
    if (isComingUp) {
      // The end that came up first sends nothing before the kernel has seen to its carrier.
      const settle = (index: number): RouteRequest[] => [{ kind: "link.settle", index }];
      changes.execute(namespace, settle(host.index), this.#subject);
      changes.execute(workload, settle(link.index), this.#subject);
    }
    for (const prefix of plan.takenRoutes) {
      const message = `${this.#intent.workload.namespace} has a route to ${prefix} of somebody else; it is left alone`;
      changes.fail("default-route-taken", prefix, message, this.#subject);
    }
    const failure = changes.failures[failuresBefore];
    return failure === undefined || failure.code === "default-route-taken"
      ? { kind: "attached", hostInterface: hostName, hostIndex: host.index }
      : { kind: "not-attached", reason: failure.code, message: failure.message };
  }

  /** Before the port comes up, and before another may send from an address that is taken away here. */
  #guard(): void {
    const { guard, mayRemove, changes } = this.#site;
    const { hostName: name, mac, addresses, bridge } = this.#wanted;
    guard.setPort({ name, mac, addresses, isBridged: bridge !== undefined }, mayRemove, changes);
  }

  /**
   * Takes from the workload what it was given and is not to have; the host route tells that it may have an
   * address, so it goes after the address. Returns whether there was any.
   */
  #release(
    workload: KernelNamespace,
    reading: Pick<WorkloadReading, "link" | "addresses">,
    host: HostEnd,
  ): boolean {
    const requests = planRelease(this.#wanted, reading);
    const { failed } = this.#site.changes.execute(workload, requests, this.#subject);
    const kept = requests.filter((_, position) => failed.has(position));
    const keptPrefixes = new Set(kept.map(({ address }) => hostPrefix(address)));
    this.#executeOnHost(
      host,
      staleHostRoutes(this.#wanted, host)
        .filter((prefix) => !keptPrefixes.has(prefix))
        .map((prefix) => removeHostRoute(prefix, host)),
    );
    return requests.length > 0;
  }

  #executeOnHost(host: HostEnd, requests: ReturnType<typeof planHostEnd>): void {
    const { namespace, changes } = this.#site;
    const { failed } = changes.execute(namespace, requests, this.#subject);
    for (const [position, request] of requests.entries()) {
      if (!failed.has(position)) {
        foldHostEnd(host, request);
      }
    }
  }

  #applySysctls(namespace: KernelNamespace, sysctls: readonly Sysctl[]): void {
    const { changes } = this.#site;
    for (const [path, value] of sysctls) {
      const current = changes.attempt(this.#subject, () => namespace.getSysctl(path));
      if (current !== undefined && current.value !== value) {
        changes.write(this.#subject, () => namespace.setSysctl(path, value));
      }
    }
  }

  #fail(
    reason: DataplaneErrorCode,
    object: string,
    message: string,
    cause?: unknown,
  ): EndpointState {
    this.#site.changes.fail(reason, object, message, this.#subject, cause);
    return { kind: "not-attached", reason, message };
  }
}
