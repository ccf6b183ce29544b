/**
 * Accepts VXLAN packets only from the VTEPs of known hosts and for VNIs that this host has: VXLAN itself
 * authenticates nobody (RFC 7348, section 7). A VTEP is known if a host is declared with it, or if the
 * control plane says that a route or a MAC leads to it.
 */
import { type IpAddress, type IpFamily, ipFamily } from "@selvedge/net";
import type { NftEvent } from "@selvedge/netlink";
import type { Changes } from "../changes.ts";
import { type DataplaneError, type DataplaneSubject, refusal, refusedBy } from "../errors.ts";
import type { VrfIntent } from "../intent.ts";
import type { FilteringNamespace } from "../kernel.ts";
import type { DataplaneLog } from "../log.ts";
import type { GuardSet } from "./guard-table.ts";
import { elementId, elementsById, type GuardElement, GuardTables } from "./guard-tables.ts";
import {
  UNKNOWN_VNI,
  UNKNOWN_VTEP,
  type UnderlayTable,
  underlayTable,
} from "./underlay-guard-table.ts";

/** A VRF of this host, and the VTEPs that it exchanges packets with. */
export interface GuardedVrf {
  readonly intent: VrfIntent;
  readonly vteps: Iterable<IpAddress>;
}

/** What the guard is made with. */
export interface UnderlayGuardOptions {
  readonly underlay: FilteringNamespace;
  /** Tells the tables of several agents apart. */
  readonly prefix: string;
  /** If not, the guard is removed and not made again. */
  readonly isEnabled: boolean;
  readonly log: DataplaneLog;
}

/** Packets that were dropped, as of now. */
export interface UnderlayDrops {
  readonly unknownVtep: number;
  readonly unknownVni: number;
}

const SUBJECT: DataplaneSubject = {};

/** The guard of a host's underlay. */
export class UnderlayGuard {
  readonly #options: UnderlayGuardOptions;
  readonly #tables: GuardTables;
  readonly #table: UnderlayTable;
  /** VTEPs of declared hosts. */
  readonly #hosts = new Set<IpAddress>();
  #isDue = true;
  /** Somebody else has changed packet filters. */
  #isDisturbed = false;
  #failure: DataplaneError | undefined;
  #repairs = 0;
  #monitor: { close(): void } | undefined;

  constructor(options: UnderlayGuardOptions) {
    this.#options = options;
    this.#table = underlayTable(options.prefix);
    this.#tables = new GuardTables(options.underlay, [this.#table.table]);
  }

  /** Whether `build` would look at it. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** What went wrong at the last attempt. */
  get failure(): DataplaneError | undefined {
    return this.#failure;
  }

  /** How often somebody else has changed it and it was put right. */
  get repairs(): number {
    return this.#repairs;
  }

  /** A host with this VTEP is declared. */
  addHost(vtep: IpAddress): void {
    this.#hosts.add(vtep);
    this.#isDue = true;
  }

  /** No host with this VTEP is declared any more. */
  removeHost(vtep: IpAddress): void {
    this.#hosts.delete(vtep);
    this.#isDue = true;
  }

  /** VRFs or what their routes lead to have changed. */
  mark(): void {
    this.#isDue = true;
  }

  /** The kernel is to be read and compared. */
  resync(): void {
    this.#tables.forget();
    this.#isDue = true;
  }

  /** From now on `onDirty` is called when somebody else has changed packet filters. */
  startMonitoring(onDirty: () => void): void {
    this.#monitor ??= this.#options.underlay.monitorFilter((event) =>
      this.#onEvent(event, onDirty),
    );
  }

  /**
   * Accepts what these VRFs need. Without `mayRemove` nothing is taken away, and nothing done if there is
   * no guard yet: it would cut off peers that are not known so far.
   */
  build(vrfs: readonly GuardedVrf[], mayRemove: boolean, changes: Changes): void {
    this.#isDue = false;
    const wasDisturbed = this.#isDisturbed;
    this.#isDisturbed = false;
    const refused = refusedBy(() => {
      const operations = this.#apply(vrfs, mayRemove);
      changes.count(operations);
      if (wasDisturbed && operations > 0) {
        this.#repairs += 1;
        this.#options.log.info({ operations }, "somebody changed the underlay guard; repaired");
      }
    });
    this.#failure = refused && refusal(refused, SUBJECT);
    if (this.#failure !== undefined) {
      changes.add(this.#failure);
    }
  }

  /** What was dropped, as of now; undefined while there is no guard. Throws NetlinkError. */
  drops(): UnderlayDrops | undefined {
    if (!this.#tables.known().isBuilt) {
      return undefined;
    }
    const rules = this.#options.underlay.filter.rules(this.#table.table);
    const count = (comment: string): number => {
      const counters = rules
        .filter((rule) => rule.comment === comment)
        .flatMap(({ expressions }) => expressions.filter((part) => part.kind === "counter"));
      return counters.reduce((sum, { packets }) => sum + (packets ?? 0), 0);
    };
    return { unknownVtep: count(UNKNOWN_VTEP), unknownVni: count(UNKNOWN_VNI) };
  }

  /** Removes the guard. */
  remove(changes: Changes): void {
    changes.attempt(SUBJECT, () => changes.count(this.#tables.remove()));
  }

  /** Stops listening; the kernel keeps the guard. */
  close(): void {
    this.#monitor?.close();
    this.#monitor = undefined;
  }

  #onEvent(event: NftEvent, onDirty: () => void): void {
    if (this.#tables.observe(event)) {
      this.#isDue = true;
      this.#isDisturbed = true;
      onDirty();
    }
  }

  #apply(vrfs: readonly GuardedVrf[], mayRemove: boolean): number {
    if (!this.#options.isEnabled || vrfs.length === 0) {
      return mayRemove ? this.#tables.remove() : 0;
    }
    if (!mayRemove && !this.#tables.known().isBuilt) {
      return 0;
    }
    const wanted = elementsById(this.#wanted(vrfs));
    return this.#tables.apply(({ elements }) => ({
      add: [...wanted].flatMap(([id, element]) => (elements.has(id) ? [] : [element])),
      remove: mayRemove
        ? [...elements.values()].filter((element) => !wanted.has(elementId(element)))
        : [],
    }));
  }

  *#wanted(vrfs: readonly GuardedVrf[]): Generator<GuardElement> {
    const { local, local6, vteps, vteps6, vnis } = this.#table.sets;
    const [ofThisHost, ofOthers] = [
      { 4: local, 6: local6 } as const,
      { 4: vteps, 6: vteps6 } as const,
    ];
    for (const { intent, vteps: used } of vrfs) {
      yield addressElement(ofThisHost, intent.vtep);
      for (const value of [
        intent.l3vni,
        ...(intent.bridgeDomains ?? []).map(({ l2vni }) => l2vni),
      ]) {
        yield { set: vnis, key: [{ type: "vni", value }] };
      }
      for (const vtep of used) {
        yield addressElement(ofOthers, vtep);
      }
    }
    for (const vtep of this.#hosts) {
      yield addressElement(ofOthers, vtep);
    }
  }
}

/** The element of an address in the set of its family. */
function addressElement(
  sets: Readonly<Record<IpFamily, GuardSet>>,
  value: IpAddress,
): GuardElement {
  const family = ipFamily(value);
  return { set: sets[family], key: [{ type: family === 4 ? "ipv4_addr" : "ipv6_addr", value }] };
}
