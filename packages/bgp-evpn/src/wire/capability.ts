/**
 * BGP capabilities, the values that two speakers compare to agree on a session (RFC 5492).
 *
 *   code (1) | length (1) | value
 *
 * A capability with an unknown code, or with a value that its code cannot have, is kept as hex and so takes no
 * part in the agreement. Reserved bits are ignored.
 *
 * RFC 2918, 4724, 4760, 6793, 7313, 7911, 8538, 8654, 8950, 9494, draft-walton-bgp-hostname-capability.
 */
import { type Asn, asnFromBytes, isAsn } from "@selvedge/net";
import { ByteWriter } from "./byte-writer.ts";
import { type Family, familyCodes, familyFromCodes } from "./family.ts";
import { bytesFromHex, hex } from "./hex.ts";
import { readU8, readU16, readU24, readU32 } from "./octets.ts";

/** Capability codes (IANA "Capability Codes"). */
export const CAPABILITY = {
  MULTIPROTOCOL: 1,
  ROUTE_REFRESH: 2,
  EXTENDED_NEXT_HOP: 5,
  EXTENDED_MESSAGE: 6,
  GRACEFUL_RESTART: 64,
  FOUR_OCTET_AS: 65,
  ADD_PATH: 69,
  ENHANCED_ROUTE_REFRESH: 70,
  LONG_LIVED_GRACEFUL_RESTART: 71,
  FQDN: 73,
  CISCO_ROUTE_REFRESH: 128,
} as const;

/** A family of a graceful restart capability. */
export interface GracefulRestartFamily {
  readonly family: Family;
  /** The speaker has kept its forwarding state for the family over its restart (F bit). */
  readonly forwardingPreserved: boolean;
}

/** A family of a long-lived graceful restart capability. */
export interface LongLivedFamily extends GracefulRestartFamily {
  /** Seconds for which stale routes may be kept, up to 2^24 - 1. */
  readonly staleTime: number;
}

/** A family of an add-path capability. */
export interface AddPathFamily {
  readonly family: Family;
  /** What the speaker is able to do itself. */
  readonly mode: "receive" | "send" | "send-receive";
}

/** An entry of an extended next hop capability: NLRI of `family` may have a next hop of `nextHop`. */
export interface ExtendedNextHopEntry {
  readonly family: Family;
  readonly nextHop: "ipv4" | "ipv6";
}

/** One capability of an OPEN. */
export type Capability =
  | { readonly kind: "multiprotocol"; readonly family: Family }
  | { readonly kind: "route-refresh" }
  /** Code 128, from before RFC 2918; still sent beside the standard one. */
  | { readonly kind: "route-refresh-cisco" }
  | { readonly kind: "extended-next-hop"; readonly entries: readonly ExtendedNextHopEntry[] }
  | { readonly kind: "extended-message" }
  | {
      readonly kind: "graceful-restart";
      /** The speaker has just restarted (R bit). */
      readonly restarted: boolean;
      /** A NOTIFICATION other than a hard reset is a restart too (N bit, RFC 8538). */
      readonly notification: boolean;
      /** Seconds until the speaker will be back, up to 4095. */
      readonly restartTime: number;
      readonly families: readonly GracefulRestartFamily[];
    }
  | { readonly kind: "four-octet-as"; readonly asn: Asn }
  | { readonly kind: "add-path"; readonly families: readonly AddPathFamily[] }
  | { readonly kind: "enhanced-route-refresh" }
  | {
      readonly kind: "long-lived-graceful-restart";
      readonly families: readonly LongLivedFamily[];
    }
  | { readonly kind: "fqdn"; readonly hostname: string; readonly domain: string }
  | { readonly kind: "unknown"; readonly code: number; readonly value: string };

const FORWARDING_PRESERVED = 0x80;
const RESTARTED = 0x8000;
const NOTIFICATION = 0x4000;
const RESTART_TIME = 0x0fff;
const ADD_PATH_MODES = ["receive", "send", "send-receive"] as const;

/** Decodes one capability from its code and value. */
export function decodeCapability(code: number, value: Uint8Array): Capability {
  return decodeKnown(code, value) ?? { kind: "unknown", code, value: hex(value) };
}

