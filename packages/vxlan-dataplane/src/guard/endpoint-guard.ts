/**
 * Holds the endpoints of one VRF to their own addresses: which ports may send from what is in the
 * kernel before a port comes up.
 *
 * Does not: say what is allowed beyond addresses; endpoint-guard-tables.ts does.
 */
import { type IpAddress, ipFamily, type MacAddress, parseIpAddress } from "@selvedge/net";
import type { NftEvent } from "@selvedge/netlink";
import type { Changes } from "../changes.ts";
import type { FilteringNamespace } from "../kernel.ts";
import {
  BRIDGED_SETS,
  BRIDGED_TABLES,
  type PortSets,
  ROUTED_SETS,
  ROUTED_TABLES,
} from "./endpoint-guard-tables.ts";
import type { GuardSet } from "./guard-table.ts";
import { elementId, elementsById, type GuardElement, GuardTables } from "./guard-tables.ts";

/** What an endpoint may send from. */
export interface GuardedPort {
  /** Name of its host end. */
  readonly name: string;
  /** Of its workload end. */
  readonly mac: MacAddress;
  readonly addresses: readonly IpAddress[];
  /** Whether it is a port of a bridge. */
  readonly isBridged: boolean;
}

/** Sender of an ARP probe (RFC 5227, section 1.1). */
const UNSPECIFIED_V4 = parseIpAddress("0.0.0.0");

/** The guard of one VRF's namespace. */
export class EndpointGuard {
  readonly #tables: GuardTables;
  readonly #isEnabled: boolean;
  #isBridged = false;
  /** What each port is to have, by its name. */
  readonly #wanted = new Map<string, Map<string, GuardElement>>();

  /** With `isEnabled` false the tables are removed and not made again. */
  constructor(namespace: FilteringNamespace, isEnabled: boolean) {
    this.#tables = new GuardTables(namespace, [...ROUTED_TABLES, ...BRIDGED_TABLES]);
    this.#tables.want(ROUTED_TABLES);
    this.#isEnabled = isEnabled;
  }

  /** Whether there are bridges whose ports are to be guarded. When that changes, `repair` is due. */
  setBridged(isBridged: boolean): void {
    this.#isBridged = isBridged;
    this.#tables.want(isBridged ? [...ROUTED_TABLES, ...BRIDGED_TABLES] : ROUTED_TABLES);
    if (isBridged) {
      return;
    }
    const gone: ReadonlySet<GuardSet> = new Set(BRIDGED_TABLES.flatMap(({ sets }) => sets));
    for (const elements of this.#wanted.values()) {
      for (const [id, { set }] of elements) {
        if (gone.has(set)) {
          elements.delete(id);
        }
      }
    }
  }

  /** The kernel is to be read before the next change. */
  forget(): void {
    this.#tables.forget();
  }

  /** Whether somebody else has changed packet filters; then `repair` is due. */
  observe(event: NftEvent): boolean {
    return this.#tables.observe(event);
  }

  /** Lets a port send from its addresses. With `mayRemove` from no others any more. Throws NetlinkError. */
  setPort(port: GuardedPort, mayRemove: boolean, changes: Changes): void {
    if (!this.#isEnabled) {
      return;
    }
    const wanted = elementsById(portElements(port));
    const previous = this.#wanted.get(port.name);
    const operations = this.#tables.apply(({ elements }) => ({
      add: [...wanted].flatMap(([id, element]) => (elements.has(id) ? [] : [element])),
      remove: mayRemove
        ? [...(previous ?? [])].flatMap(([id, element]) =>
            elements.has(id) && !wanted.has(id) ? [element] : [],
          )
        : [],
    }));
    changes.count(operations);
    this.#wanted.set(port.name, mayRemove ? wanted : new Map([...(previous ?? []), ...wanted]));
  }

  /** Forgets the ports that are not wanted; what they have is removed by the next `removeSurplus`. */
  forgetPorts(isWanted: (name: string) => boolean): void {
    for (const name of this.#wanted.keys()) {
      if (!isWanted(name)) {
        this.#wanted.delete(name);
      }
    }
  }

  /** Makes the tables, and puts what they lack. Returns how many requests that were. Throws NetlinkError. */
  repair(changes: Changes): number {
    const operations = this.#isEnabled
      ? this.#tables.apply(({ elements }) => ({
          add: [...this.#wantedElements()].flatMap((element) =>
            elements.has(elementId(element)) ? [] : [element],
          ),
          remove: [],
        }))
      : this.#tables.remove();
    changes.count(operations);
    return operations;
  }

  /**
   * Removes what no port is to have. A port without an entry of ours that `isPresent` keeps what it has:
   * its endpoint is wanted, but could not be looked at. Throws NetlinkError.
   */
  removeSurplus(isPresent: (port: string) => boolean, changes: Changes): void {
    if (!this.#isEnabled) {
      return;
    }
    const operations = this.#tables.apply(({ elements }) => ({
      add: [],
      remove: [...elements].flatMap(([id, element]) => {
        const name = portOf(element);
        const wanted = this.#wanted.get(name);
        const isSurplus = wanted === undefined ? !isPresent(name) : !wanted.has(id);
        return isSurplus ? [element] : [];
      }),
    }));
    changes.count(operations + this.#tables.removeUnwanted());
  }

  /** Packets dropped by port, as of now. Throws NetlinkError. */
  drops(): ReadonlyMap<string, number> {
    const drops = new Map<string, number>();
    const sets = [...ROUTED_SETS.counted, ...(this.#isBridged ? BRIDGED_SETS.counted : [])];
    for (const set of this.#isEnabled ? sets : []) {
      for (const { key, packets } of this.#tables.counters(set)) {
        const name = portOf({ set, key });
        drops.set(name, (drops.get(name) ?? 0) + packets);
      }
    }
    return drops;
  }

  *#wantedElements(): Generator<GuardElement> {
    for (const elements of this.#wanted.values()) {
      yield* elements.values();
    }
  }
}

/** The elements that let a port send from its addresses. */
function portElements({ name, mac, addresses, isBridged }: GuardedPort): GuardElement[] {
  const sets: PortSets = isBridged ? BRIDGED_SETS : ROUTED_SETS;
  const port = { type: "ifname", value: name } as const;
  const ether = { type: "ether_addr", value: mac } as const;
  const elements: GuardElement[] = [
    ...sets.counted.map((set) => ({ set, key: [port] })),
    { set: sets.macs, key: [port, ether] },
  ];
  for (const value of addresses) {
    if (ipFamily(value) === 4) {
      elements.push({ set: sets.sources4, key: [port, ether, { type: "ipv4_addr", value }] });
    } else {
      elements.push({ set: sets.sources6, key: [port, ether, { type: "ipv6_addr", value }] });
    }
  }
  for (const value of [UNSPECIFIED_V4, ...addresses].filter((one) => ipFamily(one) === 4)) {
    elements.push({ set: sets.senders, key: [port, ether, ether, { type: "ipv4_addr", value }] });
  }
  return elements;
}

/** The port that an element is about: the first field of all keys. */
function portOf({ key: [first] }: GuardElement): string {
  return `${first?.value ?? ""}`;
}
