/**
 * Connection collision, RFC 4271 section 6.8: two connections between the same two speakers, one stays.
 *
 * Pure. `neighbor.ts` asks when an OPEN has been accepted on one connection while the other one is in OpenConfirm or
 * Established; both ends then ask about the same two connections, each from its own side, and must agree.
 *
 * RFC 6286, section 2.3: equal BGP identifiers are legal between different ASes; the higher AS then decides.
 * RFC 4724, section 5: a peer that had announced graceful restart and opens a new connection has lost the old one.
 */

/** What decides for one end: BGP identifier as an unsigned 32-bit number, AS number. */
export interface SpeakerIdentity {
  readonly identifier: number;
  readonly asn: number;
}

/** One of the two connections, seen from this end. */
export interface CollidingConnection {
  /** Who opened the TCP connection. */
  readonly initiator: "local" | "remote";
  readonly established: boolean;
}

/** A collision, as `neighbor.ts` sees it. `opened` is the connection on which an OPEN has just been accepted. */
export interface Collision {
  readonly local: SpeakerIdentity;
  readonly remote: SpeakerIdentity;
  readonly existing: CollidingConnection;
  readonly opened: CollidingConnection;
  /** The TCP connection of `opened` began when `existing` was already Established at this end. */
  readonly begunAfterEstablished: boolean;
  /** The peer announced graceful restart for a family on `existing`. */
  readonly peerRestartsGracefully: boolean;
}

/** Which connection is closed (the other one stays), and why: for the log and for the NOTIFICATION. */
export interface CollisionVerdict {
  readonly close: "existing" | "opened";
  readonly reason: "identifier" | "same-initiator" | "peer-restarted" | "established-stays";
}

/** True when the connection that the local end opened stays (section 6.8, points 1 to 3; RFC 6286). */
export function localInitiatorWins(local: SpeakerIdentity, remote: SpeakerIdentity): boolean {
  return local.identifier === remote.identifier
    ? local.asn > remote.asn
    : local.identifier > remote.identifier;
}

/**
 * Decides a collision. A connection begun while the other was Established is no simultaneous open: the peer would not
 * have opened it if it still had the first. With graceful restart the new one therefore replaces the old one
 * silently; without it the Established one stays until its hold timer says otherwise, as section 6.8 asks.
 */
export function resolveCollision(collision: Collision): CollisionVerdict {
  const { existing, opened } = collision;
  if (existing.established && collision.begunAfterEstablished) {
    return collision.peerRestartsGracefully
      ? { close: "existing", reason: "peer-restarted" }
      : { close: "opened", reason: "established-stays" };
  }
  // A peer opens a second connection only when it has given up its first one.
  if (existing.initiator === opened.initiator) {
    return { close: "existing", reason: "same-initiator" };
  }
  const winner = localInitiatorWins(collision.local, collision.remote) ? "local" : "remote";
  return { close: existing.initiator === winner ? "opened" : "existing", reason: "identifier" };
}
