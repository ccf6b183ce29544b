/** From the end of a session to what a collector is told of it (RFC 7854 section 4.9). */

import { hardReset } from "../session/hard-reset.ts";
import type { SessionEnd } from "../session/session-end.ts";
import { encodeNotification, notificationFields } from "../wire/notification.ts";
import type { PeerDownReason } from "./bmp-message.ts";

/** Events of RFC 4271 section 8.1 and RFC 9687 section 3 that close a session without a NOTIFICATION. */
const FSM_EVENT = { MANUAL_STOP: 2, SEND_HOLD_TIMER_EXPIRES: 29 } as const;

const NO_DATA = new Uint8Array(0);

/** The reason of a Peer Down. */
export function peerDownReason(end: SessionEnd): PeerDownReason {
  switch (end.kind) {
    case "notification-sent": {
      const { code, data = NO_DATA, isHardReset, subcode } = end;
      const fields = { code, subcode, data };
      const sent = isHardReset ? hardReset(fields) : fields;
      return { kind: end.kind, message: encodeNotification(sent) };
    }
    case "notification-received":
      return {
        kind: end.kind,
        message: encodeNotification(notificationFields(end.notification)),
      };
    case "connection-lost":
      return { kind: "closed-remotely" };
    case "send-hold-expired":
      return { kind: "closed-locally", fsmEvent: FSM_EVENT.SEND_HOLD_TIMER_EXPIRES };
    case "stopped":
      return { kind: "closed-locally", fsmEvent: FSM_EVENT.MANUAL_STOP };
    default:
      return end satisfies never;
  }
}
