/**
 * The endpoints of one VRF: what is wanted, which of them have to be looked at, and how they are.
 */

import { hostPrefix, type IpAddress } from "@selvedge/net";
import { AddressClaims } from "./address-claims.ts";
import type { LocalStation } from "./bridge/bridge-objects.ts";
import type { Deadline } from "./budget.ts";
import type { HostEnd } from "./endpoint-plan.ts";
import {
  type EndpointState,
  releaseAddresses,
  type WiringSite,
  wireEndpoint,
} from "./endpoint-wiring.ts";
import type { DataplaneError } from "./errors.ts";
import type { EndpointIntent } from "./intent.ts";
import { endpointMac, hostInterfaceName } from "./ownership.ts";

/** An endpoint and how it is. */
export interface EndpointEntry {
  readonly intent: EndpointIntent;
  state: EndpointState;
  /** What went wrong at the last attempt. */
  failures: readonly DataplaneError[];
}

/** Endpoints of a VRF. */
export class VrfEndpoints {
  readonly #entries = new Map<string, EndpointEntry>();
  readonly #byHostName = new Map<string, string>();
  readonly #claims = new AddressClaims();
  readonly #dirty = new Set<string>();

  /** Wants an endpoint, or wants it otherwise. */
  set(intent: EndpointIntent): void {
    const { name, addresses } = intent;
    const previous = this.#entries.get(name);
    if (JSON.stringify(previous?.intent) === JSON.stringify(intent)) {
      return;
    }
    if (previous !== undefined) {
      this.#mark(this.#claims.remove(name, previous.intent.addresses));
    }
    this.#mark(this.#claims.add(name, addresses));
    this.#entries.set(name, { intent, state: { kind: "pending" }, failures: [] });
    this.#byHostName.set(hostInterfaceName(name), name);
    this.#dirty.add(name);
  }

  /** Wants an endpoint no more. Returns whether it was wanted. */
  remove(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      return false;
    }
    this.#entries.delete(name);
    this.#byHostName.delete(hostInterfaceName(name));
    this.#dirty.delete(name);
    this.#mark(this.#claims.remove(name, entry.intent.addresses));
    return true;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** All endpoints. */
  entries(): Iterable<EndpointEntry> {
    return this.#entries.values();
  }

