/**
 * EVPN NLRI as plain values: one union over the route types, with encode and decode of a whole NLRI field.
 *
 * The fields of each type are in the file of that type. A type that is not known is kept as hex; so is a route of a
 * known type that cannot be keyed (see nlri-check.ts for what RFC 7606 makes of it).
 */
import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";
import { bytesFromHex, hex } from "../hex.ts";
import {
  type AutoDiscoveryRoute,
  decodeAutoDiscovery,
  encodeAutoDiscovery,
} from "./auto-discovery.ts";
import { decodeIpPrefix, encodeIpPrefix, type IpPrefixRoute } from "./ip-prefix.ts";
import { decodeMacIp, encodeMacIp, type MacIpRoute } from "./mac-ip.ts";
import {
  decodeMulticast,
  decodeSegment,
  encodeMulticast,
  encodeSegment,
  type MulticastRoute,
  type SegmentRoute,
} from "./originator.ts";
import { EVPN_ROUTE } from "./route-type.ts";

/** A route type that the codec does not know; `value` is all that follows the length octet. */
export interface UnknownEvpnRoute {
  readonly kind: "unknown";
  readonly routeType: number;
  readonly value: string;
}

/** A route whose MAC address length or prefix length is impossible; `value` as above. */
export interface MalformedEvpnRoute {
  readonly kind: "malformed";
  readonly routeType: number;
  readonly value: string;
}

/** One EVPN route. */
export type EvpnRoute =
  | AutoDiscoveryRoute
  | MacIpRoute
  | MulticastRoute
  | SegmentRoute
  | IpPrefixRoute
  | UnknownEvpnRoute
  | MalformedEvpnRoute;

/** Decodes one route from its type and value; the string says that the value has an impossible length. */
export function decodeEvpnRoute(routeType: number, value: Uint8Array): EvpnRoute | "nlri-length" {
  const route = decodeFields(routeType, new ByteReader(value));
  if (route === "unknown") return { kind: "unknown", routeType, value: hex(value) };
  if (route === "nlri-value") return { kind: "malformed", routeType, value: hex(value) };
  return route ?? "nlri-length";
}

function decodeFields(
  routeType: number,
  fields: ByteReader,
): EvpnRoute | "nlri-length" | "nlri-value" | "unknown" | undefined {
  switch (routeType) {
    case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
      return decodeAutoDiscovery(fields);
    case EVPN_ROUTE.MAC_IP:
      return decodeMacIp(fields);
    case EVPN_ROUTE.INCLUSIVE_MULTICAST:
      return decodeMulticast(fields);
    case EVPN_ROUTE.ETHERNET_SEGMENT:
      return decodeSegment(fields);
    case EVPN_ROUTE.IP_PREFIX:
      return decodeIpPrefix(fields);
    default:
      return "unknown";
  }
}

/** The route with its type and length octets. Throws RangeError for a value longer than 255 octets. */
export function encodeEvpnRoute(route: EvpnRoute): Uint8Array {
  const value = encodeFields(route);
  if (value.length > 255) throw new RangeError(`an EVPN route has ${value.length} octets`);
  return new ByteWriter().u8(route.routeType).u8(value.length).octets(value).finish();
}

function encodeFields(route: EvpnRoute): Uint8Array {
  const out = new ByteWriter();
  switch (route.kind) {
    case "ethernet-auto-discovery":
      encodeAutoDiscovery(route, out);
      break;
    case "mac-ip":
      encodeMacIp(route, out);
      break;
    case "inclusive-multicast":
      encodeMulticast(route, out);
      break;
    case "ethernet-segment":
      encodeSegment(route, out);
      break;
    case "ip-prefix":
      encodeIpPrefix(route, out);
      break;
    case "unknown":
    case "malformed":
      out.octets(bytesFromHex(route.value));
      break;
    default:
      route satisfies never;
  }
  return out.finish();
}
