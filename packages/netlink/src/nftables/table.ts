/**
 * Tables: a name space for chains and sets, in one family (NFT_MSG_NEWTABLE).
 */
import type { MessageReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { NLM_F_CREATE, NLM_F_REQUEST } from "../wire/protocol.ts";
import {
  beginNft,
  NFGENMSG_LENGTH,
  NFT_MSG_DELTABLE,
  NFT_MSG_GETTABLE,
  NFT_MSG_NEWTABLE,
  type NftFamily,
  nftFamily,
} from "./nfnetlink.ts";

const NFTA_TABLE_NAME = 1;
const NFTA_TABLE_FLAGS = 2;

/** Which table. */
export interface NftTableName {
  readonly family: NftFamily;
  readonly table: string;
}

/**
 * Makes a table, if it is not there. "table.delete" removes it with all that is in it (ENOENT if it is
 * not there); both one after the other in one transaction empty it.
 *
 * Equivalent to: `nft add|delete table FAMILY TABLE`
 */
export interface NftTableRequest extends NftTableName {
  readonly kind: "table.add" | "table.delete";
}

/** Writes the message of a request. */
export function encodeTableRequest(writer: MessageWriter, request: NftTableRequest): void {
  if (request.kind === "table.add") {
    beginNft(writer, NFT_MSG_NEWTABLE, NLM_F_REQUEST | NLM_F_CREATE, request.family);
    writer.attributeText(NFTA_TABLE_NAME, request.table);
    writer.attributeU32BigEndian(NFTA_TABLE_FLAGS, 0);
  } else {
    beginNft(writer, NFT_MSG_DELTABLE, NLM_F_REQUEST, request.family);
    writer.attributeText(NFTA_TABLE_NAME, request.table);
  }
  writer.end();
}

/** Writes a request for all tables. */
export function encodeTableDump(writer: MessageWriter, flags: number): void {
  beginNft(writer, NFT_MSG_GETTABLE, flags, undefined);
  writer.end();
}

/** Reads NFT_MSG_NEWTABLE; undefined for a family that this package does not know. */
export function decodeTable(message: MessageReader): NftTableName | undefined {
  const family = nftFamily(message.u8(0));
  const attribute = message.attributes(NFGENMSG_LENGTH);
  while (attribute.next()) {
    if (attribute.type === NFTA_TABLE_NAME && family !== undefined) {
      return { family, table: attribute.text() };
    }
  }
  return undefined;
}
