/** What an operator says of a BMP collector: options, their defaults and their limits. */

import type { IpAddress } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";

/** A collector to connect to. Times are in seconds. */
export interface CollectorOptions {
  readonly address: IpAddress;
  /** There is no well-known port; collectors choose their own. */
  readonly port: number;
  /** Wait after the first failure, doubled with each one up to `maxRetry`; 30 when absent (RFC 7854 section 3.2). */
  readonly initialRetry?: number;
  /** 720 when absent. */
  readonly maxRetry?: number;
  /** Time between reports of figures about each peer; 0: none; 60 when absent. */
  readonly statisticsInterval?: number;
  /** Octets that may wait for the collector before its connection is given up; 16 MiB when absent. */
  readonly queueLimit?: number;
}

/** A collector with every option decided. */
export type CollectorSettings = Required<CollectorOptions>;

const DEFAULTS = {
  initialRetry: 30,
  maxRetry: 720,
  statisticsInterval: 60,
  queueLimit: 16 * 1024 * 1024,
} as const;
/** Enough for a part of the table and the messages of some peers that come up. */
const MIN_QUEUE_LIMIT = 1024 * 1024;
const MAX_SECONDS = 86_400;

/** Fills in the defaults; throws `SpeakerError` (`invalid-option`). */
export function collectorSettings(collectors: readonly CollectorOptions[]): CollectorSettings[] {
  const known = new Set<string>();
  return collectors.map((options) => {
    const settings = { ...DEFAULTS, ...options };
    const name = `collector ${settings.address} port ${settings.port}`;
    if (known.has(name)) throw invalid(name, "it is given twice");
    known.add(name);
    requireRange(name, "port", settings.port, 1, 65_535);
    requireRange(name, "initialRetry", settings.initialRetry, 1, MAX_SECONDS);
    requireRange(name, "maxRetry", settings.maxRetry, settings.initialRetry, MAX_SECONDS);
    requireRange(name, "statisticsInterval", settings.statisticsInterval, 0, MAX_SECONDS);
    const { MAX_SAFE_INTEGER } = Number;
    requireRange(name, "queueLimit", settings.queueLimit, MIN_QUEUE_LIMIT, MAX_SAFE_INTEGER);
    return settings;
  });
}

function requireRange(name: string, option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(name, `${option} is ${value}; it must be ${min} to ${max}`);
}

function invalid(name: string, reason: string): SpeakerError {
  return new SpeakerError("invalid-option", `${name}: ${reason}`);
}
