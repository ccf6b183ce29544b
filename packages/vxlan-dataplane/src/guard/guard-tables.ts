/**
 * Tables of ours in one namespace, as the kernel has them, kept up to date with what was written since
 * they were read. Each change is one transaction that is tied to the generation that was read: if
 * somebody else has changed packet filters meanwhile, they are read again first.
 */
import {
  describeKey,
  NetlinkError,
  type NftEvent,
  type NftKey,
  type NftRequest,
  type NftTableName,
} from "@selvedge/netlink";
import type { FilteringNamespace } from "../kernel.ts";
import {
  type GuardSet,
  type GuardTable,
  isAsWanted,
  isSameSet,
  tableRequests,
} from "./guard-table.ts";

/** An element of a set. */
export interface GuardElement {
  readonly set: GuardSet;
  readonly key: NftKey;
}

/** What is to change of the elements. */
export interface ElementChanges {
  readonly add: readonly GuardElement[];
  readonly remove: readonly GuardElement[];
}

/** What the kernel has. */
export interface KnownTables {
  /** Whether all sets, chains and rules are as they are to be. */
  readonly isBuilt: boolean;
  /** By {@link elementId}. */
  readonly elements: ReadonlyMap<string, GuardElement>;
}

/** So many at a time: a request's elements may have 64 KiB. */
const ELEMENTS_PER_REQUEST = 500;

/** Between reading and writing, somebody else changed something so often. */
const ATTEMPTS = 5;

/** Two elements of a namespace's tables are the same if this is. */
export function elementId({ set, key }: GuardElement): string {
  return `${set.family} ${set.set} ${describeKey(key)}`;
}

/** Elements by their ids. */
export function elementsById(elements: Iterable<GuardElement>): Map<string, GuardElement> {
  return new Map([...elements].map((element) => [elementId(element), element]));
}

/** The tables of ours in a namespace. */
export class GuardTables {
  readonly #namespace: FilteringNamespace;
  /** All that may be ours. */
  readonly #known: readonly GuardTable[];
  /** Those of them that are wanted. */
  #tables: readonly GuardTable[];
  /** As of which the rest is known; undefined while nothing is. */
  #generation: number | undefined;
  /** Wanted tables that are as they are to be. */
  #built: readonly GuardTable[] = [];
  /** Those of which there is one of the name. */
  #present: readonly GuardTable[] = [];
  #elements = new Map<string, GuardElement>();

  /** All tables are wanted, until `want` says otherwise. */
  constructor(namespace: FilteringNamespace, tables: readonly GuardTable[]) {
    this.#namespace = namespace;
    this.#known = tables;
    this.#tables = tables;
  }

  /** Of the tables these are wanted; `removeUnwanted` removes the others. */
  want(tables: readonly GuardTable[]): void {
    const isSame =
      tables.length === this.#tables.length &&
      tables.every((table) => this.#tables.includes(table));
    if (!isSame) {
      this.#tables = tables;
      this.forget();
    }
  }

  /** The kernel is to be read before the next change. */
  forget(): void {
    this.#generation = undefined;
  }

  /** What the kernel has. Throws NetlinkError. */
  known(): KnownTables {
    if (this.#generation === undefined) {
      this.#read();
    }
    const isBuilt = this.#built.length === this.#tables.length;
    return { isBuilt, elements: this.#elements };
  }

  /** Whether the event tells of something that is not known; then it is forgotten. */
  observe(event: NftEvent): boolean {
    if (this.#generation === undefined) {
      return false;
    }
    // Generations wrap around.
    const isKnown =
      event.kind === "generation" && ((event.generation.id - this.#generation) | 0) <= 0;
    if (!isKnown) {
      this.forget();
    }
    return !isKnown;
  }

  /**
   * Makes the tables if they are not as they are to be, and changes elements as `plan` says, all in one
   * transaction. Returns how many requests that were. Throws NetlinkError.
   */
  apply(plan: (known: KnownTables) => ElementChanges): number {
    return this.#attempt(() => {
      const { add, remove } = plan(this.known());
      const requests = this.#requests({ add, remove });
      this.#execute(requests);
      this.#present = [...new Set([...this.#present, ...this.#tables])];
      this.#built = this.#tables;
      // In place: a host has thousands of elements, and most changes are about a few.
      for (const element of remove) {
        this.#elements.delete(elementId(element));
      }
      for (const element of add) {
        this.#elements.set(elementId(element), element);
      }
      return requests.length;
    });
  }

  /** Removes the tables if they are there. Returns how many requests that were. Throws NetlinkError. */
  remove(): number {
    return this.#attempt(() => {
      const removed = this.#removeTables(() => true);
      this.#built = [];
      this.#elements = new Map();
      return removed;
    });
  }

