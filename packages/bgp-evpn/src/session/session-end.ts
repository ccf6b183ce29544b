/** Why a session, or the attempt at one, is over: one value for the log, the summary and graceful restart. */

import { errorName } from "../wire/error-code.ts";
import type { NotificationMessage } from "../wire/notification.ts";

/** What ended a connection. */
export type SessionEnd =
  | {
      readonly kind: "notification-sent";
      readonly code: number;
      readonly subcode: number;
      readonly reason: string;
      /** Absent when the NOTIFICATION had no data. */
      readonly data?: Uint8Array;
      /** It went inside of a Hard Reset (RFC 8538). */
      readonly isHardReset?: true;
    }
  | { readonly kind: "notification-received"; readonly notification: NotificationMessage }
  /** The TCP connection ended, or could not be made; `reason` is a code such as ECONNREFUSED, or a sentence. */
  | { readonly kind: "connection-lost"; readonly reason: string }
  /** RFC 9687. */
  | { readonly kind: "send-hold-expired" }
  /** The operator stopped it, without telling the peer. */
  | { readonly kind: "stopped" };

/** One line for people: what happened and who said so. */
export function describeEnd(end: SessionEnd): string {
  switch (end.kind) {
    case "notification-sent":
      return withDetail(`sent ${errorName(end.code, end.subcode)}`, end.reason);
    case "notification-received":
      // A hard reset is told by what is inside it.
      return withDetail(
        `received ${end.notification.hardReset?.name ?? end.notification.name}`,
        end.notification.shutdownText ?? "",
      );
    case "connection-lost":
      return `connection lost: ${end.reason}`;
    case "send-hold-expired":
      return "send hold timer expired: the peer has stopped reading";
    case "stopped":
      return "stopped without NOTIFICATION";
    default:
      return end satisfies never;
  }
}

function withDetail(head: string, detail: string): string {
  return detail === "" ? head : `${head}: ${detail}`;
}
