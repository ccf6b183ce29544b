/**
 * One peer inside an update group, and how far it is in step with the group.
 *
 * In step: it has been told exactly what the group advertises. Out of step: it has a backlog, gets
 * nothing of the shared stream, and is told the prefixes of its backlog on its own or together with
 * others that lack the same ones.
 */
import { Backlog } from "./backlog.ts";
import type { PeerId } from "./peer.ts";

/** A peer of an update group. */
export class GroupMember {
  readonly number: PeerId;
  /** The peer takes no more bytes for now. */
  isBlocked = false;
  /** It is told nothing yet: it may still say which routes it wants (RFC 4684 section 6). */
  isHeld = false;
  /** Its memberships have changed, and not all routes have been looked at again. */
  isRevised = false;
  /** The End-of-RIB marker is still owed (RFC 4724 section 2). */
  owesEndOfRib = true;
  /** It is to be told everything again, as soon as it is in step. */
  wantsRefresh = false;
  /** It is being told everything again, and the end of that has to be marked (RFC 7313). */
  owesRefreshEnd = false;
  /** What it has yet to be told; absent while it is in step. */
  backlog: Backlog | undefined = new Backlog();

  constructor(number: PeerId) {
    this.number = number;
  }

  /** Whether the backlog can be worked on now. */
  get canCatchUp(): boolean {
    return this.backlog !== undefined && !this.isBlocked && !this.isHeld && !this.isRevised;
  }

  /** Whether a refresh can begin now. */
  get canRefresh(): boolean {
    return this.wantsRefresh && this.backlog === undefined && !this.isBlocked && !this.isRevised;
  }

  /**
   * The peer was not sent a change of a prefix for which the group had been told of a route of
   * `before` (0: of none).
   */
  miss(prefix: number, before: number): void {
    this.mark(prefix, before !== 0 && before !== this.number);
  }

  /** What the peer knows of a prefix is out of date; `told`: it holds a route. */
  mark(prefix: number, told: boolean): void {
    this.backlog ??= new Backlog();
    this.backlog.mark(prefix, told);
  }
}
