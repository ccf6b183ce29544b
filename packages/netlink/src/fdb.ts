/**
 * Forwarding database entries of bridges and VXLAN devices: requests, decoding
 * (RTM_NEWNEIGH of PF_BRIDGE; linux/neighbour.h).
 *
 * Does not: VLAN-aware bridges beyond reporting the VLAN, per-entry UDP port or VNI.
 */
import type { IpAddress, MacAddress } from "@selvedge/net";
import { NDA_DST, NDA_LLADDR, NDMSG_LENGTH, NTF_EXT_LEARNED, writeNdmsg } from "./neighbour.ts";
import type { MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  AF_BRIDGE,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from "./wire/protocol.ts";

const NDA_VLAN = 5;
const NDA_NH_ID = 13;

const NTF_SELF = 0x02;
const NTF_MASTER = 0x04;

const NUD_REACHABLE = 0x02;
const NUD_NOARP = 0x40;
const NUD_PERMANENT = 0x80;

/** What bridge(8) sends for each word; a VXLAN device wants one of "permanent" and "reachable". */
const STATE_BITS = {
  permanent: NUD_PERMANENT | NUD_NOARP,
  static: NUD_NOARP | NUD_REACHABLE,
  dynamic: NUD_REACHABLE,
} as const satisfies Record<Exclude<FdbState, "stale">, number>;

/** Which table: the device's own ("self", a VXLAN device's) or that of the bridge it is a port of ("master"). */
export type FdbTable = "self" | "master";

/**
 * How long an entry lives, in the words of bridge(8). "permanent": until deleted, and a bridge treats
 * the MAC as its own; "static": until deleted; "dynamic": ages out; "stale": has aged.
 */
export type FdbState = "permanent" | "static" | "dynamic" | "stale";

/**
 * Adds an entry; "replace" puts it in place of the one with the same MAC, "append" adds one more
 * destination (flooding lists of the all-zero MAC).
 *
 * Equivalent to: `bridge fdb replace|append MAC dev LINK [dst VTEP] self|master permanent|static|dynamic [extern_learn]`
 */
export interface FdbPutRequest {
  readonly kind: "fdb.replace" | "fdb.append";
  /** Interface index. */
  readonly link: number;
  readonly mac: MacAddress;
  readonly table: FdbTable;
  /** VTEP; only in the table of a VXLAN device. */
  readonly destination?: IpAddress;
  /** Id of an FDB next-hop object instead of `destination`. */
  readonly nexthop?: number;
  readonly state: Exclude<FdbState, "stale">;
  /** Learned by a control plane (NTF_EXT_LEARNED). Default false. */
  readonly externLearn?: boolean;
}

/**
 * Deletes an entry, or with `destination` only that destination of it.
 *
 * Equivalent to: `bridge fdb del MAC dev LINK [dst VTEP] self|master`
 */
export interface FdbDeleteRequest {
  readonly kind: "fdb.delete";
  readonly link: number;
  readonly mac: MacAddress;
  readonly table: FdbTable;
  readonly destination?: IpAddress;
}

/** A forwarding database entry of the kernel; a MAC with several destinations is several entries. */
export interface FdbEntry {
  /** Interface index. */
  readonly link: number;
  readonly mac: MacAddress;
  readonly table: FdbTable;
  readonly destination: IpAddress | undefined;
  readonly nexthop: number | undefined;
  readonly state: FdbState;
  readonly externLearn: boolean;
  readonly vlan: number | undefined;
}

/** Writes the message of a request. */
export function encodeFdbRequest(
  writer: MessageWriter,
  request: FdbPutRequest | FdbDeleteRequest,
): void {
  const table = request.table === "self" ? NTF_SELF : NTF_MASTER;
  if (request.kind === "fdb.delete") {
    writer.begin(RTM_DELNEIGH, NLM_F_REQUEST);
    writeNdmsg(writer, AF_BRIDGE, request.link, 0, table);
  } else {
    const mode = request.kind === "fdb.append" ? NLM_F_APPEND : NLM_F_REPLACE;
    writer.begin(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE | mode);
    const learned = request.externLearn === true ? NTF_EXT_LEARNED : 0;
    const state = STATE_BITS[request.state];
    writeNdmsg(writer, AF_BRIDGE, request.link, state, table | learned);
  }
  writer.attributeMac(NDA_LLADDR, request.mac);
  if (request.destination !== undefined) {
    writer.attributeIp(NDA_DST, request.destination);
  }
  if (request.kind !== "fdb.delete" && request.nexthop !== undefined) {
    writer.attributeU32(NDA_NH_ID, request.nexthop);
  }
  writer.end();
}

/** Writes a request for the entries of all bridges and devices. */
export function encodeFdbDump(writer: MessageWriter, flags: number): void {
  writer.begin(RTM_GETNEIGH, flags);
  writeNdmsg(writer, AF_BRIDGE, 0, 0, 0);
  writer.end();
}

/** Reads RTM_NEWNEIGH or RTM_DELNEIGH of PF_BRIDGE; undefined when it has no MAC address. */
export function decodeFdbEntry(message: MessageReader): FdbEntry | undefined {
  const link = message.u32(4);
  const state = message.u16(8);
  const flags = message.u8(10);
  let mac: MacAddress | undefined;
  let destination: IpAddress | undefined;
  let nexthop: number | undefined;
  let vlan: number | undefined;
  const attribute = message.attributes(NDMSG_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NDA_LLADDR:
        mac = attribute.mac();
        break;
      case NDA_DST:
        destination = attribute.ip();
        break;
      case NDA_NH_ID:
        nexthop = attribute.u32();
        break;
      case NDA_VLAN:
        vlan = attribute.u16();
        break;
    }
  }
  if (mac === undefined) {
    return undefined;
  }
  return {
    link,
    mac,
    table: (flags & NTF_SELF) !== 0 ? "self" : "master",
    destination,
    nexthop,
    state: stateOf(state),
    externLearn: (flags & NTF_EXT_LEARNED) !== 0,
    vlan,
  };
}

function stateOf(bits: number): FdbState {
  if ((bits & NUD_PERMANENT) !== 0) {
    return "permanent";
  }
  if ((bits & NUD_NOARP) !== 0) {
    return "static";
  }
  return (bits & NUD_REACHABLE) !== 0 ? "dynamic" : "stale";
}
