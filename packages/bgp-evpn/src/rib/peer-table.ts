/**
 * Peer table: the sources of paths. Number 1 is this speaker itself; sessions follow from 2.
 *
 * The number of a peer is free when its last path is gone, although update groups may still name it
 * as the source of what they advertise: that only keeps a withdrawal from the peer with this number,
 * and a new one has not been told of a route that is about to be withdrawn.
 */
import { ipBytes } from "@selvedge/net";
import { readU32 } from "../wire/octets.ts";
import type { PeerId, RejectReason, RibPeer } from "./peer.ts";

/** The number of the source of locally originated routes. */
export const LOCAL_PEER = 1;

const MAX_PEER = 0xfffe;
const NO_ADDRESS = new Uint8Array(0);

/**
 * Where a route comes from, as far as it decides to whom it may go (RFC 4456 section 6).
 * `local` and `ebgp` routes go to everybody.
 */
export type SourceClass = "local" | "ebgp" | "client" | "non-client";

/** A source of paths and what is counted for it. */
export class Source {
  readonly id: PeerId;
  class: SourceClass = "local";
  routerId: number;
  /** AS numbers in its UPDATEs have four octets. */
  fourOctetAs = true;
  addressBytes: Uint8Array = NO_ADDRESS;
  /** Head of the chain of its paths, linked by `PathTable.nextOfPeer`. */
  firstPath = 0;
  /**
   * Generation of its paths, 0 to 255: one of an earlier generation is stale, left by a session before
   * this one.
   */
  generation = 0;
  /** The next path of the sweep that goes on; 0 when there is none. */
  sweep = 0;
  /** The sweep takes, of the stale paths, only those that are the peer's own. */
  sweepsOwn = false;
  /** The next path that becomes long-lived stale; 0 when there is none. */
  ageing = 0;
  /** The next path of the review that goes on; 0 when there is none. */
  review = 0;
  /** What was negotiated and configured for its session; undefined for this speaker itself. */
  session: RibPeer | undefined = undefined;
  paths = 0;
  /** How many of them are stale. */
  stalePaths = 0;
  bestPaths = 0;
  /** Announcements that repeated what was held. */
  duplicates = 0;
  endOfRibReceived = false;
  /** Its paths that a policy refuses, by the number of the reason. */
  readonly refused: Map<number, number> = new Map<number, number>();
  readonly rejected: Record<RejectReason, number> = {
    "as-loop": 0,
    "originator-loop": 0,
    "cluster-loop": 0,
    malformed: 0,
    "overlay-index": 0,
  };

  constructor(number: number, routerId: number) {
    this.id = number as PeerId;
    this.routerId = routerId;
  }

  /** Whether paths of an earlier session can stand beside those of this one. */
  isSame(session: RibPeer): boolean {
    return this.class === classOf(session) && this.routerId === routerIdOf(session);
  }

  /** The source has a session, with what that has negotiated. */
  begin(session: RibPeer): void {
    this.session = session;
    this.class = classOf(session);
    this.routerId = routerIdOf(session);
    this.fourOctetAs = session.fourOctetAs;
    this.addressBytes = ipBytes(session.address);
    this.endOfRibReceived = false;
  }

  /** One more, or one less, of its paths is refused for a reason. */
  countRefusal(reason: number, change: 1 | -1): void {
    const count = (this.refused.get(reason) ?? 0) + change;
    if (count === 0) this.refused.delete(reason);
    else this.refused.set(reason, count);
  }
}

function routerIdOf(session: RibPeer): number {
  return readU32(ipBytes(session.routerId), 0);
}

function classOf(peer: RibPeer): SourceClass {
  if (peer.kind === "ebgp") return "ebgp";
  return peer.reflectorClient ? "client" : "non-client";
}

/** The sources of a RIB by number. */
export class PeerTable {
  readonly #sources: (Source | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(routerId: number) {
    this.#sources[LOCAL_PEER] = new Source(LOCAL_PEER, routerId);
  }

  /** Throws RangeError at the 65534th session. */
  add(peer: RibPeer): Source {
    const number = this.#free.pop() ?? Math.max(this.#sources.length, LOCAL_PEER + 1);
    if (number > MAX_PEER) throw new RangeError("A RIB holds at most 65533 peers.");
    const source = new Source(number, routerIdOf(peer));
    source.begin(peer);
    this.#sources[source.id] = source;
    return source;
  }

  /** The source of that number; a number that is not in use is a broken invariant. */
  get(number: number): Source {
    const source = this.#sources[number];
    if (source === undefined) throw new RangeError(`No peer has the number ${number}.`);
    return source;
  }

  /** Forgets a peer that has no path any more. */
  remove(source: Source): void {
    this.#sources[source.id] = undefined;
    this.#free.push(source.id);
  }
}
