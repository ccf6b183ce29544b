/**
 * Election of the designated forwarder (DF) of an Ethernet segment: which of the routers attached to it forwards
 * broadcast, unknown unicast and multicast of an Ethernet tag to the segment. Pure: the same candidates in any order
 * give the same result on every router.
 *
 *   0  default           service carving by ordinal: tag modulo number of routers   RFC 7432 section 8.5
 *   1  HRW               highest random weight of (router, tag, ESI)                RFC 8584 section 3
 *   2  highest, 3 lowest preference, then Don't Preempt, then address               RFC 9785 section 4
 *
 * Not here: the timers of the election (RFC 8584 section 2.1), the attachment circuits that a router withdraws
 * (AC-DF: leave a router without an EAD per EVI route out of the candidates), and non-revertive operation, for which
 * a router announces its present preference (RFC 9785 section 4.3).
 */

import { crc32 } from "node:zlib";
import { compareIp, type IpAddress, ipBytes } from "@selvedge/net";
import type { DfElection } from "../wire/attribute/extended-community.ts";
import { type EthernetSegmentId, esiBytes } from "../wire/evpn/esi.ts";
import { readU32, writeU32 } from "../wire/octets.ts";

/** Algorithms by their numbers (IANA "DF Alg"). */
export const DF_ALGORITHM = {
  DEFAULT: 0,
  HIGHEST_RANDOM_WEIGHT: 1,
  HIGHEST_PREFERENCE: 2,
  LOWEST_PREFERENCE: 3,
} as const;

/** Capabilities, bits of 16 (IANA "DF Election Capabilities"; bit 0 is the highest). */
export const DF_CAPABILITY = { DONT_PREEMPT: 0x8000, AC_INFLUENCED: 0x4000 } as const;

/** A router attached to the segment, as its Ethernet segment route (type 4) says; this router is one, too. */
export interface DfCandidate {
  /** The originator address of the route. */
  readonly address: IpAddress;
  /** The DF election community; absent from a route without one, which asks for the default. */
  readonly election?: DfElection;
}

/** Outcome of an election. */
export interface DfResult {
  /** The algorithm that was used, see `DF_ALGORITHM`. */
  readonly algorithm: number;
  /** Undefined when there is no candidate. */
  readonly designated: IpAddress | undefined;
  /** Who takes over when the DF goes; undefined with one candidate. */
  readonly backup: IpAddress | undefined;
}

const DEFAULT_ELECTION: DfElection = { algorithm: 0, capabilities: 0, preference: 0 };

/** Best first. */
type Ranking = (
  candidates: readonly DfCandidate[],
  esi: EthernetSegmentId,
  ethernetTag: number,
) => readonly DfCandidate[];

const RANKINGS: ReadonlyMap<number, Ranking> = new Map<number, Ranking>([
  [DF_ALGORITHM.DEFAULT, (candidates, _, tag) => byOrdinal(candidates, tag)],
  [DF_ALGORITHM.HIGHEST_RANDOM_WEIGHT, byWeight],
  [DF_ALGORITHM.HIGHEST_PREFERENCE, (candidates) => byPreference(candidates, 1)],
  [DF_ALGORITHM.LOWEST_PREFERENCE, (candidates) => byPreference(candidates, -1)],
]);

/**
 * The algorithm that the candidates agree on: the one they all ask for with the same capabilities, if it is known
 * here; otherwise the default (RFC 8584 section 2.2). Don't Preempt is each router's own wish and need not agree
 * (RFC 9785 section 4.1).
 */
export function agreedAlgorithm(candidates: readonly DfCandidate[]): number {
  const [first, ...others] = candidates.map(({ election = DEFAULT_ELECTION }) => election);
  if (first === undefined || !RANKINGS.has(first.algorithm)) return DF_ALGORITHM.DEFAULT;
  const agree = others.every(
    (other) =>
      other.algorithm === first.algorithm &&
      sharedCapabilities(other) === sharedCapabilities(first),
  );
  return agree ? first.algorithm : DF_ALGORITHM.DEFAULT;
}

function sharedCapabilities({ capabilities }: DfElection): number {
  return capabilities & ~DF_CAPABILITY.DONT_PREEMPT;
}

/**
 * Elects the DF of a segment for an Ethernet tag: the VLAN, or the VNI where VXLAN carries the broadcast domain (RFC
 * 8365 section 8.1); the lowest of a bundle. Candidates with the same address count once, the last one.
 */
export function electDf(
  candidates: readonly DfCandidate[],
  esi: EthernetSegmentId,
  ethernetTag: number,
): DfResult {
  const distinct = [...new Map(candidates.map((one) => [one.address, one])).values()].sort(
    byAddress,
  );
  const algorithm = agreedAlgorithm(distinct);
  const rank = RANKINGS.get(algorithm);
  const [designated, backup] = rank?.(distinct, esi, ethernetTag) ?? [];
  return { algorithm, designated: designated?.address, backup: backup?.address };
}

function byAddress(a: DfCandidate, b: DfCandidate): number {
  return compareIp(a.address, b.address);
}

/** Service carving; the backup is the DF of the same tag without the DF. */
function byOrdinal(candidates: readonly DfCandidate[], tag: number): readonly DfCandidate[] {
  const designated = candidates[tag % candidates.length];
  if (designated === undefined) return [];
  const others = candidates.filter((one) => one !== designated);
  return [designated, ...byOrdinal(others, tag)];
}

/** RFC 8584 section 3.2; equal weights: the lower address. */
function byWeight(
  candidates: readonly DfCandidate[],
  esi: EthernetSegmentId,
  tag: number,
): readonly DfCandidate[] {
  const weights = new Map(candidates.map((one) => [one, weight(one.address, esi, tag)]));
  const of = (one: DfCandidate): number => weights.get(one) ?? 0;
  return [...candidates].sort((a, b) => of(b) - of(a) || byAddress(a, b));
}

/**
 * The affinity of a router for a tag of a segment, below 2^31 (RFC 8584 section 3.2):
 *
 *   (1103515245 * ((1103515245 * Si + 12345) XOR D(v, Es)) + 12345) mod 2^31
 *
 * Si is the address, of which the lowest 31 bits matter; D the lowest 31 bits of the CRC-32 of tag and ESI, 14 octets.
 */
export function weight(address: IpAddress, esi: EthernetSegmentId, ethernetTag: number): number {
  const ip = ipBytes(address);
  const stream = new Uint8Array(14);
  writeU32(stream, 0, ethernetTag);
  stream.set(esiBytes(esi), 4);
  const digest = crc32(stream) & LOW_31_BITS;
  return congruential(congruential(readU32(ip, ip.length - 4)) ^ digest);
}

const LOW_31_BITS = 0x7fffffff;

function congruential(seed: number): number {
  return (Math.imul(1103515245, seed) + 12345) & LOW_31_BITS;
}

/** `sign` 1: the highest first, -1: the lowest first. */
function byPreference(candidates: readonly DfCandidate[], sign: 1 | -1): readonly DfCandidate[] {
  const preference = ({ election = DEFAULT_ELECTION }: DfCandidate): number => election.preference;
  const preempts = ({ election = DEFAULT_ELECTION }: DfCandidate): number =>
    (election.capabilities & DF_CAPABILITY.DONT_PREEMPT) === 0 ? 1 : 0;
  return [...candidates].sort(
    (a, b) =>
      sign * (preference(b) - preference(a)) || preempts(a) - preempts(b) || byAddress(a, b),
  );
}