  /** Removes those that are not wanted. Returns how many requests that were. Throws NetlinkError. */
  removeUnwanted(): number {
    return this.#attempt(() => this.#removeTables((table) => !this.#tables.includes(table)));
  }

  /** What the counters of a set's elements have counted, as of now. Throws NetlinkError. */
  counters(set: GuardSet): { readonly key: NftKey; readonly packets: number }[] {
    return this.known().isBuilt
      ? this.#namespace.filter
          .elements(set, set.type)
          .map(({ key, counter }) => ({ key, packets: counter?.packets ?? 0 }))
      : [];
  }

  #removeTables(isMeant: (table: GuardTable) => boolean): number {
    this.known();
    const doomed = this.#present.filter(isMeant);
    this.#execute(
      doomed.map(({ family, table }): NftRequest => ({ kind: "table.delete", family, table })),
    );
    this.#present = this.#present.filter((table) => !doomed.includes(table));
    return doomed.length;
  }

  /** Tables that are not as they are to be are made anew, with the elements that there are to be afterwards. */
  #requests({ add, remove }: ElementChanges): NftRequest[] {
    const anew = this.#tables.filter((table) => !this.#built.includes(table));
    if (anew.length === 0) {
      return [
        ...elementRequests("elements.delete", remove),
        ...elementRequests("elements.add", add),
      ];
    }
    const isAnew = ({ set }: GuardElement): boolean => anew.some(({ sets }) => sets.includes(set));
    const removed = new Set(remove.map(elementId));
    const kept = [...this.#elements].flatMap(([id, element]) =>
      isAnew(element) && !removed.has(id) ? [element] : [],
    );
    return [
      ...anew.flatMap((table) => tableRequests(table, this.#present.includes(table))),
      ...elementRequests(
        "elements.delete",
        remove.filter((element) => !isAnew(element)),
      ),
      ...elementRequests("elements.add", [...kept, ...add]),
    ];
  }

  #attempt(work: () => number): number {
    for (let attempt = 1; ; attempt++) {
      try {
        return work();
      } catch (error) {
        this.forget();
        const isOvertaken = error instanceof NetlinkError && error.code === "ERESTART";
        if (!isOvertaken || attempt === ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  #execute(requests: readonly NftRequest[]): void {
    if (requests.length > 0 && this.#generation !== undefined) {
      this.#namespace.filter.execute(requests, this.#generation);
      this.#generation = nextGeneration(this.#generation);
    }
  }

  #read(): void {
    const { filter } = this.#namespace;
    // Before the rest: what somebody changes meanwhile is of a later generation.
    const generation = filter.generation();
    const present = filter.tables();
    const found = this.#known.filter((table) => isAmong(table, present));
    const elements: GuardElement[] = [];
    const built: GuardTable[] = [];
    for (const table of found.filter((one) => this.#tables.includes(one))) {
      const sets = filter.sets(table);
      if (isAsWanted(table, { sets, chains: filter.chains(table), rules: filter.rules(table) })) {
        built.push(table);
      }
      for (const set of table.sets) {
        if (sets.some((other) => isSameSet(set, other))) {
          const read = filter.elements(set, set.type);
          elements.push(...read.map(({ key }) => ({ set, key })));
        }
      }
    }
    this.#built = built;
    this.#present = found;
    this.#elements = elementsById(elements);
    this.#generation = generation;
  }
}

function isAmong({ family, table }: NftTableName, tables: readonly NftTableName[]): boolean {
  return tables.some((other) => other.family === family && other.table === table);
}

/** The kernel passes over 0. */
function nextGeneration(generation: number): number {
  return (generation + 1) >>> 0 || 1;
}

function elementRequests(
  kind: "elements.add" | "elements.delete",
  elements: readonly GuardElement[],
): NftRequest[] {
  const bySet = new Map<GuardSet, NftKey[]>();
  for (const { set, key } of elements) {
    const keys = bySet.get(set);
    if (keys === undefined) {
      bySet.set(set, [key]);
    } else {
      keys.push(key);
    }
  }
  return [...bySet].flatMap(([{ family, table, set }, keys]) =>
    portions(keys).map((portion): NftRequest => ({ kind, family, table, set, keys: portion })),
  );
}

function portions(keys: readonly NftKey[]): NftKey[][] {
  const count = Math.ceil(keys.length / ELEMENTS_PER_REQUEST);
  return Array.from({ length: count }, (_, i) =>
    keys.slice(i * ELEMENTS_PER_REQUEST, (i + 1) * ELEMENTS_PER_REQUEST),
  );
}
