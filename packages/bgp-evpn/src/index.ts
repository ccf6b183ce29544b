/**
 * A BGP EVPN speaker as a library: codec, sessions, RIB and route reflection.
 *
 * @packageDocumentation
 */

export type { CollectorOptions } from "./bmp/collector-options.ts";
export { SpeakerError, type SpeakerErrorCode } from "./errors.ts";
export {
  type DerivedFrom,
  derivedFrom,
  rfc8365RouteTarget,
} from "./evpn/auto-route-target.ts";
export {
  agreedAlgorithm,
  DF_ALGORITHM,
  DF_CAPABILITY,
  type DfCandidate,
  type DfResult,
  electDf,
} from "./evpn/df-election.ts";
export {
  DuplicateMacDetection,
  type DuplicateMacOptions,
  type MoveVerdict,
} from "./evpn/duplicate-mac.ts";
export {
  type EsiParts,
  esImportTarget,
  esiParts,
  makeEsi,
  parseEsi,
} from "./evpn/ethernet-segment-id.ts";
export {
  compareMacPlaces,
  type LocalMac,
  localMac,
  type MacPlace,
  type RemoteMac,
  remoteMac,
} from "./evpn/mac-mobility.ts";
export {
  type AttributeChange,
  changeAttributes,
  type RouteChange,
} from "./rib/attribute-change.ts";
export type { DecisionStepName } from "./rib/decision.ts";
export type { ImportTargets } from "./rib/import-targets.ts";
export type { LocalInstances } from "./rib/local-instances.ts";
export type { L3Vni, MacIpEntry, RibEthernetSegment, RibMacVrf } from "./rib/mac-vrf.ts";
export type {
  MacNextHop,
  MacVrfChange,
  MacVrfListener,
  NeighbourChange,
  RemoteMacChange,
} from "./rib/mac-vrf-change.ts";
export type {
  KeptPaths,
  MembershipCounts,
  PeerCounts,
  PeerId,
  RejectReason,
  RibPeer,
  StaleRoutes,
} from "./rib/peer.ts";
export { type PolicyVerdict, type RoutePolicy, type RouteRefusal, refuse } from "./rib/policy.ts";
export type { PolicyFailureListener } from "./rib/policy-judge.ts";
export type { PolicyRoute } from "./rib/policy-route.ts";
export type { ReceiveOutcome } from "./rib/receive.ts";
export { Rib } from "./rib/rib.ts";
export type { RibOptions } from "./rib/rib-options.ts";
export type { RibCounts, RibView } from "./rib/rib-view.ts";
export type { RouteFilter } from "./rib/route-filter.ts";
export type { PageRange, RoutePage } from "./rib/route-page.ts";
export {
  addressPattern,
  communityPattern,
  distinguisherPattern,
  macPattern,
  type PrefixPattern,
  prefixPattern,
  type RoutePattern,
  routeTargetPattern,
} from "./rib/route-pattern.ts";
export type { RouteTargetMembershipView } from "./rib/route-target-constraint.ts";
export type { EvpnRouteView } from "./rib/route-view.ts";
export type { SegmentRoutersListener } from "./rib/segment-routers.ts";
export type { SendUpdates } from "./rib/update-sender.ts";
export type {
  RibVrf,
  Type5Route,
  VrfNextHop,
  VrfRouteChange,
  VrfRoutesListener,
} from "./rib/vrf.ts";
export type { FsmState } from "./session/fsm.ts";
export type { RestartPhase } from "./session/graceful-restart.ts";
export type { LogFields, Logger } from "./session/logger.ts";
export type { MessageCounts } from "./session/message-counter.ts";
export type { PeerRestart } from "./session/negotiation.ts";
export type { NeighborOptions, RemoteAs } from "./session/neighbor-options.ts";
export type { NeighborRangeOptions } from "./session/neighbor-range.ts";
export type { TransportOptions } from "./session/peer-socket.ts";
export type { MaximumPrefixes } from "./session/prefix-limit.ts";
export type { Retention } from "./session/retention.ts";
export type { SessionEnd } from "./session/session-end.ts";
export { type ClearOptions, type ConvergedListener, Speaker } from "./speaker.ts";
export type { NeighborDetail, NeighborFault, NeighborReset } from "./speaker-neighbor.ts";
export type { ListenAddress, SpeakerOptions } from "./speaker-options.ts";
export type { BgpSummary, NeighborSummary } from "./speaker-summary.ts";
export type { AsPathSegment } from "./wire/attribute/as-path.ts";
export type {
  ArpNdFlags,
  DfElection,
  ExtendedCommunity,
} from "./wire/attribute/extended-community.ts";
export type { AttributeOf, PathAttribute } from "./wire/attribute/path-attribute.ts";
export type { Capability } from "./wire/capability.ts";
export { type CodecContext, DEFAULT_CONTEXT } from "./wire/codec-context.ts";
export { type EthernetSegmentId, ZERO_ESI } from "./wire/evpn/esi.ts";
export type { EvpnRoute } from "./wire/evpn/nlri.ts";
export { evpnKey, evpnNlriLength, MAX_EVPN_KEY_LENGTH } from "./wire/evpn/nlri-key.ts";
export type { Family, KnownFamily } from "./wire/family.ts";
export { frameLength } from "./wire/header.ts";
export { encodeKeepalive } from "./wire/keepalive.ts";
export { type DecodedMessage, decodeMessage, decodeStream } from "./wire/message.ts";
export type { Route } from "./wire/nlri.ts";
export {
  encodeNotification,
  type NotificationMessage,
  notificationFields,
  shutdownData,
} from "./wire/notification.ts";
export { encodeOpen, type OpenFields, type OpenMessage } from "./wire/open.ts";
export {
  encodeRouteRefresh,
  type RouteRefreshFields,
  type RouteRefreshMessage,
} from "./wire/route-refresh.ts";
export type { MembershipRoute } from "./wire/route-target-membership.ts";
export type { NotificationFields } from "./wire/session-reset.ts";
export { encodeUpdate } from "./wire/update-encode.ts";
export type {
  AnnouncedRoutes,
  DecodedUpdateError,
  UpdateFields,
  UpdateMessage,
  WithdrawnRoutes,
} from "./wire/update-message.ts";
export { scanUpdate, UpdateScan } from "./wire/update-scan.ts";
