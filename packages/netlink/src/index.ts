/**
 * The kernel's rtnetlink and nf_tables families and network namespaces for Node: typed requests, batches
 * whose errors are attributed to the request that caused them, transactions, dumps, events.
 *
 * Everything is synchronous and for the main thread; only the events of a monitor come from the event
 * loop. Points that are not obvious from the types:
 *
 * - `RouteSocket.execute` tells "complete" from "uncertain" (answers lost) by the `kind` of its outcome.
 * - A device is created without an alias, which the kernel takes only afterwards, and always down.
 * - Renaming needs a `link.set` by index; `addrGenMode` a request before the one that says `up`.
 * - Neighbours have a `state` and `externLearn` apart; FDB entries likewise, in the words of bridge(8).
 * - `RouteSocket.routeProgram` is the way for very many routes: prefixes as octets, no object per route.
 * - `NftablesSocket.execute` is all or nothing and throws, `RouteSocket.execute` goes on and reports.
 * - `libc` is for packages with a socket of another kind; each call leaves its reason to `lastErrno`.
 * - `NetworkNamespace.run` takes care of libuv's thread pool itself; `primeThreadPool` only lets a
 *   program do it at a moment of its choice.
 */
export type { Address, AddressRequest, Scope } from "./address.ts";
export type { BridgePort, BridgePortChange } from "./bridge-port.ts";
export type { ErrnoName } from "./errno.ts";
export { NetlinkError, type NetlinkErrorFields, type NetlinkOperation } from "./errors.ts";
export type { FdbDeleteRequest, FdbEntry, FdbPutRequest, FdbState, FdbTable } from "./fdb.ts";
export { lastErrno, libc } from "./libc.ts";
export type { AddrGenMode, Link, LinkDetail } from "./link.ts";
export type {
  LinkCreateRequest,
  LinkDeleteRequest,
  LinkGroupDeleteRequest,
  LinkSelector,
  LinkSetRequest,
  LinkSettleRequest,
  NewLink,
} from "./link-request.ts";
export { NetworkNamespace } from "./namespace.ts";
export type {
  Neighbour,
  NeighbourDeleteRequest,
  NeighbourReplaceRequest,
  NeighbourState,
} from "./neighbour.ts";
export type {
  KnownNexthopVia,
  Nexthop,
  NexthopDeleteRequest,
  NexthopFilter,
  NexthopMember,
  NexthopReplaceRequest,
  NexthopVia,
} from "./nexthop.ts";
export type { NftBase, NftChain, NftChainRequest, NftHook } from "./nftables/chain.ts";
export {
  areSameExpressions,
  type NftExpression,
  type NftMetaKey,
  type NftPayloadBase,
  type NftRegister,
  type NftVerdict,
  type ReadNftExpression,
} from "./nftables/expression.ts";
export type { NftGeneration } from "./nftables/generation.ts";
export type { NftFamily } from "./nftables/nfnetlink.ts";
export { NftablesMonitor, type NftEvent } from "./nftables/nftables-monitor.ts";
export { NftablesSocket } from "./nftables/nftables-socket.ts";
export type { NftRequest } from "./nftables/request.ts";
export type { NftRule, NftRuleRequest } from "./nftables/rule.ts";
export type {
  NftElement,
  NftElementsRequest,
  NftSet,
  NftSetName,
  NftSetRequest,
} from "./nftables/set.ts";
export {
  describeKey,
  keyDatatype,
  keyLength,
  type NftField,
  type NftFieldType,
  type NftKey,
  type NftKeyType,
} from "./nftables/set-type.ts";
export type { NftTableName, NftTableRequest } from "./nftables/table.ts";
export { ReadableWatch } from "./readable-watch.ts";
export type { RouteRequest } from "./request.ts";
export type { KnownRouteVia, Route, RouteFilter, RouteVia } from "./route.ts";
export {
  type MonitorEvent,
  type MonitorGroup,
  type MonitorOptions,
  RouteMonitor,
} from "./route-monitor.ts";
export type {
  RouteProgram,
  RouteProgramFailure,
  RouteProgramOptions,
  RouteProgramOutcome,
} from "./route-program.ts";
export type { RouteDeleteRequest, RouteReplaceRequest } from "./route-request.ts";
export { type BatchFailure, type BatchOutcome, RouteSocket } from "./route-socket.ts";
export { primeThreadPool } from "./thread-pool.ts";
