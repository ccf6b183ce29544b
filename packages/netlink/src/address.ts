/**
 * Addresses of devices: requests, decoding (RTM_NEWADDR, RTM_DELADDR; linux/if_addr.h).
 *
 * Does not: lifetimes, labels, broadcast addresses, peers.
 */
import { type IpAddress, ipFamily } from "@selvedge/net";
import type { MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  addressFamily,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from "./wire/protocol.ts";

/** Octets of struct ifaddrmsg. */
const HEADER_LENGTH = 8;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;

const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_PERMANENT = 0x80;

const SCOPES = { universe: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

/** Where an address is valid (RT_SCOPE_*). */
export type Scope = "universe" | "site" | "link" | "host" | "nowhere";

/**
 * Adds an address to a device or leaves it as it is; deletes it.
 *
 * Equivalent to: `ip address replace ADDRESS/LENGTH dev LINK [nodad] [scope SCOPE] [proto N]`, `ip address del ...`
 */
export interface AddressRequest {
  readonly kind: "address.replace" | "address.delete";
  /** Interface index. */
  readonly link: number;
  readonly address: IpAddress;
  /** Prefix length in bits. */
  readonly length: number;
  /** Skips IPv6 duplicate address detection (IFA_F_NODAD). */
  readonly noDad?: boolean;
  /** IPv4 only; the kernel derives it for IPv6. Default "universe". */
  readonly scope?: Scope;
  /** Who has made it, like `protocol` of routes; an address that is there keeps its own. Linux before 5.18 forgets it. */
  readonly protocol?: number;
}

/** An address of a device. */
export interface Address {
  /** Interface index. */
  readonly link: number;
  readonly address: IpAddress;
  /** Prefix length in bits. */
  readonly length: number;
  readonly scope: Scope;
  /** Added by an operator or an agent, not learned (IFA_F_PERMANENT). */
  readonly permanent: boolean;
  /** Duplicate address detection has not finished: not usable yet. */
  readonly tentative: boolean;
  /** Duplicate address detection found another owner: not usable. */
  readonly dadFailed: boolean;
  /** 0 when none was given; the kernel's own have 1 to 3 (IFAPROT_*). */
  readonly protocol: number;
}

/** Writes the message of a request. */
export function encodeAddressRequest(writer: MessageWriter, request: AddressRequest): void {
  if (request.kind === "address.replace") {
    writer.begin(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
  } else {
    writer.begin(RTM_DELADDR, NLM_F_REQUEST);
  }
  writer.u8(addressFamily(ipFamily(request.address)));
  writer.u8(request.length);
  writer.u8(request.noDad === true ? IFA_F_NODAD : 0);
  writer.u8(SCOPES[request.scope ?? "universe"]);
  writer.u32(request.link);
  writer.attributeIp(IFA_LOCAL, request.address);
  writer.attributeIp(IFA_ADDRESS, request.address);
  if (request.protocol !== undefined) {
    writer.attributeU8(IFA_PROTO, request.protocol);
  }
  writer.end();
}

/** Writes a request for all addresses. */
export function encodeAddressDump(writer: MessageWriter, flags: number): void {
  writer.begin(RTM_GETADDR, flags);
  writer.u32(0);
  writer.u32(0);
  writer.end();
}

/** Reads RTM_NEWADDR or RTM_DELADDR. */
export function decodeAddress(message: MessageReader): Address | undefined {
  const length = message.u8(1);
  let flags = message.u8(2);
  const scope = message.u8(3);
  const link = message.u32(4);
  let address: IpAddress | undefined;
  let local: IpAddress | undefined;
  let protocol = 0;
  const attribute = message.attributes(HEADER_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case IFA_ADDRESS:
        address = attribute.ip();
        break;
      case IFA_LOCAL:
        local = attribute.ip();
        break;
      case IFA_FLAGS:
        flags = attribute.u32();
        break;
      case IFA_PROTO:
        protocol = attribute.u8();
        break;
    }
  }
  // Between two ends of a point-to-point link, IFA_ADDRESS is the far one.
  address = local ?? address;
  if (address === undefined) {
    return undefined;
  }
  return {
    link,
    address,
    length,
    scope: scopeOf(scope),
    permanent: (flags & IFA_F_PERMANENT) !== 0,
    tentative: (flags & IFA_F_TENTATIVE) !== 0,
    dadFailed: (flags & IFA_F_DADFAILED) !== 0,
    protocol,
  };
}

function scopeOf(number: number): Scope {
  switch (number) {
    case SCOPES.site:
      return "site";
    case SCOPES.link:
      return "link";
    case SCOPES.host:
      return "host";
    case SCOPES.nowhere:
      return "nowhere";
    default:
      return "universe";
  }
}
