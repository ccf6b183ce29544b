/**
 * NLRI fields of the families that the codec knows, as plain values.
 *
 * With RFC 7911 negotiated each route follows a path identifier, which then is part of the value.
 */
import type { UpdateFault } from "./attribute/rules.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { decodeEvpnRoute, type EvpnRoute, encodeEvpnRoute } from "./evpn/nlri.ts";
import type { KnownFamily } from "./family.ts";
import {
  decodeMembership,
  encodeMembership,
  type MembershipRoute,
} from "./route-target-membership.ts";
import { decodeUnicastRoute, encodeUnicastRoute, type UnicastRoute } from "./unicast-route.ts";

/** One route of any family that the codec knows. */
export type Route = (EvpnRoute | UnicastRoute | MembershipRoute) & {
  /** Tells several paths of one route apart (RFC 7911); only where it was negotiated. */
  readonly pathId?: number;
};

/** The routes of a field up to its first fault that cannot be passed over, and the worst fault. */
export interface DecodedNlri {
  readonly routes: readonly Route[];
  readonly fault?: UpdateFault;
}

/** Decodes a whole field. `pathIds`: each route follows a path identifier. */
export function decodeNlri(family: KnownFamily, bytes: Uint8Array, pathIds: boolean): DecodedNlri {
  const field = new ByteReader(bytes);
  const routes: Route[] = [];
  while (field.left > 0) {
    const pathId = pathIds ? { pathId: field.u32() } : {};
    const route = decodeRoute(family, field);
    if (typeof route === "string") return { routes, fault: route };
    routes.push({ ...pathId, ...route });
  }
  return routes.some(({ kind }) => kind === "malformed" || kind === "malformed-membership")
    ? { routes, fault: "nlri-value" }
    : { routes };
}

function decodeRoute(
  family: KnownFamily,
  field: ByteReader,
): EvpnRoute | UnicastRoute | MembershipRoute | "nlri-length" | "nlri-overrun" {
  if (family === "rtc") return decodeMembership(field);
  if (family !== "l2vpn-evpn") return decodeUnicastRoute(field, family === "ipv4-unicast" ? 4 : 16);
  const routeType = field.u8();
  const length = field.u8();
  return field.left < length ? "nlri-overrun" : decodeEvpnRoute(routeType, field.octets(length));
}

/** The octets of a field; path identifiers are written where the routes have them. */
export function encodeNlri(routes: readonly Route[]): Uint8Array {
  const out = new ByteWriter();
  for (const route of routes) {
    if (route.pathId !== undefined) out.u32(route.pathId);
    out.octets(encodeRoute(route));
  }
  return out.finish();
}

function encodeRoute(route: Route): Uint8Array {
  switch (route.kind) {
    case "unicast":
      return encodeUnicastRoute(route);
    case "membership":
    case "malformed-membership":
      return encodeMembership(route);
    default:
      return encodeEvpnRoute(route);
  }
}
