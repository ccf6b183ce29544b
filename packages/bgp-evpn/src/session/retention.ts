/**
 * Which paths of a neighbour outlive its session, by the way in which the session ended. Pure.
 *
 * | the session ended by                     | without N            | both said N (RFC 8538)   |
 * | ---------------------------------------- | -------------------- | ------------------------ |
 * | the end of the connection                | all (RFC 4724)       | all                      |
 * | a Hard Reset, an operator at either end  | none                 | none                     |
 * | the hold timer or send hold timer, here  | none                 | as `onHoldExpiry` says   |
 * | any other NOTIFICATION, either way       | none                 | all                      |
 *
 * Without graceful restart, or a long-lived one, for EVPN in the neighbour's OPEN it is none in every case.
 *
 * The hold timer is where RFC 8538 and EVPN are at odds. The RFC keeps all routes of a neighbour that has fallen
 * silent. When that is a VTEP whose host has died, its traffic is lost for the whole restart time, although another
 * VTEP may have the same prefix. When it is a reflector that hangs, nothing of the data plane has changed: its routes
 * lead to others. The default tells the two apart path by path: what the neighbour has originated goes, what it has
 * only passed on stays.
 */

import { CEASE, ERROR } from "../wire/error-code.ts";
import { isHard } from "./hard-reset.ts";
import type { Agreement } from "./negotiation.ts";
import type { SessionEnd } from "./session-end.ts";

/** The paths that are kept: every one, those that the neighbour had from others, or none. */
export type Retention = "all" | "reflected" | "none";

/** Which paths outlive a session that ended so. */
export function retention(
  end: SessionEnd,
  { longLived, restart }: Pick<Agreement, "longLived" | "restart">,
  onHoldExpiry: Retention,
): Retention {
  if (restart === undefined) return "none";
  if (restart.preserved === undefined && longLived === undefined) return "none";
  if (end.kind === "connection-lost") return "all";
  if (end.kind === "stopped" || !restart.notification) return "none";
  switch (end.kind) {
    case "send-hold-expired":
      return onHoldExpiry;
    case "notification-sent":
      if (isHard(end)) return "none";
      return end.code === ERROR.HOLD_TIMER_EXPIRED ? onHoldExpiry : "all";
    case "notification-received": {
      const { code, subcode } = end.notification;
      // What is not wrapped is no hard reset, even from an operator (RFC 8538 section 4).
      return code === ERROR.CEASE && subcode === CEASE.HARD_RESET ? "none" : "all";
    }
    default:
      return end satisfies never;
  }
}
