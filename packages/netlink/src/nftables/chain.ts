/**
 * Chains: lists of rules. A base chain is one that packets enter at a hook (NFT_MSG_NEWCHAIN).
 *
 * Does not: chains of other types than "filter", devices of netdev chains.
 */
import type { AttributeReader, MessageReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { NLM_F_CREATE, NLM_F_REQUEST } from "../wire/protocol.ts";
import {
  beginNft,
  NFGENMSG_LENGTH,
  NFT_MSG_GETCHAIN,
  NFT_MSG_NEWCHAIN,
  nftFamily,
} from "./nfnetlink.ts";
import type { NftTableName } from "./table.ts";

const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_POLICY = 5;
const NFTA_CHAIN_TYPE = 7;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_HOOK_PRIORITY = 2;

const ACCEPT = 1;

/** NF_INET_* and NF_ARP_* of linux/netfilter.h, netfilter_arp.h. */
const HOOKS = {
  prerouting: 0,
  input: 1,
  forward: 2,
  output: 3,
  postrouting: 4,
} as const;
const ARP_HOOKS = { input: 0, output: 1, forward: 2 } as const;

/** Where packets enter a base chain. Of those in the order of their way; "arp" has input and output only. */
export type NftHook = keyof typeof HOOKS;

/** Where and when packets enter a base chain. */
export interface NftBase {
  readonly hook: NftHook;
  /** Chains of lower numbers come first; "raw", before connection tracking, is -300, "filter" 0. */
  readonly priority: number;
  /** What becomes of a packet at the end of the chain. */
  readonly policy: "accept" | "drop";
}

/**
 * Makes a chain, if it is not there.
 *
 * Equivalent to: `nft add chain FAMILY TABLE CHAIN [{ type filter hook HOOK priority N; policy accept|drop; }]`
 */
export interface NftChainRequest extends NftTableName {
  readonly kind: "chain.add";
  readonly chain: string;
  /** Without it, a chain that only other chains lead to. */
  readonly base?: NftBase;
}

/** A chain of the kernel. */
export interface NftChain extends NftTableName {
  readonly chain: string;
  readonly base: NftBase | undefined;
}

/** Writes the message of a request. Throws RangeError for a hook that the family has not. */
export function encodeChainRequest(writer: MessageWriter, request: NftChainRequest): void {
  const { base } = request;
  beginNft(writer, NFT_MSG_NEWCHAIN, NLM_F_REQUEST | NLM_F_CREATE, request.family);
  writer.attributeText(NFTA_CHAIN_TABLE, request.table);
  writer.attributeText(NFTA_CHAIN_NAME, request.chain);
  if (base !== undefined) {
    const hooks: Partial<Record<NftHook, number>> = request.family === "arp" ? ARP_HOOKS : HOOKS;
    const number = hooks[base.hook];
    if (number === undefined) {
      throw new RangeError(`the family ${request.family} has no hook ${base.hook}`);
    }
    writer.attributeText(NFTA_CHAIN_TYPE, "filter");
    writer.attributeU32BigEndian(NFTA_CHAIN_POLICY, base.policy === "accept" ? ACCEPT : 0);
    const nest = writer.beginNest(NFTA_CHAIN_HOOK);
    writer.attributeU32BigEndian(NFTA_HOOK_HOOKNUM, number);
    writer.attributeU32BigEndian(NFTA_HOOK_PRIORITY, base.priority);
    writer.endNest(nest);
  }
  writer.end();
}

/** Writes a request for all chains. */
export function encodeChainDump(writer: MessageWriter, flags: number): void {
  beginNft(writer, NFT_MSG_GETCHAIN, flags, undefined);
  writer.end();
}

/** Reads NFT_MSG_NEWCHAIN; undefined for a family that this package does not know. */
export function decodeChain(message: MessageReader): NftChain | undefined {
  const family = nftFamily(message.u8(0));
  if (family === undefined) {
    return undefined;
  }
  let [table, chain] = ["", ""];
  let policy: NftBase["policy"] = "accept";
  let hook: Pick<NftBase, "hook" | "priority"> | undefined;
  const attribute = message.attributes(NFGENMSG_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NFTA_CHAIN_TABLE:
        table = attribute.text();
        break;
      case NFTA_CHAIN_NAME:
        chain = attribute.text();
        break;
      case NFTA_CHAIN_POLICY:
        policy = attribute.i32BigEndian() === ACCEPT ? "accept" : "drop";
        break;
      case NFTA_CHAIN_HOOK:
        hook = decodeHook(attribute.nested(), family === "arp");
        break;
    }
  }
  return { family, table, chain, base: hook && { ...hook, policy } };
}

function decodeHook(
  attribute: AttributeReader,
  isArp: boolean,
): Pick<NftBase, "hook" | "priority"> | undefined {
  let number = -1;
  let priority = 0;
  while (attribute.next()) {
    switch (attribute.type) {
      case NFTA_HOOK_HOOKNUM:
        number = attribute.i32BigEndian();
        break;
      case NFTA_HOOK_PRIORITY:
        priority = attribute.i32BigEndian();
        break;
    }
  }
  const hooks: Partial<Record<NftHook, number>> = isArp ? ARP_HOOKS : HOOKS;
  for (const hook of NFT_HOOKS) {
    if (hooks[hook] === number) {
      return { hook, priority };
    }
  }
  return undefined;
}

const NFT_HOOKS: readonly NftHook[] = ["prerouting", "input", "forward", "output", "postrouting"];
