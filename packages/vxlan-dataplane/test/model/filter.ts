/**
 * Packet filters of a namespace in memory: transactions that are carried out all or not at all, and a
 * generation that grows with each.
 */
import { constants } from "node:os";
import {
  describeKey,
  keyDatatype,
  keyLength,
  NetlinkError,
  type NftBase,
  type NftElement,
  type NftEvent,
  type NftKey,
  type NftRequest,
  type NftRule,
  type NftSet,
  type NftSetName,
  type NftSetRequest,
  type NftTableName,
} from "@selvedge/netlink";
import type { PacketFilter } from "../../src/kernel.ts";

const { ENOENT, ERESTART } = { ERESTART: 85, ...constants.errno };

interface Table extends NftTableName {
  readonly chains: Map<string, NftBase | undefined>;
  readonly sets: Map<
    string,
    { readonly request: NftSetRequest; readonly keys: Map<string, NftKey> }
  >;
  readonly rules: NftRule[];
}

/** The packet filters of one namespace. */
export class ModelFilter implements PacketFilter {
  readonly #onWrite: (requests: readonly NftRequest[]) => void;
  readonly #events: NftEvent[] = [];
  readonly #listeners = new Set<(event: NftEvent) => void>();
  #tables = new Map<string, Table>();
  #generation = 1;

  /** `onWrite` is told of every transaction before it is carried out, and may throw to refuse it. */
  constructor(onWrite: (requests: readonly NftRequest[]) => void) {
    this.#onWrite = onWrite;
  }

  execute(requests: readonly NftRequest[], generation?: number): void {
    if (requests.length === 0) {
      return;
    }
    this.#onWrite(requests);
    if (generation !== undefined && generation !== this.#generation) {
      throw refusal(ERESTART, "transaction", "as a whole");
    }
    this.change(requests);
  }

  /** What others do. */
  change(requests: readonly NftRequest[]): void {
    const after = copy(this.#tables);
    for (const request of requests) {
      carryOut(after, request);
    }
    this.#tables = after;
    this.#generation += 1;
    const process = { pid: 1, name: "model" };
    this.#events.push({ kind: "generation", generation: { id: this.#generation, process } });
  }

  /** Changes that others may make: whatever is there goes. */
  deeds(): NftRequest[][] {
    return [...this.#tables.values()].flatMap(({ family, table, chains, sets }) => [
      [{ kind: "table.delete", family, table } as const],
      ...[...chains.keys()].map((chain): NftRequest[] => [
        {
          kind: "rule.append",
          family,
          table,
          chain,
          expressions: [{ kind: "verdict", verdict: { kind: "accept" } }],
        },
      ]),
      ...[...sets].flatMap(([set, { keys }]) =>
        [...keys.values()].map((key): NftRequest[] => [
          { kind: "elements.delete", family, table, set, keys: [key] },
        ]),
      ),
    ]);
  }

  /** All there is, in words. */
  describe(): string[] {
    return [...this.#tables]
      .flatMap(([name, { chains, sets, rules }]) => [
        ...[...chains].map(([chain, base]) => `${name} chain ${chain} ${JSON.stringify(base)}`),
        ...[...sets].flatMap(([set, { keys }]) =>
          [`set ${set}`, ...keys.keys()].map((key) => `${name} ${set} ${key}`),
        ),
        ...rules.map((rule, i) => `${name} rule ${i} ${JSON.stringify(rule)}`),
      ])
      .sort();
  }

  deliverEvents(): void {
    for (const event of this.#events.splice(0)) {
      for (const listener of this.#listeners) {
        listener(event);
      }
    }
  }

  listen(onEvent: (event: NftEvent) => void): { close(): void } {
    // An event from before the monitor is not for it.
    this.#events.length = 0;
    this.#listeners.add(onEvent);
    return { close: () => this.#listeners.delete(onEvent) };
  }

  generation(): number {
    return this.#generation;
  }

  tables(): NftTableName[] {
    return [...this.#tables.values()].map(({ family, table }) => ({ family, table }));
  }

  chains({ family, table }: NftTableName) {
    const { chains } = this.#tables.get(`${family} ${table}`) ?? { chains: new Map() };
    return [...chains].map(([chain, base]) => ({ family, table, chain, base }));
  }

  rules({ family, table }: NftTableName): NftRule[] {
    return [...(this.#tables.get(`${family} ${table}`)?.rules ?? [])];
  }

  sets({ family, table }: NftTableName): NftSet[] {
    const sets = [...(this.#tables.get(`${family} ${table}`)?.sets.values() ?? [])];
    return sets.map(({ request: { set, type, hasCounters = false } }) => ({
      family,
      table,
      set,
      flags: 0,
      datatype: keyDatatype(type),
      keyLength: keyLength(type),
      hasCounters,
    }));
  }

  elements({ family, table, set }: NftSetName): NftElement[] {
    const found = this.#tables.get(`${family} ${table}`)?.sets.get(set);
    if (found === undefined) {
      throw refusal(ENOENT, "dump.elements", set);
    }
    const counter = found.request.hasCounters === true ? { packets: 0, octets: 0 } : undefined;
    return [...found.keys.values()].map((key) => ({ key, counter }));
  }
}

function carryOut(tables: Map<string, Table>, request: NftRequest): void {
  const { family, table, kind } = request;
  const name = `${family} ${table}`;
  if (kind === "table.add" && !tables.has(name)) {
    tables.set(name, { family, table, chains: new Map(), sets: new Map(), rules: [] });
  }
  const found = tables.get(name);
  if (found === undefined) {
    throw refusal(ENOENT, kind, name);
  }
  switch (request.kind) {
    case "table.add":
      break;
    case "table.delete":
      tables.delete(name);
      break;
    case "chain.add":
      found.chains.set(request.chain, request.base);
      break;
    case "set.add":
      found.sets.set(request.set, { request, keys: new Map() });
      break;
    case "rule.append": {
      const { chain, expressions, comment } = request;
      if (!found.chains.has(chain)) {
        throw refusal(ENOENT, request.kind, chain);
      }
      found.rules.push({ family, table, chain, expressions, comment });
      break;
    }
    case "elements.add":
    case "elements.delete": {
      const set = found.sets.get(request.set);
      for (const key of request.keys) {
        const id = describeKey(key);
        if (set === undefined || (request.kind === "elements.delete" && !set.keys.has(id))) {
          throw refusal(ENOENT, request.kind, id);
        }
        if (request.kind === "elements.add") {
          set.keys.set(id, key);
        } else {
          set.keys.delete(id);
        }
      }
      break;
    }
    default:
      request satisfies never;
  }
}

function copy(tables: ReadonlyMap<string, Table>): Map<string, Table> {
  return new Map(
    [...tables].map(([name, table]) => [
      name,
      {
        ...table,
        chains: new Map(table.chains),
        rules: [...table.rules],
        sets: new Map(
          [...table.sets].map(([set, { request, keys }]) => [
            set,
            { request, keys: new Map(keys) },
          ]),
        ),
      },
    ]),
  );
}

function refusal(errno: number, request: NetlinkError["request"], object: string): NetlinkError {
  return new NetlinkError({ errno, request, object });
}
