/**
 * Sets and their elements (NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM).
 *
 * Does not: maps, intervals, timeouts, sets that packets add to.
 */
import { MalformedMessage } from "../wire/malformed-message.ts";
import type { AttributeReader, MessageReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { NLM_F_CREATE, NLM_F_REQUEST } from "../wire/protocol.ts";
import { decodeExpression, encodeExpression, type ReadNftExpression } from "./expression.ts";
import {
  beginNft,
  NFGENMSG_LENGTH,
  NFT_MSG_DELSETELEM,
  NFT_MSG_GETSET,
  NFT_MSG_GETSETELEM,
  NFT_MSG_NEWSET,
  NFT_MSG_NEWSETELEM,
  nftFamily,
} from "./nfnetlink.ts";
import {
  decodeKey,
  encodeKey,
  keyDatatype,
  keyLength,
  keyNotes,
  type NftKey,
  type NftKeyType,
} from "./set-type.ts";
import type { NftTableName } from "./table.ts";

const NFTA_SET_TABLE = 1;
const NFTA_SET_NAME = 2;
const NFTA_SET_FLAGS = 3;
const NFTA_SET_KEY_TYPE = 4;
const NFTA_SET_KEY_LEN = 5;
const NFTA_SET_ID = 10;
const NFTA_SET_USERDATA = 13;
const NFTA_SET_EXPR = 17;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_EXPR = 7;
const NFTA_DATA_VALUE = 1;

/** Which set. */
export interface NftSetName extends NftTableName {
  readonly set: string;
}

/**
 * Makes a set, if it is not there.
 *
 * Equivalent to: `nft add set FAMILY TABLE SET { type TYPE [. TYPE]...; [counter;] }`
 */
export interface NftSetRequest extends NftSetName {
  readonly kind: "set.add";
  readonly type: NftKeyType;
  /** Whether each element counts the packets that it was found for. */
  readonly hasCounters?: boolean;
}

/**
 * Adds elements to a set, those that are in it already excepted, or deletes them (ENOENT if one is not
 * in it). For a thousand elements and more, several requests: the kernel takes 64 KiB of them.
 *
 * Equivalent to: `nft add|delete element FAMILY TABLE SET { KEY, KEY... }`
 */
export interface NftElementsRequest extends NftSetName {
  readonly kind: "elements.add" | "elements.delete";
  readonly keys: readonly NftKey[];
}

/** A set of the kernel. */
export interface NftSet extends NftSetName {
  /** NFT_SET_* of linux/netfilter/nf_tables.h; 0 for one as "set.add" makes it. */
  readonly flags: number;
  /** By which nft(8) prints keys; see `keyDatatype`. */
  readonly datatype: number;
  /** Octets of a key. */
  readonly keyLength: number;
  readonly hasCounters: boolean;
}

/** An element of a set of the kernel. */
export interface NftElement {
  readonly key: NftKey;
  /** What its counter has counted; undefined without one. */
  readonly counter: { readonly packets: number; readonly octets: number } | undefined;
}

/** Writes the message of a request. `id` tells the sets of one transaction apart. */
export function encodeSetRequest(writer: MessageWriter, request: NftSetRequest, id: number): void {
  beginNft(writer, NFT_MSG_NEWSET, NLM_F_REQUEST | NLM_F_CREATE, request.family);
  writer.attributeText(NFTA_SET_TABLE, request.table);
  writer.attributeText(NFTA_SET_NAME, request.set);
  writer.attributeU32BigEndian(NFTA_SET_FLAGS, 0);
  writer.attributeU32BigEndian(NFTA_SET_KEY_TYPE, keyDatatype(request.type));
  writer.attributeU32BigEndian(NFTA_SET_KEY_LEN, keyLength(request.type));
  writer.attributeU32BigEndian(NFTA_SET_ID, id);
  const notes = keyNotes(request.type);
  if (notes !== undefined) {
    writer.attributeBytes(NFTA_SET_USERDATA, notes, 0, notes.length);
  }
  if (request.hasCounters === true) {
    const expression = writer.beginNest(NFTA_SET_EXPR);
    encodeExpression(writer, { kind: "counter" });
    writer.endNest(expression);
  }
  writer.end();
}

/** Writes the message of a request. */
export function encodeElementsRequest(writer: MessageWriter, request: NftElementsRequest): void {
  const isAddition = request.kind === "elements.add";
  beginNft(
    writer,
    isAddition ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM,
    isAddition ? NLM_F_REQUEST | NLM_F_CREATE : NLM_F_REQUEST,
    request.family,
  );
  writer.attributeText(NFTA_SET_ELEM_LIST_TABLE, request.table);
  writer.attributeText(NFTA_SET_ELEM_LIST_SET, request.set);
  const list = writer.beginNest(NFTA_SET_ELEM_LIST_ELEMENTS);
  for (const key of request.keys) {
    const bytes = encodeKey(key);
    const element = writer.beginNest(NFTA_LIST_ELEM);
    const held = writer.beginNest(NFTA_SET_ELEM_KEY);
    writer.attributeBytes(NFTA_DATA_VALUE, bytes, 0, bytes.length);
    writer.endNest(held);
    writer.endNest(element);
  }
  writer.endNest(list);
  writer.end();
}

/** Writes a request for the sets of a table. */
export function encodeSetDump(
  writer: MessageWriter,
  flags: number,
  { family, table }: NftTableName,
): void {
  beginNft(writer, NFT_MSG_GETSET, flags, family);
  writer.attributeText(NFTA_SET_TABLE, table);
  writer.end();
}

/** Writes a request for the elements of a set. */
export function encodeElementDump(
  writer: MessageWriter,
  flags: number,
  { family, table, set }: NftSetName,
): void {
  beginNft(writer, NFT_MSG_GETSETELEM, flags, family);
  writer.attributeText(NFTA_SET_ELEM_LIST_TABLE, table);
  writer.attributeText(NFTA_SET_ELEM_LIST_SET, set);
  writer.end();
}

/** Reads NFT_MSG_NEWSET; undefined for a family that this package does not know. */
export function decodeSet(message: MessageReader): NftSet | undefined {
  const family = nftFamily(message.u8(0));
  if (family === undefined) {
    return undefined;
  }
  let [table, set] = ["", ""];
  let [flags, datatype, length] = [0, 0, 0];
  let expression: ReadNftExpression | undefined;
  const attribute = message.attributes(NFGENMSG_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NFTA_SET_TABLE:
        table = attribute.text();
        break;
      case NFTA_SET_NAME:
        set = attribute.text();
        break;
      case NFTA_SET_FLAGS:
        flags = attribute.i32BigEndian();
        break;
      case NFTA_SET_KEY_TYPE:
        datatype = attribute.i32BigEndian();
        break;
      case NFTA_SET_KEY_LEN:
        length = attribute.i32BigEndian();
        break;
      case NFTA_SET_EXPR:
        expression = decodeExpression(attribute.nested());
        break;
    }
  }
  const hasCounters = expression?.kind === "counter";
  return { family, table, set, flags, datatype, keyLength: length, hasCounters };
}

