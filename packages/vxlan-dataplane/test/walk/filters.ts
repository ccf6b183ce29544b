/** Packet filters of a kernel's namespaces: in words, and what others may do to them. */
import {
  describeKey,
  type NetworkNamespace,
  NftablesSocket,
  type NftRequest,
} from "@selvedge/netlink";
import { BRIDGED_TABLES, ROUTED_TABLES } from "../../src/guard/endpoint-guard-tables.ts";
import type { GuardTable } from "../../src/guard/guard-table.ts";
import { underlayTable } from "../../src/guard/underlay-guard-table.ts";

/** Tables of ours in the namespace of a VRF, or in an underlay of this prefix. */
export function guardTables(underlayPrefix?: string): readonly GuardTable[] {
  return underlayPrefix === undefined
    ? [...ROUTED_TABLES, ...BRIDGED_TABLES]
    : [underlayTable(underlayPrefix).table];
}

/** One line a thing; what counters have counted is left out. */
export function* describeFilters(
  namespace: NetworkNamespace,
  tables: readonly GuardTable[],
): Generator<string> {
  using filter = NftablesSocket.open(namespace);
  for (const { family, table, sets } of present(filter, tables)) {
    const name = `${family} ${table}`;
    for (const { chain, base } of filter.chains({ family, table })) {
      yield `${name} chain ${chain} ${JSON.stringify(base)}`;
    }
    for (const [i, { chain, comment, expressions }] of filter.rules({ family, table }).entries()) {
      const words = JSON.stringify(expressions, (key, value: unknown) =>
        key === "packets" || key === "octets" ? undefined : value,
      );
      yield `${name} rule ${i} of ${chain} ${comment} ${words}`;
    }
    for (const set of sets) {
      for (const { key } of filter.elements(set, set.type)) {
        yield `${name} ${set.set} ${describeKey(key)}`;
      }
    }
  }
}

/** Transactions that take away what is there, or let pass what is not to. */
export function filterDeeds(
  namespace: NetworkNamespace,
  tables: readonly GuardTable[],
): NftRequest[][] {
  using filter = NftablesSocket.open(namespace);
  return present(filter, tables).flatMap(({ family, table, chains, sets }) => [
    [{ kind: "table.delete", family, table } as const],
    ...chains.map(({ chain }): NftRequest[] => [
      {
        kind: "rule.append",
        family,
        table,
        chain,
        expressions: [{ kind: "verdict", verdict: { kind: "accept" } }],
      },
    ]),
    ...sets.flatMap(({ set, type }) =>
      filter
        .elements({ family, table, set }, type)
        .map(({ key }): NftRequest[] => [
          { kind: "elements.delete", family, table, set, keys: [key] },
        ]),
    ),
  ]);
}

function present(filter: NftablesSocket, tables: readonly GuardTable[]): GuardTable[] {
  const found = filter.tables();
  return tables.filter(({ family, table }) =>
    found.some((other) => other.family === family && other.table === table),
  );
}
