/**
 * Maximum prefixes: how many routes a neighbour may announce, and what happens when it announces more.
 *
 * Counted are the paths of the neighbour in the table: routes that were refused are not, nor are stale ones that it has
 * not announced again since its restart or refresh began, or a neighbour that comes back with other routes would be
 * shut down for the sum of both. With them it may have twice the limit, and one UPDATE: more than what is due to one
 * restart is due to many of them, each with other routes.
 *
 *   below --count >= warning--> near --count > limit--> over
 *     ^                          |                        |
 *     +-------- count < warning -+------------------------+
 *
 * Each way up is told once; what flaps around a mark is not told again before it was below the warning.
 *
 * RFC 4271 sections 6.7 and 8.2.2 (event 8), RFC 4486 section 4 (data of the NOTIFICATION).
 */

import type { IpAddress } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { CEASE, ERROR } from "../wire/error-code.ts";
import { AFI_L2VPN, SAFI_EVPN } from "../wire/family.ts";
import { type SessionReset, sessionReset } from "../wire/session-reset.ts";

/** The limit as an operator writes it; FRR's `maximum-prefix LIMIT [PERCENT] [warning-only] [restart MINUTES]`. */
export interface MaximumPrefixes {
  /** The most routes, 1 to 4294967295. */
  readonly limit: number;
  /** At this share of the limit a warning is logged: 1 to 100; 75 when absent. */
  readonly warningPercent?: number;
  /**
   * `shutdown`: the session ends with Cease/Maximum Number of Prefixes Reached, its routes go, and it stays down until
   * `restartSeconds` have passed or `Speaker.clear`. `warn`: only the log says so.
   */
  readonly action: "shutdown" | "warn";
  /** 1 to 65535; absent: until an operator clears the neighbour. For `shutdown` only. */
  readonly restartSeconds?: number;
}

/** The limit with its defaults. */
export interface PrefixLimit {
  readonly limit: number;
  /** The count from which on a warning is due. */
  readonly warningAt: number;
  readonly action: "shutdown" | "warn";
  readonly restartSeconds: number | undefined;
}

const DEFAULT_WARNING_PERCENT = 75;

/** Checks an operator's limit; throws `SpeakerError` (`invalid-option`). */
export function prefixLimit(neighbor: IpAddress, options: MaximumPrefixes): PrefixLimit {
  const { limit, warningPercent = DEFAULT_WARNING_PERCENT, action, restartSeconds } = options;
  const check = (option: string, value: number, highest: number): void => {
    if (Number.isInteger(value) && value >= 1 && value <= highest) return;
    throw new SpeakerError(
      "invalid-option",
      `neighbour ${neighbor}: maximumPrefixes.${option} is ${value}; it must be 1 to ${highest}`,
    );
  };
  check("limit", limit, 0xffffffff);
  check("warningPercent", warningPercent, 100);
  if (restartSeconds !== undefined) {
    check("restartSeconds", restartSeconds, 0xffff);
    if (action === "warn") {
      throw new SpeakerError(
        "invalid-option",
        `neighbour ${neighbor}: maximumPrefixes.restartSeconds needs the action "shutdown"`,
      );
    }
  }
  const warningAt = Math.ceil((limit * warningPercent) / 100);
  return { limit, warningAt, action, restartSeconds };
}

/** True when both are the same limit, or none. */
export function samePrefixLimit(a: PrefixLimit | undefined, b: PrefixLimit | undefined): boolean {
  return (
    a?.limit === b?.limit &&
    a?.warningAt === b?.warningAt &&
    a?.action === b?.action &&
    a?.restartSeconds === b?.restartSeconds
  );
}

/** Notices when a count reaches the warning or exceeds the limit. */
export class PrefixWatch {
  #told: "below" | "near" | "over" = "below";

  /**
   * What the count has reached and had not before; undefined when that is nothing new. `fresh` counts the paths without
   * stale ones, `all` with them: what is being refreshed is not below a mark because it is not told again yet.
   */
  check(
    fresh: number,
    all: number,
    { limit, warningAt }: PrefixLimit,
  ): "near" | "over" | undefined {
    const isOver = fresh > limit || all > 2 * limit;
    if (fresh < warningAt && !isOver) {
      if (all < warningAt) this.#told = "below";
      return undefined;
    }
    const reached = isOver ? "over" : "near";
    if (this.#told === "over" || reached === this.#told) return undefined;
    this.#told = reached;
    return reached;
  }

  /** A new session: everything is told again. */
  reset(): void {
    this.#told = "below";
  }
}

/** Cease/Maximum Number of Prefixes Reached; its data are AFI, SAFI and the limit. */
export function maximumPrefixesReached({ limit }: PrefixLimit): SessionReset {
  const data = new ByteWriter().u16(AFI_L2VPN).u8(SAFI_EVPN).u32(limit).finish();
  const reason = `more than ${limit} routes`;
  return sessionReset(ERROR.CEASE, CEASE.MAXIMUM_PREFIXES_REACHED, reason, data);
}
