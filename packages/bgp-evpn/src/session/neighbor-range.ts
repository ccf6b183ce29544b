/**
 * Neighbours that are not configured one by one: whoever connects from an address in a range becomes a neighbour with
 * the options of the range, the longest one that contains the address (FRR: `bgp listen range`, `bgp listen limit`).
 * Pure.
 *
 * Such a neighbour is passive. What makes it go is decided by its owner; here is only who is let in.
 */

import { type Asn, type IpAddress, type IpPrefix, PrefixMap, prefixAddress } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import {
  type NeighborOptions,
  type NeighborSettings,
  needsNewSession,
  neighborSettings,
} from "./neighbor-options.ts";

/** A range as it is configured. What a neighbour can be told holds for each in the range, but for connecting. */
export interface NeighborRangeOptions
  extends Omit<NeighborOptions, "address" | "port" | "passive" | "connectRetry" | "localAddress"> {
  readonly prefix: IpPrefix;
  /** How many neighbours there may be at a time, 1 to 65535; 100 when absent. */
  readonly limit?: number;
}

/** A range with every option decided. */
export interface NeighborRange {
  readonly prefix: IpPrefix;
  readonly limit: number;
  /** The settings of each neighbour, but for the address. */
  readonly template: NeighborSettings;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 65_535;

/** Throws `SpeakerError` (`invalid-option`). */
export function neighborRange(options: NeighborRangeOptions, localAsn: Asn): NeighborRange {
  const { prefix, limit = DEFAULT_LIMIT, ...rest } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new SpeakerError(
      "invalid-option",
      `range ${prefix}: limit is ${limit}; it must be 1 to ${MAX_LIMIT} neighbours`,
    );
  }
  const address = prefixAddress(prefix);
  const template = neighborSettings({ ...rest, address, passive: true }, localAsn);
  return { prefix, limit, template: { ...template, dynamic: true } };
}

/** What becomes of a connection from an address that no neighbour has. */
export type Admission =
  | { readonly kind: "admitted"; readonly settings: NeighborSettings }
  | { readonly kind: "refused"; readonly reason: string }
  /** The range has as many as it may have: these. */
  | { readonly kind: "full"; readonly reason: string; readonly members: readonly IpAddress[] };

/** The neighbours of a range that has been set again. */
export interface RangeChange {
  readonly members: readonly IpAddress[];
  /** What has changed needs new sessions. */
  readonly needsNewSessions: boolean;
}

/** The ranges of a speaker and the neighbours that have come out of them. */
export class NeighborRanges {
  readonly #ranges = new PrefixMap<NeighborRange>();
  readonly #members = new Map<IpPrefix, Set<IpAddress>>();
  readonly #rangeOf = new Map<IpAddress, IpPrefix>();

  /** Adds or changes a range. Its neighbours have yet to be given what has changed. */
  set(range: NeighborRange): RangeChange {
    const { prefix, template } = range;
    const known = this.#ranges.get(prefix);
    this.#ranges.set(prefix, range);
    const needsNewSessions = known !== undefined && needsNewSession(known.template, template);
    return { members: this.#membersOf(prefix), needsNewSessions };
  }

  /** Removes a range. Returns its neighbours, which must go. */
  remove(prefix: IpPrefix): IpAddress[] {
    this.#ranges.delete(prefix);
    return this.#membersOf(prefix);
  }

  /** Lets a neighbour in, which then counts until `forget`, or says why not. */
  admit(address: IpAddress): Admission {
    const range = this.#ranges.longest(address)?.[1];
    if (range === undefined) return { kind: "refused", reason: "no neighbour has that address" };
    const { prefix, limit, template } = range;
    if (template.shutdown !== undefined) {
      return { kind: "refused", reason: `the range ${prefix} is shut down` };
    }
    const members = this.#members.get(prefix) ?? new Set();
    if (members.size >= limit) {
      const reason = `the range ${prefix} has its ${limit} neighbours`;
      return { kind: "full", reason, members: [...members] };
    }
    this.#members.set(prefix, members.add(address));
    this.#rangeOf.set(address, prefix);
    return { kind: "admitted", settings: { ...template, address } };
  }

  /** The neighbour has gone, or is one of the configured ones now. */
  forget(address: IpAddress): void {
    const prefix = this.#rangeOf.get(address);
    if (prefix === undefined) return;
    this.#rangeOf.delete(address);
    const members = this.#members.get(prefix);
    members?.delete(address);
    if (members?.size === 0) this.#members.delete(prefix);
  }

  #membersOf(prefix: IpPrefix): IpAddress[] {
    return [...(this.#members.get(prefix) ?? [])];
  }
}
