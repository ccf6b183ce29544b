/**
 * The values of the field: addresses, prefixes, MACs, VNIs, AS numbers, route distinguishers and route targets. Each is
 * canonical text (or a number), so `===` is equality, and a brand says that a checked constructor made it.
 */

export {
  type Asn,
  asnBytes,
  asnFromBytes,
  compareAsn,
  isAsn,
  parseAsn,
} from "./asn.ts";
export { ValueError, type ValueErrorCode } from "./errors.ts";
export {
  compareIp,
  type IpAddress,
  type IpFamily,
  ipBytes,
  ipFamily,
  ipFromBytes,
  isIpAddress,
  parseIpAddress,
  writeIp,
} from "./ip-address.ts";
export {
  comparePrefix,
  hostPrefix,
  type IpPrefix,
  isIpPrefix,
  parseIpPrefix,
  prefixAddress,
  prefixBytes,
  prefixFamily,
  prefixFromBytes,
  prefixLength,
  prefixOf,
  writePrefix,
} from "./ip-prefix.ts";
export { isLinkLocal, isLoopback, isMulticast, isUnicast, isUnspecified } from "./ip-scope.ts";
export {
  compareMac,
  isMacAddress,
  isMulticastMac,
  type MacAddress,
  macBytes,
  macFromBytes,
  macFromVtep,
  parseMacAddress,
  writeMac,
} from "./mac-address.ts";
export { PrefixMap } from "./prefix-map.ts";
export { prefixContains, prefixesOverlap, prefixLast } from "./prefix-relation.ts";
export {
  autoRouteDistinguisher,
  compareRouteDistinguisher,
  isRouteDistinguisher,
  parseRouteDistinguisher,
  type RouteDistinguisher,
  routeDistinguisherBytes,
  routeDistinguisherFromBytes,
} from "./route-distinguisher.ts";
export {
  autoRouteTarget,
  compareRouteTarget,
  isRouteTarget,
  parseRouteTarget,
  type RouteTarget,
  routeTargetBytes,
  routeTargetFromBytes,
} from "./route-target.ts";
export { compareVni, isVni, MAX_VNI, parseVni, type Vni, vniBytes, vniFromBytes } from "./vni.ts";
