/**
 * Finds out how large the packets are that a path carries. Knows nothing of sockets and time.
 */
import type { IpAddress, IpFamily } from "@selvedge/net";

/** What became of one request of a size. */
export type ExchangeOutcome =
  | { readonly kind: "answered" }
  /** Not in time: lost, or too big for a path that does not say so. */
  | { readonly kind: "silent" }
  /** Somebody on the way, or this host itself, said that it is too big. */
  | {
      readonly kind: "too big";
      /** Who; undefined for this host. */
      readonly from: IpAddress | undefined;
      /** What fits there, in octets; 0 if that was not said. */
      readonly mtu: number;
    };

/** Sends one request of so many octets and waits for what becomes of it. */
export type Exchange = (octets: number) => Promise<ExchangeOutcome>;

/** What is known of a path. Sizes are in octets, IP header included. */
export type PathState =
  /** Packets of the required size get through. */
  | { readonly kind: "carries"; readonly octets: number }
  /** Only smaller ones do. */
  | {
      readonly kind: "too small";
      readonly octets: number;
      readonly required: number;
      /** Who said so; undefined when nobody did, or this host itself. */
      readonly reportedBy: IpAddress | undefined;
    }
  /** Nothing comes back, of no size: the other end may be away, or may not answer echo requests. */
  | { readonly kind: "silent" };

/**
 * Every path carries so much: over IPv4 what every host must be able to receive (RFC 791, section 3.2), over IPv6 what every
 * link must (RFC 8200, section 5).
 */
export const LEAST_PATH_MTU: Readonly<Record<IpFamily, number>> = { 4: 576, 6: 1280 };

/** A request may be lost so often, one after the other, before its size counts as too big. */
const ATTEMPTS = 3;

/**
 * Measures a path that carries `least` octets if it carries anything. `required` octets are tried first; most paths are done
 * with that one exchange.
 */
export async function measurePath(
  exchange: Exchange,
  required: number,
  least: number,
): Promise<PathState> {
  const whole = await attempt(exchange, required);
  if (whole.kind === "answered") {
    return { kind: "carries", octets: required };
  }
  if (required <= least || (await attempt(exchange, least)).kind !== "answered") {
    return { kind: "silent" };
  }
  let [fits, tooBig] = [least, required];
  let reported = whole.kind === "too big" ? whole : undefined;
  while (tooBig - fits > 1) {
    const octets = nextSize(fits, tooBig, reported?.mtu ?? 0);
    const outcome = await attempt(exchange, octets);
    if (outcome.kind === "answered") {
      fits = octets;
    } else {
      tooBig = octets;
      reported = outcome.kind === "too big" ? outcome : reported;
    }
  }
  return { kind: "too small", octets: fits, required, reportedBy: reported?.from };
}

/** What a router has said is tried as it is, and then just one octet more; else half of what is left. */
function nextSize(fits: number, tooBig: number, hint: number): number {
  if (hint > fits && hint < tooBig) {
    return hint;
  }
  return hint === fits ? fits + 1 : (fits + tooBig) >> 1;
}

/** Tries until something is heard. */
async function attempt(exchange: Exchange, octets: number): Promise<ExchangeOutcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await exchange(octets);
    if (outcome.kind !== "silent" || tries === ATTEMPTS) {
      return outcome;
    }
  }
}
