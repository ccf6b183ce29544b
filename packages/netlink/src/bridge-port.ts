/**
 * What a device does as a port of a bridge (IFLA_BRPORT_*; linux/if_link.h).
 *
 * Does not: spanning tree, VLANs, multicast routers.
 */
import type { AttributeReader, MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import { AF_BRIDGE } from "./wire/protocol.ts";

/** Octets of struct ifinfomsg. */
const HEADER_LENGTH = 16;
const IFLA_PROTINFO = 12;

/** IFLA_BRPORT_* of each setting, all one octet. */
const ATTRIBUTES = {
  learning: 8,
  unicastFlood: 9,
  multicastFlood: 27,
  broadcastFlood: 30,
  neighSuppress: 32,
  isolated: 33,
} as const;

/** The settings of a port, all on or off. */
export interface BridgePort {
  /** MACs of frames that come in are learned. */
  readonly learning: boolean;
  /** Frames to unknown MACs go out here. */
  readonly unicastFlood: boolean;
  readonly multicastFlood: boolean;
  readonly broadcastFlood: boolean;
  /**
   * ARP requests and neighbour solicitations for neighbours of the bridge device are answered, not
   * sent out here, when the neighbour's MAC is behind this port.
   */
  readonly neighSuppress: boolean;
  /** No frames go between this port and other isolated ones. */
  readonly isolated: boolean;
}

const SETTINGS: readonly (keyof BridgePort)[] = [
  "learning",
  "unicastFlood",
  "multicastFlood",
  "broadcastFlood",
  "neighSuppress",
  "isolated",
];

const KNOWN: ReadonlySet<number> = new Set(Object.values(ATTRIBUTES));

/** Writes those settings that are given. */
export function writeBridgePort(writer: MessageWriter, port: Partial<BridgePort>): void {
  for (const setting of SETTINGS) {
    const value = port[setting];
    if (value !== undefined) {
      writer.attributeU8(ATTRIBUTES[setting], value ? 1 : 0);
    }
  }
}

/** A port whose settings may have changed. */
export interface BridgePortChange {
  /** Interface index. */
  readonly index: number;
  readonly port: BridgePort;
}

/** Reads an RTM_NEWLINK of PF_BRIDGE, as bridges send of their ports; undefined for other messages about links. */
export function decodeBridgePort(message: MessageReader): BridgePortChange | undefined {
  if (message.u8(0) !== AF_BRIDGE) {
    return undefined;
  }
  const index = message.i32(4);
  const attribute = message.attributes(HEADER_LENGTH);
  while (attribute.next()) {
    if (attribute.type === IFLA_PROTINFO) {
      return { index, port: readBridgePort(attribute.nested()) };
    }
  }
  return undefined;
}

/** Reads the settings of a port; what the kernel does not tell is off. */
export function readBridgePort(attribute: AttributeReader): BridgePort {
  const on = new Set<number>();
  while (attribute.next()) {
    if (KNOWN.has(attribute.type) && attribute.u8() !== 0) {
      on.add(attribute.type);
    }
  }
  return {
    learning: on.has(ATTRIBUTES.learning),
    unicastFlood: on.has(ATTRIBUTES.unicastFlood),
    multicastFlood: on.has(ATTRIBUTES.multicastFlood),
    broadcastFlood: on.has(ATTRIBUTES.broadcastFlood),
    neighSuppress: on.has(ATTRIBUTES.neighSuppress),
    isolated: on.has(ATTRIBUTES.isolated),
  };
}
