/**
 * The generation of a namespace's nf_tables: a number that grows with every transaction, whoever made
 * it (NFT_MSG_NEWGEN).
 */
import type { MessageReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { beginNft, NFGENMSG_LENGTH, NFT_MSG_GETGEN } from "./nfnetlink.ts";

const NFTA_GEN_ID = 1;
const NFTA_GEN_PROC_PID = 2;
const NFTA_GEN_PROC_NAME = 3;

/** A generation, and by whom it came about; the kernel tells that only when it happens. */
export interface NftGeneration {
  readonly id: number;
  readonly process: { readonly pid: number; readonly name: string } | undefined;
}

/** Writes a request for the present generation. */
export function encodeGenerationRequest(writer: MessageWriter, flags: number): void {
  beginNft(writer, NFT_MSG_GETGEN, flags, undefined);
  writer.end();
}

/** Reads NFT_MSG_NEWGEN. */
export function decodeGeneration(message: MessageReader): NftGeneration {
  let [id, pid] = [0, 0];
  let name: string | undefined;
  const attribute = message.attributes(NFGENMSG_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NFTA_GEN_ID:
        id = attribute.i32BigEndian() >>> 0;
        break;
      case NFTA_GEN_PROC_PID:
        pid = attribute.i32BigEndian();
        break;
      case NFTA_GEN_PROC_NAME:
        name = attribute.text();
        break;
    }
  }
  return { id, process: name === undefined ? undefined : { pid, name } };
}