  /** Those of a bridge domain whose host ends, among `hosts`, are ports of its bridge; in the order of their names. */
  stationsOf(
    bridgeDomain: string,
    bridge: number,
    hosts: ReadonlyMap<string, HostEnd>,
  ): LocalStation[] {
    return [...this.#entries.values()]
      .filter(({ intent, state }) => {
        return intent.bridgeDomain === bridgeDomain && state.kind !== "not-attached";
      })
      .sort((a, b) => (a.intent.name < b.intent.name ? -1 : 1))
      .flatMap(({ intent }) => {
        const host = hosts.get(hostInterfaceName(intent.name));
        const mac = intent.mac ?? endpointMac(intent.name);
        return host?.master === bridge
          ? [{ port: host.index, mac, addresses: this.#granted(intent) }]
          : [];
      });
  }

  /** Whether a host end of this name is wanted. */
  wantsHostEnd(hostName: string): boolean {
    return this.#byHostName.has(hostName);
  }

  /** Whether endpoints have to be looked at. */
  get hasWork(): boolean {
    return this.#dirty.size > 0;
  }

  /** Every endpoint has to be looked at. */
  markAll(): void {
    this.#mark(this.#entries.keys());
  }

  /** The endpoint with this host end has to be looked at, if there is one. */
  markHostEnd(hostName: string): void {
    const name = this.#byHostName.get(hostName);
    if (name !== undefined) {
      this.#dirty.add(name);
    }
  }

  /** The endpoint has to be looked at, if there is one. */
  markEndpoint(name: string): void {
    if (this.#entries.has(name)) {
      this.#dirty.add(name);
    }
  }

  /** Endpoints that failed have to be tried again. */
  markFailed(): void {
    for (const [name, { state, failures }] of this.#entries) {
      if (state.kind === "not-attached" || failures.length > 0) {
        this.#dirty.add(name);
      }
    }
  }

  /** Endpoints whose workload is in a namespace of this name have to be looked at. Returns whether there are any. */
  markWorkload(namespace: string): boolean {
    let isFound = false;
    for (const [name, { intent }] of this.#entries) {
      if (intent.workload.namespace === namespace) {
        this.#dirty.add(name);
        isFound = true;
      }
    }
    return isFound;
  }

  /** The VRF is gone: nothing is attached. */
  forget(): void {
    for (const entry of this.#entries.values()) {
      entry.state = { kind: "pending" };
      entry.failures = [];
    }
    this.markAll();
  }

  /** Looks at marked endpoints, at least one, until there are none or the time is over. */
  wire(site: WiringSite, deadline: Deadline): void {
    for (const name of this.#dirty) {
      this.#dirty.delete(name);
      const entry = this.#entries.get(name);
      if (entry !== undefined) {
        this.#wireOne(entry, site);
      }
      if (deadline.exhausted()) {
        return;
      }
    }
  }

  #wireOne(entry: EndpointEntry, site: WiringSite): void {
    const { changes } = site;
    const { intent } = entry;
    const { name, vrf } = intent;
    const failuresBefore = changes.failures.length;
    if (!site.mayRemove && this.#holders(intent, site).size > 0) {
      entry.state = { kind: "pending" };
      return;
    }
    this.#takeOver(intent, site);
    const holders = this.#holders(intent, site);
    const granted = this.#granted(intent).filter((address) => !holders.has(address));
    for (const address of intent.addresses) {
      if (!granted.includes(address)) {
        const rival = holders.get(address)?.intent.name ?? this.#claims.owner(address);
        const message = `${rival} has the address ${address} in VRF ${vrf}`;
        changes.fail("address-in-use", address, message, { vrf, endpoint: name });
      }
    }
    entry.state = wireEndpoint(intent, granted, site);
    entry.failures = changes.failures.slice(failuresBefore);
  }

  /**
   * Takes addresses from endpoints that are not to have them any more. They are taken there first,
   * because the host route tells that the address was configured there, and it would be replaced.
   */
  #takeOver(intent: EndpointIntent, site: WiringSite): void {
    for (const holder of new Set(this.#holders(intent, site).values())) {
      const state = releaseAddresses(holder.intent, this.#granted(holder.intent), site);
      holder.state = state ?? holder.state;
    }
  }

  /** The addresses of an endpoint that no other wants as well, or wants with less right. */
  #granted({ name, addresses }: EndpointIntent): IpAddress[] {
    return addresses.filter((address) => this.#claims.owner(address) === name);
  }

  /**
   * Addresses that an endpoint is to have, and others that still have them. One whose workload is out
   * of reach does not count: nothing can be taken away there.
   */
  #holders(intent: EndpointIntent, { hosts }: WiringSite): Map<IpAddress, EndpointEntry> {
    const own = hosts.get(hostInterfaceName(intent.name));
    const holders = new Map<IpAddress, EndpointEntry>();
    for (const address of this.#granted(intent)) {
      const prefix = hostPrefix(address);
      if (own?.routes.has(prefix) !== true) {
        for (const [hostName, { routes }] of hosts) {
          const holder = this.#entries.get(this.#byHostName.get(hostName) ?? "");
          if (holder !== undefined && routes.has(prefix) && !isOutOfReach(holder.state)) {
            holders.set(address, holder);
          }
        }
      }
    }
    return holders;
  }

  #mark(names: Iterable<string>): void {
    for (const name of names) {
      this.#dirty.add(name);
    }
  }
}

function isOutOfReach(state: EndpointState): boolean {
  return state.kind === "not-attached" && state.reason === "workload-namespace-missing";
}