function decodeKnown(code: number, value: Uint8Array): Capability | undefined {
  switch (code) {
    case CAPABILITY.MULTIPROTOCOL:
      return value.length === 4
        ? { kind: "multiprotocol", family: familyFromCodes(readU16(value, 0), readU8(value, 3)) }
        : undefined;
    case CAPABILITY.ROUTE_REFRESH:
      return value.length === 0 ? { kind: "route-refresh" } : undefined;
    case CAPABILITY.CISCO_ROUTE_REFRESH:
      return value.length === 0 ? { kind: "route-refresh-cisco" } : undefined;
    case CAPABILITY.EXTENDED_MESSAGE:
      return value.length === 0 ? { kind: "extended-message" } : undefined;
    case CAPABILITY.ENHANCED_ROUTE_REFRESH:
      return value.length === 0 ? { kind: "enhanced-route-refresh" } : undefined;
    case CAPABILITY.FOUR_OCTET_AS:
      return value.length === 4 && isAsn(readU32(value, 0))
        ? { kind: "four-octet-as", asn: asnFromBytes(value) }
        : undefined;
    case CAPABILITY.EXTENDED_NEXT_HOP:
      return decodeExtendedNextHop(value);
    case CAPABILITY.GRACEFUL_RESTART:
      return decodeGracefulRestart(value);
    case CAPABILITY.LONG_LIVED_GRACEFUL_RESTART:
      return decodeLongLived(value);
    case CAPABILITY.ADD_PATH:
      return decodeAddPath(value);
    case CAPABILITY.FQDN:
      return decodeFqdn(value);
    default:
      return undefined;
  }
}

/** The offsets of entries of `size` octets from `start`, or undefined when the value does not end with one. */
function entryOffsets(value: Uint8Array, start: number, size: number): number[] | undefined {
  const octets = value.length - start;
  if (octets < 0 || octets % size !== 0) return undefined;
  return Array.from({ length: octets / size }, (_, index) => start + index * size);
}

function familyAt(value: Uint8Array, at: number): Family {
  return familyFromCodes(readU16(value, at), readU8(value, at + 2));
}

function decodeExtendedNextHop(value: Uint8Array): Capability | undefined {
  const offsets = entryOffsets(value, 0, 6);
  if (offsets === undefined || offsets.some((at) => nextHopAt(value, at) === undefined)) {
    return undefined;
  }
  const entries = offsets.map((at) => ({
    family: familyFromCodes(readU16(value, at), readU16(value, at + 2)),
    nextHop: nextHopAt(value, at) ?? "ipv6",
  }));
  return { kind: "extended-next-hop", entries };
}

function nextHopAt(value: Uint8Array, at: number): "ipv4" | "ipv6" | undefined {
  const afi = readU16(value, at + 4);
  if (afi === 2) return "ipv6";
  return afi === 1 ? "ipv4" : undefined;
}

function decodeGracefulRestart(value: Uint8Array): Capability | undefined {
  const offsets = entryOffsets(value, 2, 4);
  if (offsets === undefined) return undefined;
  const head = readU16(value, 0);
  return {
    kind: "graceful-restart",
    restarted: (head & RESTARTED) !== 0,
    notification: (head & NOTIFICATION) !== 0,
    restartTime: head & RESTART_TIME,
    families: offsets.map((at) => ({
      family: familyAt(value, at),
      forwardingPreserved: (readU8(value, at + 3) & FORWARDING_PRESERVED) !== 0,
    })),
  };
}

function decodeLongLived(value: Uint8Array): Capability | undefined {
  const families = entryOffsets(value, 0, 7)?.map((at) => ({
    family: familyAt(value, at),
    forwardingPreserved: (readU8(value, at + 3) & FORWARDING_PRESERVED) !== 0,
    staleTime: readU24(value, at + 4),
  }));
  return families === undefined ? undefined : { kind: "long-lived-graceful-restart", families };
}

function decodeAddPath(value: Uint8Array): Capability | undefined {
  const families: AddPathFamily[] = [];
  for (const at of entryOffsets(value, 0, 4) ?? [value.length]) {
    // RFC 7911 section 4: with any other value the capability is ignored; past the end it reads as 0.
    const mode = ADD_PATH_MODES[readU8(value, at + 3) - 1];
    if (mode === undefined) return undefined;
    families.push({ family: familyAt(value, at), mode });
  }
  return { kind: "add-path", families };
}

