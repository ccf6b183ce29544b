/**
 * What an operator's words for a neighbour's transport mean for a socket. Pure.
 *
 * RFC 2385 (TCP-MD5), RFC 5082 (GTSM), RFC 4271 section 5.1.3 (an eBGP peer is one hop away).
 */

import { SpeakerError } from "../errors.ts";

/** What must hold for every connection with a peer. What is undefined is left to the kernel. */
export interface PeerSocketOptions {
  /** TCP-MD5 key. Not for logs, errors or summaries. */
  readonly password: string | undefined;
  /** TTL, or hop limit, of what is sent. */
  readonly ttl: number | undefined;
  /** What arrives with a lower TTL, or hop limit, is dropped. */
  readonly minimumTtl: number | undefined;
  /** The interface over which alone the peer is spoken to. */
  readonly device: string | undefined;
}

/** Nothing is asked for: a socket as Node makes it. */
export const PLAIN_SOCKET: PeerSocketOptions = {
  password: undefined,
  ttl: undefined,
  minimumTtl: undefined,
  device: undefined,
};

/** The options of a neighbour, or of a range, that concern its sockets. */
export interface TransportOptions {
  /**
   * TCP-MD5 (RFC 2385): 1 to 80 octets that both sides must have. Without the right one the kernel drops every segment,
   * and neither side is told why; the session stays in Connect or Active.
   */
  readonly password?: string | undefined;
  /**
   * GTSM (RFC 5082): the neighbour is at most so many hops away (1: on the link), 1 to 254. It must send with a TTL of
   * 255, as its own GTSM does. Not together with `ebgpMultihop`.
   */
  readonly ttlSecurity?: number | undefined;
  /** TTL towards a neighbour of another AS, 1 to 255; 1 when absent: it is on the link. */
  readonly ebgpMultihop?: number | undefined;
  /** Interface to speak over; an IPv6 link-local neighbour needs it. */
  readonly sourceInterface?: string | undefined;
}

const MAX_PASSWORD_OCTETS = 80;
const MAX_TTL = 255;
/** IFNAMSIZ of linux/if.h without the final zero. */
const MAX_INTERFACE_NAME = 15;

/** Throws `SpeakerError` (`invalid-option`); `who` is whose options they are, for the message. */
export function peerSocketOptions(
  who: string,
  options: TransportOptions,
  isExternal: boolean,
): PeerSocketOptions {
  const { password, ttlSecurity, ebgpMultihop, sourceInterface } = options;
  const refuse = (what: string): never => {
    throw new SpeakerError("invalid-option", `${who}: ${what}`);
  };
  if (password !== undefined) {
    const octets = new TextEncoder().encode(password).length;
    if (octets < 1 || octets > MAX_PASSWORD_OCTETS) {
      refuse(`password has ${octets} octets; it must have 1 to ${MAX_PASSWORD_OCTETS}`);
    }
  }
  if (ttlSecurity !== undefined && !isWithin(ttlSecurity, MAX_TTL - 1)) {
    refuse(`ttlSecurity is ${ttlSecurity}; it must be 1 to ${MAX_TTL - 1} hops`);
  }
  if (ebgpMultihop !== undefined) {
    if (!isWithin(ebgpMultihop, MAX_TTL)) {
      refuse(`ebgpMultihop is ${ebgpMultihop}; it must be 1 to ${MAX_TTL} hops`);
    }
    if (!isExternal) refuse("ebgpMultihop is for neighbours of another AS; leave it out");
    if (ttlSecurity !== undefined) {
      refuse("ttlSecurity and ebgpMultihop exclude each other; ttlSecurity says the hops, too");
    }
  }
  if (sourceInterface !== undefined && !isInterfaceName(sourceInterface)) {
    refuse(`sourceInterface is "${sourceInterface}"; that is no name of an interface`);
  }
  return {
    password,
    ttl: ttlSecurity !== undefined ? MAX_TTL : isExternal ? (ebgpMultihop ?? 1) : undefined,
    minimumTtl: ttlSecurity === undefined ? undefined : MAX_TTL + 1 - ttlSecurity,
    device: sourceInterface,
  };
}

/** True when a connection made with `a` serves for `b`. */
export function sameSocketOptions(a: PeerSocketOptions, b: PeerSocketOptions): boolean {
  return (
    a.password === b.password &&
    a.ttl === b.ttl &&
    a.minimumTtl === b.minimumTtl &&
    a.device === b.device
  );
}

/** True when nothing is asked for that Node's own sockets lack. */
export function isPlainSocket(options: PeerSocketOptions): boolean {
  const { password, ttl, minimumTtl, device } = options;
  return [password, ttl, minimumTtl, device].every((option) => option === undefined);
}

function isWithin(value: number, highest: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= highest;
}

/** dev_valid_name of the kernel. */
function isInterfaceName(name: string): boolean {
  const length = new TextEncoder().encode(name).length;
  return (
    length >= 1 && length <= MAX_INTERFACE_NAME && !/[/:\s\0]/.test(name) && !/^\.{1,2}$/.test(name)
  );
}
