/**
 * A second, independent reading of nf_tables messages for comparison with those of nft: what may differ
 * without meaning is taken out. That is sequence number and port, the order of attributes, flags that the
 * kernel does not look at, what nft notes for itself about sets of concatenations, a set's number within
 * its transaction, and the numbers that nft gives to elements.
 */

const HEADER = 16;
const NFGENMSG = 4;
const NLA_F_NESTED = 0x8000;
/** NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE: adding is making it or finding it. */
const FLAGS_WITHOUT_MEANING = 0x4 | 0x200 | 0x400;

const NEWSET = 0xa09;
const SET_ELEMENTS: readonly number[] = [0xa0c, 0xa0e];
const SET_ID = 10;
/** Attribute 13 with the byte order 0, which is that of a concatenation. */
const NOTES_OF_CONCATENATION = /^13=000400000000/;
const ELEMENTS_SET_ID = 4;
/** Attribute 4 in the data of an expression named "lookup". */
const LOOKUP_SET_ID = /(1=6c6f6f6b757000,2=\{1=[0-9a-f]*,2=[0-9a-f]*),4=[0-9a-f]*/g;

const ELEMENT_NUMBER = /\b\d+=\{1=\{/g;

export interface NftMessageTree {
  readonly type: number;
  readonly flags: number;
  readonly header: string;
  readonly attributes: readonly string[];
}

/** Reads one message. */
export function nftMessageTree(bytes: Uint8Array): NftMessageTree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint16(4, true);
  if (view.getUint32(0, true) !== bytes.length) {
    throw new Error("not one message");
  }
  return {
    type,
    flags: view.getUint16(6, true) & ~FLAGS_WITHOUT_MEANING,
    // The resource id is that of nft's cache.
    header: hex(bytes.subarray(HEADER, HEADER + 2)),
    attributes: tree(bytes.subarray(HEADER + NFGENMSG), (attribute) => isNumber(type, attribute))
      .filter((text) => type !== NEWSET || !NOTES_OF_CONCATENATION.test(text))
      .map((text) => (SET_ELEMENTS.includes(type) ? text.replace(ELEMENT_NUMBER, "1={1={") : text)),
  };
}

function isNumber(message: number, attribute: number): boolean {
  return message === NEWSET
    ? attribute === SET_ID
    : SET_ELEMENTS.includes(message) && attribute === ELEMENTS_SET_ID;
}

function tree(bytes: Uint8Array, isLeftOut: (type: number) => boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at, true);
    const type = view.getUint16(at + 2, true);
    const value = bytes.subarray(at + 4, at + length);
    if (!isLeftOut(type & ~NLA_F_NESTED)) {
      const isNest = (type & NLA_F_NESTED) !== 0;
      const held = isNest ? listed(value) : hex(value);
      found.push(`${type & ~NLA_F_NESTED}=${held}`);
    }
    at += (length + 3) & ~3;
  }
  return isList(found) ? found : found.sort();
}

/** Attributes that are all of type 1 are the elements of a list, whose order counts. */
function isList(found: readonly string[]): boolean {
  return found.every((attribute) => attribute.startsWith("1="));
}

function listed(value: Uint8Array): string {
  return `{${tree(value, () => false).join(",")}}`.replace(LOOKUP_SET_ID, "$1");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