/** Reads NFT_MSG_NEWSETELEM, which holds many. Throws MalformedMessage for keys of another type. */
export function decodeElements(message: MessageReader, type: NftKeyType): NftElement[] {
  const elements: NftElement[] = [];
  const attribute = message.attributes(NFGENMSG_LENGTH);
  while (attribute.next()) {
    if (attribute.type === NFTA_SET_ELEM_LIST_ELEMENTS) {
      const list = attribute.nested();
      while (list.next()) {
        elements.push(decodeElement(list.nested(), type));
      }
    }
  }
  return elements;
}

function decodeElement(attribute: AttributeReader, type: NftKeyType): NftElement {
  let key: NftKey | undefined;
  let counter: NftElement["counter"];
  while (attribute.next()) {
    switch (attribute.type) {
      case NFTA_SET_ELEM_KEY: {
        const held = attribute.nested();
        if (held.next() && held.type === NFTA_DATA_VALUE) {
          key = decodeKey(type, held.octets());
        }
        break;
      }
      case NFTA_SET_ELEM_EXPR: {
        const expression = decodeExpression(attribute.nested());
        if (expression.kind === "counter") {
          const { packets = 0, octets = 0 } = expression;
          counter = { packets, octets };
        }
        break;
      }
    }
  }
  if (key === undefined) {
    throw new MalformedMessage("element of a set without a key");
  }
  return { key, counter };
}
