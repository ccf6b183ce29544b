/** What the fast and the slow path make of the same UPDATE, in one form, so that a test can compare the two. */
import { attributeName } from "../../src/wire/attribute/rules.ts";
import type { CodecContext } from "../../src/wire/codec-context.ts";
import {
  type Family,
  familyFromCodes,
  type KnownFamily,
  knownFamily,
} from "../../src/wire/family.ts";
import { hex } from "../../src/wire/hex.ts";
import { decodeNlri, type Route } from "../../src/wire/nlri.ts";
import { decodeUpdate } from "../../src/wire/update-decode.ts";
import type { AnnouncedRoutes, WithdrawnRoutes } from "../../src/wire/update-message.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";

const RESET = "session-reset";
/** Everything that a receiver acts on. */
export interface Verdict {
  readonly treatment: string;
  readonly errors: readonly unknown[];
  /** The NOTIFICATION of a reset. */
  readonly reset?: unknown;
  /** The rest is left out of a reset. */
  readonly discarded?: readonly string[];
  readonly announced?: readonly Group[];
  readonly withdrawn?: readonly Group[];
  readonly endOfRib?: Family;
}

interface Group {
  readonly carriedIn: string;
  readonly family: Family;
  readonly routes: readonly Route[];
}

export function decodeVerdict(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: CodecContext,
): Verdict {
  const update = decodeUpdate(bytes, offset, length, context);
  const errors = update.errors.map(({ treatment, fault, attribute, reason, subcode, data }) => ({
    treatment,
    fault,
    attribute,
    reason,
    subcode,
    data,
  }));
  if (update.treatment === RESET) {
    const last = update.errors.at(-1);
    const reset = {
      code: last?.code,
      subcode: last?.subcode,
      data: last?.data,
      reason: last?.reason,
    };
    return { treatment: RESET, errors, reset };
  }
  const seen = new Set<string>();
  const discarded: string[] = [];
  for (const attribute of update.attributes) {
    if (attribute.kind !== "malformed") continue;
    const isDuplicate =
      seen.has(attribute.name) || firstIsWellFormed(update.errors, attribute.name);
    seen.add(attribute.name);
    if (attribute.treatment === "attribute-discard" && !isDuplicate) discarded.push(attribute.name);
  }
  return {
    treatment: update.treatment,
    errors,
    discarded,
    announced: readable(update.announced),
    withdrawn: readable(update.withdrawn),
    ...(update.endOfRib === undefined ? {} : { endOfRib: update.endOfRib }),
  };
}

/** Of a well-formed attribute only the duplicates are among the malformed. */
function firstIsWellFormed(
  errors: readonly { readonly fault: string; readonly attribute?: string }[],
  name: string,
): boolean {
  return errors.find(({ attribute }) => attribute === name)?.fault === "duplicate";
}

function readable(groups: readonly (AnnouncedRoutes | WithdrawnRoutes)[]): Group[] {
  return groups.flatMap((group) => {
    if (!("routes" in group) || group.routes.length === 0) return [];
    const { carriedIn, family, routes } = group;
    return [{ carriedIn, family, routes }];
  });
}

export function scanVerdict(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: CodecContext,
  scan: UpdateScan = new UpdateScan(),
): Verdict {
  const result = scanUpdate(bytes, offset, length, context, scan);
  const errors = scan.errors.map(({ treatment, fault, attribute, reason, subcode, data }) => ({
    treatment,
    fault,
    attribute: attribute === undefined ? undefined : attributeName(attribute),
    reason,
    subcode,
    data: hex(data),
  }));
  if (result !== undefined) {
    const { code, subcode, data, reason } = result;
    return { treatment: RESET, errors, reset: { code, subcode, data: hex(data), reason } };
  }
  return {
    treatment: scan.treatment,
    errors,
    discarded: discardedNames(scan),
    announced: announcedGroups(scan, context),
    withdrawn: withdrawnGroups(scan, context),
    ...endOfRib(scan),
  };
}

function endOfRib(scan: UpdateScan): { readonly endOfRib?: Family } {
  if (scan.isEndOfRib(1, 1)) return { endOfRib: "ipv4-unicast" };
  const { unreachAfi, unreachSafi } = scan;
  return scan.isEndOfRib(unreachAfi, unreachSafi)
    ? { endOfRib: familyFromCodes(unreachAfi, unreachSafi) }
    : {};
}

function discardedNames(scan: UpdateScan): string[] {
  const types = Array.from(scan.attributeType.subarray(0, scan.attributeCount));
  return types.filter((_, index) => scan.isDiscarded(index)).map(attributeName);
}

function announcedGroups(scan: UpdateScan, context: CodecContext): Group[] {
  const { reachNlriOffset, reachNlriLength, reachPathIds } = scan;
  const family = knownFamily(scan.reachAfi, scan.reachSafi);
  return [
    ...group(scan, "mp-reach", family, reachNlriOffset, reachNlriLength, reachPathIds),
    ...bodyGroup(scan, "nlri", scan.bodyNlriOffset, scan.bodyNlriLength, context),
  ];
}

function withdrawnGroups(scan: UpdateScan, context: CodecContext): Group[] {
  const { unreachNlriOffset, unreachNlriLength, unreachPathIds } = scan;
  const { bodyWithdrawnOffset, bodyWithdrawnLength } = scan;
  const family = knownFamily(scan.unreachAfi, scan.unreachSafi);
  return [
    ...bodyGroup(scan, "withdrawn-routes", bodyWithdrawnOffset, bodyWithdrawnLength, context),
    ...group(scan, "mp-unreach", family, unreachNlriOffset, unreachNlriLength, unreachPathIds),
  ];
}

function bodyGroup(
  scan: UpdateScan,
  carriedIn: string,
  offset: number,
  length: number,
  context: CodecContext,
): Group[] {
  const pathIds = context.addPathReceive.includes("ipv4-unicast");
  return group(scan, carriedIn, "ipv4-unicast", offset, length, pathIds);
}

/** No group where there are no octets: of a family that is not read the scan gives none. */
function group(
  scan: UpdateScan,
  carriedIn: string,
  family: KnownFamily | undefined,
  offset: number,
  length: number,
  pathIds: boolean,
): Group[] {
  if (length === 0) return [];
  if (family === undefined) throw new Error(`${carriedIn} has routes of a family that is not read`);
  const field = scan.bytes.subarray(offset, offset + length);
  return [{ carriedIn, family, routes: decodeNlri(family, field, pathIds).routes }];
}
