/** What a speaker is constructed with, the defaults and the limits. */

import { type Asn, type IpAddress, ipFamily, isLinkLocal, isUnspecified } from "@selvedge/net";
import {
  type CollectorOptions,
  type CollectorSettings,
  collectorSettings,
} from "./bmp/collector-options.ts";
import { SpeakerError } from "./errors.ts";
import type { RoutePolicy } from "./rib/policy.ts";
import type { Transport } from "./session/connection.ts";
import { type Logger, silentLogger } from "./session/logger.ts";
import { tcpTransport } from "./session/tcp-transport.ts";
import { type Clock, systemClock } from "./session/timers.ts";
import type { PolicyDefaults } from "./speaker-policies.ts";

/** Where a speaker listens. */
export interface ListenAddress {
  /** An address of this machine; 0.0.0.0 or :: for all of its family. */
  readonly address: IpAddress;
  /** 179 when absent; 0 takes a free one. */
  readonly port?: number;
}

/** Options of a speaker. Times are in seconds. */
export interface SpeakerOptions {
  readonly asn: Asn;
  /** BGP identifier: an IPv4 address, unique in the AS. */
  readonly routerId: IpAddress;
  /** Cluster identifier of a reflector; `routerId` when absent. Reflectors of one cluster may share it. */
  readonly clusterId?: IpAddress;
  /** None: the speaker only connects. */
  readonly listen: readonly ListenAddress[];
  /**
   * Network namespace in which it listens and connects: a name in /run/netns, or a path. That of the process when
   * absent. IPv6 link-local neighbours cannot be connected to in another one; they can connect.
   */
  readonly networkNamespace?: string;
  /** How long peers keep the routes of this speaker when its process ends; 0: not at all; 120 when absent. */
  readonly restartTime?: number;
  /**
   * This process continues the work of one that ended, and the kernel has forwarded meanwhile (F bit). No route is selected,
   * announced or handed to a VRF before all neighbours have told theirs, or `deferralTime` is over.
   */
  readonly restarting?: boolean;
  /** How long to wait for the End-of-RIB of the neighbours that are known at the start; 20 when absent. */
  readonly deferralTime?: number;
  /** BMP collectors (RFC 7854) that are told of every session and every route that comes; none when absent. */
  readonly monitoring?: readonly CollectorOptions[];
  /** What the speaker is called to BMP collectors; `routerId` when absent. */
  readonly systemName?: string;
  /** Decides of routes from neighbours that have no import policy of their own; all are taken when absent. */
  readonly importPolicy?: RoutePolicy;
  /** Decides of routes to neighbours that have no export policy of their own; all are told when absent. */
  readonly exportPolicy?: RoutePolicy;
  /**
   * Without a policy nothing is taken from an external neighbour, and nothing told (RFC 8212); true when absent. False
   * is for fabrics that speak eBGP inside of one administration.
   */
  readonly ebgpRequiresPolicy?: boolean;
  readonly log?: Logger;
  /** For tests: milliseconds since 1970, for BMP. */
  readonly wallClock?: () => number;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests: a number in [0, 1). */
  readonly random?: () => number;
  /** For tests. */
  readonly transport?: Transport;
}

/** Options with every default filled in. */
export interface SpeakerSettings {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  readonly clusterId: IpAddress;
  readonly listen: readonly { readonly address: IpAddress; readonly port: number }[];
  readonly restartTime: number;
  readonly restarting: boolean;
  readonly deferralTime: number;
  readonly monitoring: readonly CollectorSettings[];
  readonly systemName: string;
  readonly wallClock: () => number;
  readonly policies: PolicyDefaults;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly transport: Transport;
}

const BGP_PORT = 179;
const DEFAULT_RESTART_TIME = 120;
/** The field of the capability has 12 bits (RFC 4724 section 3). */
const MAX_RESTART_TIME = 4095;
/** Long enough for peers that try to connect every five seconds. */
const DEFAULT_DEFERRAL_TIME = 20;

/** Fills in the defaults; throws `SpeakerError` (`invalid-option`). */
export function speakerSettings(options: SpeakerOptions): SpeakerSettings {
  const { asn, routerId, clusterId = routerId } = options;
  requireIdentifier("routerId", routerId);
  requireIdentifier("clusterId", clusterId);
  const restartTime = options.restartTime ?? DEFAULT_RESTART_TIME;
  if (!Number.isInteger(restartTime) || restartTime < 0 || restartTime > MAX_RESTART_TIME) {
    throw new SpeakerError(
      "invalid-option",
      `restartTime is ${restartTime}; it must be 0 to ${MAX_RESTART_TIME} seconds`,
    );
  }
  return {
    asn,
    routerId,
    clusterId,
    listen: options.listen.map(({ address, port = BGP_PORT }) => ({ address, port })),
    restartTime,
    restarting: options.restarting ?? false,
    deferralTime: options.deferralTime ?? DEFAULT_DEFERRAL_TIME,
    monitoring: collectorSettings(options.monitoring ?? []),
    systemName: options.systemName ?? routerId,
    wallClock: options.wallClock ?? Date.now,
    policies: {
      importPolicy: options.importPolicy,
      exportPolicy: options.exportPolicy,
      ebgpRequiresPolicy: options.ebgpRequiresPolicy ?? true,
    },
    log: options.log ?? silentLogger,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    transport: options.transport ?? tcpTransport(options.networkNamespace),
  };
}

/**
 * The source address for connections to `neighbor` when none is configured: the listen address of its family, because
 * the neighbour knows this speaker by it. Undefined when the kernel may choose, which knows the link-local ones.
 */
export function defaultLocalAddress(
  settings: SpeakerSettings,
  neighbor: IpAddress,
): IpAddress | undefined {
  if (ipFamily(neighbor) === 6 && isLinkLocal(neighbor)) return undefined;
  return settings.listen.find(
    ({ address }) => ipFamily(address) === ipFamily(neighbor) && !isUnspecified(address),
  )?.address;
}

function requireIdentifier(option: string, value: IpAddress): void {
  if (ipFamily(value) === 4 && !isUnspecified(value)) return;
  throw new SpeakerError(
    "invalid-option",
    `${option} is ${value}; it must be an IPv4 address other than 0.0.0.0`,
  );
}
