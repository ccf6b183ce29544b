/** What an operator says of a neighbour: options, their defaults and their limits. */

import { type Asn, type IpAddress, ipFamily, isLinkLocal } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import type { RoutePolicy } from "../rib/policy.ts";
import { requireShutdownText } from "./administrative-end.ts";
import {
  type PeerSocketOptions,
  peerSocketOptions,
  sameSocketOptions,
  type TransportOptions,
} from "./peer-socket.ts";
import { type MaximumPrefixes, type PrefixLimit, prefixLimit } from "./prefix-limit.ts";
import type { Retention } from "./retention.ts";

/** The AS of a neighbour: a number, the speaker's own, or any other one (FRR: `remote-as internal | external`). */
export type RemoteAs = Asn | "internal" | "external";

/** A neighbour as it is configured. Times are in seconds. */
export interface NeighborOptions extends TransportOptions {
  /** IPv4 or IPv6; identifies the neighbour. */
  readonly address: IpAddress;
  /** TCP port to connect to; 179 when absent. */
  readonly port?: number;
  /** The neighbour's AS; equal to the own one, or "internal", for iBGP. */
  readonly asn: RemoteAs;
  /** Source of connections to it; when absent, the listen address of the same family, if it is a specific one. */
  readonly localAddress?: IpAddress;
  /** Never connect, wait for the neighbour to do it. */
  readonly passive?: boolean;
  /** This speaker reflects routes from and to it (RFC 4456). */
  readonly reflectorClient?: boolean;
  /** Hold time to offer: 0 (none) or 3 to 65535; 90 when absent (RFC 4271, section 10). */
  readonly holdTime?: number;
  /** Time between attempts to connect, 1 to 65535; 5 when absent: RFC 4271's 120 is from the days of dial-up. */
  readonly connectRetry?: number;
  /**
   * How long the neighbour may take no byte of what waits for it: longer than the hold time (RFC 9687); 480, or twice
   * the hold time, when absent. For ever when the hold time that was negotiated is 0.
   */
  readonly sendHoldTime?: number;
  /**
   * Which of its routes are kept for its restart time when it falls silent, if both announced that a NOTIFICATION is a
   * restart (RFC 8538): `all`; `reflected`, those that it has from others; `none`. `reflected` when absent: the host of
   * a VTEP that is silent is dead, and its routes lead nowhere, but a silent reflector says nothing of the VTEPs behind
   * it.
   */
  readonly onHoldExpiry?: Retention;
  /**
   * Long-lived graceful restart (RFC 9494): seconds for which stale routes are kept after the restart time, up to
   * 16777215. It is offered to the neighbour for the routes of this speaker; the neighbour's are kept as long as it
   * offers, but no longer than this. 0, also when absent: not at all. Needs a `restartTime` of the speaker.
   */
  readonly longLivedStaleTime?: number;
  /**
   * Tell the neighbour of long-lived stale routes although it has not announced that it knows them: with NO_EXPORT and
   * a LOCAL_PREF of 0 (RFC 9494 section 4.6). For iBGP, while some speakers of the AS lack the capability.
   */
  readonly longLivedPartialDeployment?: boolean;
  /** How many routes it may announce; any number when absent. */
  readonly maximumPrefixes?: MaximumPrefixes;
  /**
   * Keep the neighbour configured and its session down. What it is told is `message`, at most 255 octets of UTF-8
   * (RFC 9003), for the operator of the other end.
   */
  readonly shutdown?: true | { readonly message: string };
  /**
   * Offer to exchange route target memberships (RFC 4684), so that the neighbour is sent the routes that it wants and
   * no others; true when absent. A neighbour that does not offer it is sent all routes.
   */
  readonly routeTargetConstraint?: boolean;
  /** Free text, shown in the summary. */
  readonly description?: string;
  /**
   * Decides of each route that the neighbour announces; the speaker's when absent. A change of it ends no session: the
   * routes that were heard are looked at again.
   */
  readonly importPolicy?: RoutePolicy;
  /** Decides of each route that the neighbour is told, likewise. Neighbours with the same function share the work. */
  readonly exportPolicy?: RoutePolicy;
}

/** A neighbour with every option decided. */
export interface NeighborSettings {
  readonly address: IpAddress;
  readonly port: number;
  /** "external": any but the own one. */
  readonly asn: Asn | "external";
  readonly localAddress: IpAddress | undefined;
  readonly passive: boolean;
  readonly reflectorClient: boolean;
  readonly holdTime: number;
  readonly connectRetry: number;
  readonly sendHoldTime: number | undefined;
  readonly onHoldExpiry: Retention;
  readonly longLivedStaleTime: number;
  readonly longLivedPartialDeployment: boolean;
  readonly maximumPrefixes: PrefixLimit | undefined;
  /** The text for the neighbour, which may be empty; undefined: the session is wanted. */
  readonly shutdown: string | undefined;
  readonly routeTargetConstraint: boolean;
  readonly description: string;
  readonly socket: PeerSocketOptions;
  /** It has come out of a range, not out of the configuration. */
  readonly dynamic: boolean;
  readonly importPolicy: RoutePolicy | undefined;
  readonly exportPolicy: RoutePolicy | undefined;
}

