/**
 * Hard Reset: between neighbours that both take a NOTIFICATION for a restart (N bit), the Cease that says that this one
 * is none, around the NOTIFICATION that says why.
 *
 *   Cease (6) | Hard Reset (9) | code (1) | subcode (1) | data
 *
 * RFC 8538 section 3. When to send one is left to the implementation; section 5.1 gives the advice that is followed
 * here.
 */

import { CEASE, ERROR } from "../wire/error-code.ts";
import type { NotificationFields } from "../wire/session-reset.ts";

/** The ends after which a neighbour is not to wait: those that an operator, or a limit of his, has brought about. */
const HARD: ReadonlySet<number> = new Set([
  CEASE.MAXIMUM_PREFIXES_REACHED,
  CEASE.ADMINISTRATIVE_SHUTDOWN,
  CEASE.PEER_DE_CONFIGURED,
  CEASE.ADMINISTRATIVE_RESET,
  CEASE.HARD_RESET,
]);

/** Whether routes must not outlive a session that ends with this NOTIFICATION. */
export function isHard({ code, subcode }: Pick<NotificationFields, "code" | "subcode">): boolean {
  return code === ERROR.CEASE && HARD.has(subcode);
}

/** The Hard Reset around a NOTIFICATION. */
export function hardReset({ code, subcode, data }: NotificationFields): NotificationFields {
  return {
    code: ERROR.CEASE,
    subcode: CEASE.HARD_RESET,
    data: Uint8Array.of(code, subcode, ...data),
  };
}
