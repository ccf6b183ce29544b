/**
 * The envelope of nf_tables messages (linux/netfilter/nfnetlink.h, nf_tables.h).
 *
 * ```
 * | nlmsghdr: subsystem << 8 | message | struct nfgenmsg: family, version, resource id | attributes |
 * ```
 *
 * Unlike those of rtnetlink, numbers in attributes are in network byte order.
 */
import type { MessageWriter } from "../wire/message-writer.ts";

const NFNL_SUBSYS_NFTABLES = 10;

// Messages of the envelope itself.
const NFNL_MSG_BATCH_BEGIN = 16;
const NFNL_MSG_BATCH_END = 17;
const NFNL_BATCH_GENID = 1;

// Messages of nf_tables.
export const NFT_MSG_NEWTABLE = 0;
export const NFT_MSG_GETTABLE = 1;
export const NFT_MSG_DELTABLE = 2;
export const NFT_MSG_NEWCHAIN = 3;
export const NFT_MSG_GETCHAIN = 4;
export const NFT_MSG_NEWRULE = 6;
export const NFT_MSG_GETRULE = 7;
export const NFT_MSG_NEWSET = 9;
export const NFT_MSG_GETSET = 10;
export const NFT_MSG_NEWSETELEM = 12;
export const NFT_MSG_GETSETELEM = 13;
export const NFT_MSG_DELSETELEM = 14;
export const NFT_MSG_NEWGEN = 15;
export const NFT_MSG_GETGEN = 16;

/** Octets of struct nfgenmsg. */
export const NFGENMSG_LENGTH = 4;

/** Family of a table: which packets it sees. "inet" is IPv4 and IPv6. */
export type NftFamily = "inet" | "ip" | "ip6" | "arp" | "bridge" | "netdev";

/** NFPROTO_* of linux/netfilter.h. */
const FAMILIES = {
  inet: 1,
  ip: 2,
  arp: 3,
  netdev: 5,
  bridge: 7,
  ip6: 10,
} as const satisfies Record<NftFamily, number>;

const UNSPECIFIED = 0;

/** The type of a message of nf_tables. */
export function nftMessageType(message: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | message;
}

/** The family of a decoded message; undefined for one that this package does not know. */
export function nftFamily(octet: number): NftFamily | undefined {
  for (const [family, number] of Object.entries(FAMILIES)) {
    if (number === octet && isFamily(family)) {
      return family;
    }
  }
  return undefined;
}

function isFamily(text: string): text is NftFamily {
  return text in FAMILIES;
}

/** Starts a message of nf_tables. Without `family`, one about all of them. */
export function beginNft(
  writer: MessageWriter,
  message: number,
  flags: number,
  family: NftFamily | undefined,
): void {
  writer.begin(nftMessageType(message), flags);
  writeNfgenmsg(writer, family === undefined ? UNSPECIFIED : FAMILIES[family], 0);
}

/**
 * Starts a transaction. With `generation` the kernel refuses it (ERESTART) if any other was carried out
 * in the namespace since then.
 */
export function writeBatchBegin(
  writer: MessageWriter,
  flags: number,
  generation: number | undefined,
): void {
  writer.begin(NFNL_MSG_BATCH_BEGIN, flags);
  writeNfgenmsg(writer, UNSPECIFIED, NFNL_SUBSYS_NFTABLES);
  if (generation !== undefined) {
    writer.attributeU32BigEndian(NFNL_BATCH_GENID, generation);
  }
  writer.end();
}

/** Ends a transaction. */
export function writeBatchEnd(writer: MessageWriter, flags: number): void {
  writer.begin(NFNL_MSG_BATCH_END, flags);
  writeNfgenmsg(writer, UNSPECIFIED, NFNL_SUBSYS_NFTABLES);
  writer.end();
}

function writeNfgenmsg(writer: MessageWriter, family: number, resource: number): void {
  writer.u8(family);
  writer.u8(0);
  writer.u8(resource >> 8);
  writer.u8(resource & 0xff);
}
