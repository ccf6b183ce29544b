/**
 * Rules: expressions in order, in a chain (NFT_MSG_NEWRULE).
 */
import type { MessageReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_REQUEST } from "../wire/protocol.ts";
import {
  decodeExpressions,
  encodeExpressions,
  type NftExpression,
  type ReadNftExpression,
} from "./expression.ts";
import {
  beginNft,
  NFGENMSG_LENGTH,
  NFT_MSG_GETRULE,
  NFT_MSG_NEWRULE,
  nftFamily,
} from "./nfnetlink.ts";
import type { NftTableName } from "./table.ts";

const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_RULE_USERDATA = 7;

/** In nft(8)'s user data, which is a list of type, length, value: a text with a final NUL. */
const UDATA_RULE_COMMENT = 0;
const UDATA_HEADER = 2;
/** nft(8) prints none that is longer. */
const COMMENT_OCTETS = 127;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Puts a rule at the end of a chain.
 *
 * Equivalent to: `nft add rule FAMILY TABLE CHAIN ... [comment TEXT]`
 */
export interface NftRuleRequest extends NftTableName {
  readonly kind: "rule.append";
  readonly chain: string;
  readonly expressions: readonly NftExpression[];
  /** For people; at most 127 octets. */
  readonly comment?: string;
}

/** A rule of the kernel. */
export interface NftRule extends NftTableName {
  readonly chain: string;
  readonly expressions: readonly ReadNftExpression[];
  readonly comment: string | undefined;
}

/** Writes the message of a request. Throws RangeError for a comment that is too long. */
export function encodeRuleRequest(writer: MessageWriter, request: NftRuleRequest): void {
  const flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND;
  beginNft(writer, NFT_MSG_NEWRULE, flags, request.family);
  writer.attributeText(NFTA_RULE_TABLE, request.table);
  writer.attributeText(NFTA_RULE_CHAIN, request.chain);
  const list = writer.beginNest(NFTA_RULE_EXPRESSIONS);
  encodeExpressions(writer, request.expressions);
  writer.endNest(list);
  if (request.comment !== undefined) {
    const data = encodeComment(request.comment);
    writer.attributeBytes(NFTA_RULE_USERDATA, data, 0, data.length);
  }
  writer.end();
}

/** Writes a request for the rules of a table, in their order. */
export function encodeRuleDump(
  writer: MessageWriter,
  flags: number,
  { family, table }: NftTableName,
): void {
  beginNft(writer, NFT_MSG_GETRULE, flags, family);
  writer.attributeText(NFTA_RULE_TABLE, table);
  writer.end();
}

/** Reads NFT_MSG_NEWRULE; undefined for a family that this package does not know. */
export function decodeRule(message: MessageReader): NftRule | undefined {
  const family = nftFamily(message.u8(0));
  if (family === undefined) {
    return undefined;
  }
  let [table, chain] = ["", ""];
  let expressions: readonly ReadNftExpression[] = [];
  let comment: string | undefined;
  const attribute = message.attributes(NFGENMSG_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NFTA_RULE_TABLE:
        table = attribute.text();
        break;
      case NFTA_RULE_CHAIN:
        chain = attribute.text();
        break;
      case NFTA_RULE_EXPRESSIONS:
        expressions = decodeExpressions(attribute.nested());
        break;
      case NFTA_RULE_USERDATA:
        comment = decodeComment(attribute.octets());
        break;
    }
  }
  return { family, table, chain, expressions, comment };
}

function encodeComment(comment: string): Uint8Array {
  const text = encoder.encode(`${comment}\0`);
  if (text.length > COMMENT_OCTETS + 1) {
    throw new RangeError(`the comment of a rule has ${text.length - 1} octets`);
  }
  return Uint8Array.of(UDATA_RULE_COMMENT, text.length, ...text);
}

/** The comment in user data, which is anybody's to write and may be anything. */
function decodeComment(data: Uint8Array): string | undefined {
  for (let at = 0; at + UDATA_HEADER <= data.length; ) {
    const [type, length = 0] = data.subarray(at, at + UDATA_HEADER);
    const held = data.subarray(at + UDATA_HEADER, at + UDATA_HEADER + length);
    if (type === UDATA_RULE_COMMENT) {
      return decoder.decode(held.at(-1) === 0 ? held.subarray(0, -1) : held);
    }
    at += UDATA_HEADER + length;
  }
  return undefined;
}