const BGP_PORT = 179;
const DEFAULT_HOLD_TIME = 90;
const DEFAULT_CONNECT_RETRY = 5;
/** The field of the capability has 24 bits (RFC 9494 section 3). */
const MAX_STALE_TIME = 0xffffff;

/**
 * Fills in the defaults, among them `localAddress`; throws `SpeakerError` (`invalid-option`) for what BGP does not
 * allow. `localAsn` is that of the speaker.
 */
export function neighborSettings(
  options: NeighborOptions,
  localAsn: Asn,
  localAddress?: IpAddress,
): NeighborSettings {
  const asn = options.asn === "internal" ? localAsn : options.asn;
  const settings = {
    address: options.address,
    port: options.port ?? BGP_PORT,
    asn,
    localAddress: options.localAddress ?? localAddress,
    passive: options.passive ?? false,
    reflectorClient: options.reflectorClient ?? false,
    holdTime: options.holdTime ?? DEFAULT_HOLD_TIME,
    connectRetry: options.connectRetry ?? DEFAULT_CONNECT_RETRY,
    sendHoldTime: options.sendHoldTime,
    onHoldExpiry: options.onHoldExpiry ?? "reflected",
    longLivedStaleTime: options.longLivedStaleTime ?? 0,
    longLivedPartialDeployment: options.longLivedPartialDeployment ?? false,
    maximumPrefixes:
      options.maximumPrefixes && prefixLimit(options.address, options.maximumPrefixes),
    shutdown: shutdownText(options),
    routeTargetConstraint: options.routeTargetConstraint ?? true,
    description: options.description ?? "",
    socket: peerSocketOptions(`neighbour ${options.address}`, options, asn !== localAsn),
    dynamic: false,
    importPolicy: options.importPolicy,
    exportPolicy: options.exportPolicy,
  };
  requireRange(settings, "port", settings.port, 1, "1 to 65535");
  requireRange(settings, "connectRetry", settings.connectRetry, 1, "1 to 65535 seconds");
  if (settings.holdTime !== 0) {
    requireRange(
      settings,
      "holdTime",
      settings.holdTime,
      3,
      "0 (no hold timer) or 3 to 65535 seconds",
    );
  }
  if (settings.sendHoldTime !== undefined) {
    const lowest = settings.holdTime + 1;
    const allowed = `more than holdTime, ${lowest} to 65535 seconds`;
    requireRange(settings, "sendHoldTime", settings.sendHoldTime, lowest, allowed);
  }
  requireStaleTime(settings);
  requireSameFamily(settings);
  requireInterface(settings);
  return settings;
}

/**
 * True when a change from `a` to `b` needs a new session: anything but description, shutdown, maximum prefixes,
 * policies and what is kept on hold expiry.
 */
export function needsNewSession(a: NeighborSettings, b: NeighborSettings): boolean {
  return (
    a.port !== b.port ||
    a.asn !== b.asn ||
    a.localAddress !== b.localAddress ||
    a.passive !== b.passive ||
    a.reflectorClient !== b.reflectorClient ||
    a.holdTime !== b.holdTime ||
    a.connectRetry !== b.connectRetry ||
    a.sendHoldTime !== b.sendHoldTime ||
    a.routeTargetConstraint !== b.routeTargetConstraint ||
    a.longLivedStaleTime !== b.longLivedStaleTime ||
    a.longLivedPartialDeployment !== b.longLivedPartialDeployment ||
    a.dynamic !== b.dynamic ||
    !sameSocketOptions(a.socket, b.socket)
  );
}

function shutdownText({ address, shutdown }: NeighborOptions): string | undefined {
  if (shutdown === undefined) return undefined;
  const text = shutdown === true ? "" : shutdown.message;
  requireShutdownText(`neighbour ${address}: shutdown.message`, text);
  return text;
}

function requireRange(
  settings: NeighborSettings,
  option: string,
  value: number,
  lowest: number,
  allowed: string,
): void {
  if (Number.isInteger(value) && value >= lowest && value <= 65_535) return;
  throw new SpeakerError(
    "invalid-option",
    `neighbour ${settings.address}: ${option} is ${value}; it must be ${allowed}`,
  );
}

function requireStaleTime({ address, longLivedStaleTime: value }: NeighborSettings): void {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_STALE_TIME) return;
  throw new SpeakerError(
    "invalid-option",
    `neighbour ${address}: longLivedStaleTime is ${value}; it must be 0 to ${MAX_STALE_TIME} seconds`,
  );
}

function requireSameFamily({ address, localAddress }: NeighborSettings): void {
  if (localAddress === undefined || ipFamily(localAddress) === ipFamily(address)) return;
  throw new SpeakerError(
    "invalid-option",
    `neighbour ${address}: localAddress ${localAddress} is not of the same IP version`,
  );
}

/** Every link has the same link-local addresses (RFC 4007). */
function requireInterface({ address, socket }: NeighborSettings): void {
  if (ipFamily(address) === 4 || !isLinkLocal(address) || socket.device !== undefined) return;
  throw new SpeakerError(
    "invalid-option",
    `neighbour ${address}: a link-local address needs sourceInterface, the interface to the neighbour`,
  );
}
