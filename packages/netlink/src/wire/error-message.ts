/**
 * NLMSG_ERROR: the kernel's answer to one request, a refusal or (errno 0) a confirmation.
 *
 * ```
 * | int error | nlmsghdr of the request | its payload unless NLM_F_CAPPED | attributes if NLM_F_ACK_TLVS |
 * ```
 */
import { MalformedMessage } from "./malformed-message.ts";
import type { MessageReader } from "./message-reader.ts";
import { NLM_F_ACK_TLVS, NLM_F_CAPPED } from "./protocol.ts";

const ERROR_LENGTH = 4;
const HEADER_LENGTH = 16;
const NLMSGERR_ATTR_MSG = 1;

/** The positive errno of an answer; 0 confirms. */
export function decodeErrno(message: MessageReader): number {
  // Not -x, which is the number -0 for a confirmation.
  return 0 - message.i32(0);
}

/** The kernel's explanation, when it gave one. */
export function decodeExtack(message: MessageReader): string | undefined {
  if ((message.flags & NLM_F_ACK_TLVS) === 0) {
    return undefined;
  }
  const request = message.u32(ERROR_LENGTH);
  if (request < HEADER_LENGTH) {
    throw new MalformedMessage(`error message about a request of ${request} octets`);
  }
  const echoed = (message.flags & NLM_F_CAPPED) === 0 ? request : HEADER_LENGTH;
  const attribute = message.attributes(ERROR_LENGTH + echoed);
  while (attribute.next()) {
    if (attribute.type === NLMSGERR_ATTR_MSG) {
      return attribute.text();
    }
  }
  return undefined;
}
