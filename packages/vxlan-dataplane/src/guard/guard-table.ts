/**
 * A packet filter table of ours as it is to be: sets, chains and their rules; the elements of the sets
 * come and go. Pure.
 */
import {
  areSameExpressions,
  keyDatatype,
  keyLength,
  type NftBase,
  type NftChain,
  type NftExpression,
  type NftKeyType,
  type NftRequest,
  type NftRule,
  type NftSet,
  type NftSetName,
  type NftTableName,
} from "@selvedge/netlink";

/** A set. Compared by identity. */
export interface GuardSet extends NftSetName {
  readonly type: NftKeyType;
  readonly hasCounters: boolean;
}

/** A rule. */
export interface GuardRule {
  readonly expressions: readonly NftExpression[];
  /** For whoever lists the rules. */
  readonly comment?: string;
}

/** A chain and its rules in order. */
export interface GuardChain {
  readonly chain: string;
  readonly base?: NftBase;
  readonly rules: readonly GuardRule[];
}

/** A table. */
export interface GuardTable extends NftTableName {
  readonly sets: readonly GuardSet[];
  readonly chains: readonly GuardChain[];
}

/** A table as read from the kernel, without elements. */
export interface ReadTable {
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
  readonly rules: readonly NftRule[];
}

/** The requests that make the table, in the place of what has its name if that `isPresent`. */
export function tableRequests(
  { family, table, sets, chains }: GuardTable,
  isPresent: boolean,
): NftRequest[] {
  const name = { family, table };
  const removal: NftRequest[] = isPresent ? [{ kind: "table.delete", ...name }] : [];
  return [
    ...removal,
    { kind: "table.add", ...name },
    ...sets.map(
      ({ set, type, hasCounters }): NftRequest => ({
        kind: "set.add",
        ...name,
        set,
        type,
        hasCounters,
      }),
    ),
    ...chains.map(
      ({ chain, base }): NftRequest => ({
        kind: "chain.add",
        ...name,
        chain,
        ...(base && { base }),
      }),
    ),
    ...chains.flatMap(({ chain, rules }) =>
      rules.map((rule): NftRequest => ({ kind: "rule.append", ...name, chain, ...rule })),
    ),
  ];
}

/** Whether the kernel has exactly the sets, chains and rules of the table. */
export function isAsWanted(wanted: GuardTable, read: ReadTable): boolean {
  return (
    read.sets.length === wanted.sets.length &&
    wanted.sets.every((set) => read.sets.some((other) => isSameSet(set, other))) &&
    read.chains.length === wanted.chains.length &&
    wanted.chains.every((chain) => hasChain(chain, read))
  );
}

/** Whether the set that the kernel has can hold what the wanted one is to hold. */
export function isSameSet(wanted: GuardSet, read: NftSet): boolean {
  return (
    read.set === wanted.set &&
    read.flags === 0 &&
    read.datatype === keyDatatype(wanted.type) &&
    read.keyLength === keyLength(wanted.type) &&
    read.hasCounters === wanted.hasCounters
  );
}

function hasChain({ chain, base, rules }: GuardChain, read: ReadTable): boolean {
  const other = read.chains.find((candidate) => candidate.chain === chain);
  const found = read.rules.filter((rule) => rule.chain === chain);
  return (
    other !== undefined &&
    other.base?.hook === base?.hook &&
    other.base?.priority === base?.priority &&
    other.base?.policy === base?.policy &&
    found.length === rules.length &&
    rules.every((rule, i) => areSameExpressions(rule.expressions, found[i]?.expressions ?? []))
  );
}