function decodeFqdn(value: Uint8Array): Capability | undefined {
  const hostEnd = 1 + readU8(value, 0);
  const domainEnd = hostEnd + 1 + readU8(value, hostEnd);
  if (value.length !== domainEnd) return undefined;
  const text = new TextDecoder();
  return {
    kind: "fqdn",
    hostname: text.decode(value.subarray(1, hostEnd)),
    domain: text.decode(value.subarray(hostEnd + 1, domainEnd)),
  };
}

/** The octets of a capability: code, length, value. Throws RangeError when the value exceeds 255 octets. */
export function encodeCapability(capability: Capability): Uint8Array {
  const value = encodeValue(capability);
  if (value.length > 255) {
    throw new RangeError(`capability ${capability.kind} has ${value.length} octets, more than 255`);
  }
  return new ByteWriter().u8(codeOf(capability)).u8(value.length).octets(value).finish();
}

function codeOf(capability: Capability): number {
  switch (capability.kind) {
    case "multiprotocol":
      return CAPABILITY.MULTIPROTOCOL;
    case "route-refresh":
      return CAPABILITY.ROUTE_REFRESH;
    case "route-refresh-cisco":
      return CAPABILITY.CISCO_ROUTE_REFRESH;
    case "extended-next-hop":
      return CAPABILITY.EXTENDED_NEXT_HOP;
    case "extended-message":
      return CAPABILITY.EXTENDED_MESSAGE;
    case "graceful-restart":
      return CAPABILITY.GRACEFUL_RESTART;
    case "four-octet-as":
      return CAPABILITY.FOUR_OCTET_AS;
    case "add-path":
      return CAPABILITY.ADD_PATH;
    case "enhanced-route-refresh":
      return CAPABILITY.ENHANCED_ROUTE_REFRESH;
    case "long-lived-graceful-restart":
      return CAPABILITY.LONG_LIVED_GRACEFUL_RESTART;
    case "fqdn":
      return CAPABILITY.FQDN;
    case "unknown":
      return capability.code;
    default:
      return capability satisfies never;
  }
}

function encodeValue(capability: Capability): Uint8Array {
  const out = new ByteWriter();
  switch (capability.kind) {
    case "route-refresh":
    case "route-refresh-cisco":
    case "extended-message":
    case "enhanced-route-refresh":
      return out.finish();
    case "multiprotocol": {
      const { afi, safi } = familyCodes(capability.family);
      return out.u16(afi).u16(safi).finish();
    }
    case "extended-next-hop":
      for (const { family, nextHop } of capability.entries) {
        const { afi, safi } = familyCodes(family);
        out
          .u16(afi)
          .u16(safi)
          .u16(nextHop === "ipv6" ? 2 : 1);
      }
      return out.finish();
    case "graceful-restart": {
      const { restarted, notification, restartTime } = capability;
      const bits = (restarted ? RESTARTED : 0) | (notification ? NOTIFICATION : 0);
      out.u16(bits | (restartTime & RESTART_TIME));
      for (const entry of capability.families) writeRestartFamily(out, entry);
      return out.finish();
    }
    case "four-octet-as":
      return out.u32(capability.asn).finish();
    case "add-path":
      for (const { family, mode } of capability.families) {
        writeFamily(out, family).u8(ADD_PATH_MODES.indexOf(mode) + 1);
      }
      return out.finish();
    case "long-lived-graceful-restart":
      for (const entry of capability.families) writeRestartFamily(out, entry).u24(entry.staleTime);
      return out.finish();
    case "fqdn": {
      const host = new TextEncoder().encode(capability.hostname);
      const domain = new TextEncoder().encode(capability.domain);
      return out.u8(host.length).octets(host).u8(domain.length).octets(domain).finish();
    }
    case "unknown":
      return bytesFromHex(capability.value);
    default:
      return capability satisfies never;
  }
}

function writeFamily(out: ByteWriter, family: Family): ByteWriter {
  const { afi, safi } = familyCodes(family);
  return out.u16(afi).u8(safi);
}

function writeRestartFamily(out: ByteWriter, entry: GracefulRestartFamily): ByteWriter {
  const flags = entry.forwardingPreserved ? FORWARDING_PRESERVED : 0;
  return writeFamily(out, entry.family).u8(flags);
}
