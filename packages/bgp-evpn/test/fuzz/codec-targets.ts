/**
 * What must hold of the codec for any octets: no exception, one verdict of scan and decoder, plain values, and a value that
 * is the same again after it has been encoded and decoded.
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { parseAsn, parseIpAddress } from "@selvedge/net";
import { MessageStream } from "../../src/session/framing.ts";
import { negotiate } from "../../src/session/negotiation.ts";
import { neighborSettings } from "../../src/session/neighbor-options.ts";
import type { CodecContext } from "../../src/wire/codec-context.ts";
import { evpnNlriLength } from "../../src/wire/evpn/nlri-key.ts";
import { KNOWN_FAMILIES } from "../../src/wire/family.ts";
import { MESSAGE } from "../../src/wire/header.ts";
import { hex } from "../../src/wire/hex.ts";
import { decodeMessage, decodeStream } from "../../src/wire/message.ts";
import { decodeNlri, encodeNlri } from "../../src/wire/nlri.ts";
import { encodeNotification, notificationFields } from "../../src/wire/notification.ts";
import { encodeOpen } from "../../src/wire/open.ts";
import { encodeRouteRefresh } from "../../src/wire/route-refresh.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { UpdateScan } from "../../src/wire/update-scan.ts";
import { framed } from "../wire/mutation.ts";
import { decodeVerdict, scanVerdict } from "../wire/verdict.ts";

const OWN = parseIpAddress("10.0.0.1");
const AS = parseAsn(65000);
const SETTINGS = neighborSettings({ address: parseIpAddress("10.0.0.2"), asn: AS }, AS);
const LOCAL = {
  asn: AS,
  routerId: OWN,
  restartTime: 120,
  continues: false,
  isRestarting: () => false,
};

const scan = new UpdateScan();

/** The session that the first octet stands for. */
export function contextOf(octet: number): CodecContext {
  return {
    fourOctetAs: (octet & 1) === 0,
    extendedMessages: (octet & 2) === 0,
    ibgp: (octet & 4) === 0,
    families: (octet & 8) === 0 ? ["l2vpn-evpn"] : KNOWN_FAMILIES,
    addPathReceive: (octet & 16) === 0 ? [] : ["ipv4-unicast", "l2vpn-evpn"],
  };
}

/** A context octet and the body of an UPDATE. */
export function update(input: Uint8Array): void {
  const context = contextOf(input[0] ?? 0);
  const bytes = framed(MESSAGE.UPDATE, input.subarray(1));
  const message = decodeMessage(bytes, context);
  if (message.kind !== "update") {
    ok(message.kind === "malformed" && message.code === 1, "no other message can be in it");
    return;
  }
  deepStrictEqual(
    scanVerdict(bytes, 0, bytes.length, context, scan),
    decodeVerdict(bytes, 0, bytes.length, context),
  );
  deepStrictEqual(JSON.parse(JSON.stringify(message)), message);
  // An attribute may grow by the octet of its extended length, and the message with it.
  if (message.errors.length > 0 || bytes.length > 3500) return;
  const again = encodeUpdate(message, context);
  deepStrictEqual(decodeMessage(again, context), message);
  deepStrictEqual(hex(encodeUpdate(message, context)), hex(again));
}

/** The body of an OPEN. */
export function open(input: Uint8Array): void {
  const bytes = framed(MESSAGE.OPEN, input);
  const message = decodeMessage(bytes, contextOf(0));
  if (message.kind !== "open") {
    ok(message.kind === "malformed" && (message.code === 1 || message.code === 2));
    return;
  }
  const agreement = negotiate(message, LOCAL, SETTINGS);
  if ("kind" in agreement) ok(agreement.code === 2, "an OPEN is refused with code 2");
  const again = encodeOpen(message, { parameters: "one-per-capability" });
  deepStrictEqual(decodeMessage(again, contextOf(0)), message);
}

/** A type and the body of any message. */
export function message(input: Uint8Array): void {
  const context = contextOf(2);
  const bytes = framed(input[0] ?? 0, input.subarray(1));
  const value = decodeMessage(bytes, context);
  deepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  if (value.kind === "notification" && bytes.length <= 4096) {
    deepStrictEqual(hex(encodeNotification(notificationFields(value))), hex(bytes));
  }
  if (value.kind === "route-refresh") {
    deepStrictEqual(decodeMessage(encodeRouteRefresh(value), context), value);
  }
}

/** A context octet, the size of the chunks, and a stream. */
export function stream(input: Uint8Array): void {
  const context = contextOf(input[0] ?? 0);
  const size = 1 + (input[1] ?? 0);
  const bytes = input.slice(2);
  const messages = new MessageStream();
  messages.context = context;
  const framedMessages: unknown[] = [];
  let reset: unknown;
  for (let at = 0; at < bytes.length && reset === undefined; at += size) {
    reset = messages.push(bytes.slice(at, at + size), (chunk, offset, length) => {
      framedMessages.push(decodeMessage(chunk.slice(offset, offset + length), context));
      return true;
    });
  }
  const whole = decodeStream(bytes, context);
  const last = whole.at(-1);
  const isCut = last?.kind === "truncated" || (last?.kind === "malformed" && last.code === 1);
  deepStrictEqual(framedMessages, isCut ? whole.slice(0, -1) : whole);
  ok((reset !== undefined) === (last?.kind === "malformed" && last.code === 1));
}

/** An octet that says whether there are path identifiers, and an NLRI field of EVPN. */
export function nlri(input: Uint8Array): void {
  const withPathIds = ((input[0] ?? 0) & 1) !== 0;
  const field = input.subarray(1);
  const { routes } = decodeNlri("l2vpn-evpn", field, withPathIds);
  const octets = encodeNlri(routes);
  deepStrictEqual(decodeNlri("l2vpn-evpn", octets, withPathIds).routes, routes);
  if (withPathIds) return;
  for (let at = 0, length = 0; at < field.length; at += length) {
    length = evpnNlriLength(field, at, field.length);
    ok(
      length === -1 || (length >= 2 && at + length <= field.length),
      "a route inside of the field",
    );
    if (length < 0) return;
  }
}
