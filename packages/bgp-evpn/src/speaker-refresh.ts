/**
 * Route refresh with one neighbour, both ways: asking it for its routes, and telling it ours again; with enhanced route
 * refresh, marked where that begins and ends.
 *
 * RFC 2918, RFC 7313.
 */

import { SpeakerError } from "./errors.ts";
import type { PeerId } from "./rib/peer.ts";
import type { Rib } from "./rib/rib.ts";
import type { Agreement } from "./session/negotiation.ts";
import type { Neighbor } from "./session/neighbor.ts";
import { RefreshHelper } from "./session/refresh-helper.ts";
import type { ReceivedMessage } from "./session/session-host.ts";
import type { Clock } from "./session/timers.ts";
import {
  decodeRouteRefresh,
  encodeRouteRefresh,
  type RouteRefreshFields,
} from "./wire/route-refresh.ts";
import type { SessionReset } from "./wire/session-reset.ts";

const FAMILY = "l2vpn-evpn";

/** A session that is up. */
interface RefreshableSession {
  readonly id: PeerId;
  readonly agreement: Agreement;
}

/** Route refresh of one neighbour. */
export class PeerRefresh {
  readonly #neighbor: Neighbor;
  readonly #rib: Rib;
  readonly #helper: RefreshHelper;
  #session: RefreshableSession | undefined;

  constructor(neighbor: Neighbor, rib: Rib, clock: Clock) {
    this.#neighbor = neighbor;
    this.#rib = rib;
    this.#helper = new RefreshHelper(clock, {
      onMark: () => this.#session && rib.markPeerStale(this.#session.id),
      onSweep: () => this.#session && rib.sweepPeer(this.#session.id),
    });
  }

  /** A session is up. */
  begin(session: RefreshableSession): void {
    this.#session = session;
  }

  /** It is over, and what has begun in it. */
  end(): void {
    this.#helper.stop();
    this.#session = undefined;
  }

  /** Asks for all routes. Throws `SpeakerError` (`capability-missing`) when the neighbour would not answer. */
  ask({ routeRefresh }: Agreement): void {
    if (!routeRefresh) {
      throw new SpeakerError(
        "capability-missing",
        `neighbour ${this.#neighbor.settings.address} does not offer route refresh; ask for its routes by a hard clear`,
      );
    }
    this.#neighbor.sendRouteRefresh(encodeRouteRefresh({ family: FAMILY, subtype: "request" }));
  }

  /** The RIB begins or ends to tell the neighbour everything again. */
  mark(subtype: "begin" | "end"): void {
    if (this.#session?.agreement.enhancedRefresh !== true) return;
    this.#neighbor.sendRouteRefresh(encodeRouteRefresh({ family: FAMILY, subtype }));
  }

  /** Does what the neighbour asks for, or says how the session has to end. */
  receive(message: ReceivedMessage): SessionReset | undefined {
    const request = decodeRouteRefresh(message.bytes, message.offset, message.length);
    const isMalformed = request.kind === "session-reset";
    // RFC 7313 section 5: its error handling is for those who have announced the capability.
    if (isMalformed && this.#session?.agreement.enhancedRefresh === true) return request;
    const ignored = isMalformed ? request.reason : this.#follow(request);
    if (ignored !== undefined) this.#neighbor.warnOfMessage("ROUTE-REFRESH ignored", ignored);
    return undefined;
  }

  /** Does what a ROUTE-REFRESH asks for, or says why it is ignored. */
  #follow({ family, subtype }: RouteRefreshFields): string | undefined {
    const session = this.#session;
    if (!session?.agreement.context.families.includes(family)) {
      return `the family ${family} is not in use`;
    }
    if (subtype === "request") {
      if (family === FAMILY) this.#rib.refresh(session.id);
      else this.#rib.refreshMemberships(session.id);
      return undefined;
    }
    if (typeof subtype === "number") return `the subtype ${subtype} is unknown`;
    const { enhancedRefresh, restart } = session.agreement;
    if (!enhancedRefresh) return "enhanced route refresh was not offered";
    if (family !== FAMILY) return `marks of a refresh are not followed for the family ${family}`;
    if (subtype === "end") return this.#helper.end() ? undefined : "no refresh has begun";
    // RFC 7313 section 4: a BoRR of a peer with graceful restart MUST be ignored before its End-of-RIB.
    if (restart !== undefined && !this.#rib.view.peerCounts(session.id).endOfRibReceived) {
      return "the peer has not yet sent its End-of-RIB";
    }
    return this.#helper.begin() ? undefined : "a refresh is going on already";
  }
}
