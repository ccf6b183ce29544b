/**
 * The expressions that a rule is made of: small steps of a register machine, which loads parts of a
 * packet into registers, compares them, and ends with a verdict (linux/netfilter/nf_tables.h).
 *
 * A packet goes through the expressions of a rule in order; the first comparison that fails ends the
 * rule, and the next rule follows.
 *
 * Does not: connection tracking, address translation, maps, limits. Those of other tools' rules are
 * read as "unknown".
 */
import type { AttributeReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";

/**
 * A register: 1 to 4 are of 16 octets, 8 to 23 the same memory in words of 4 octets (8 is the first
 * word of register 1).
 */
export type NftRegister = number;

/** A property of a packet outside its octets: name of the device it came by, protocol numbers. */
export type NftMetaKey = keyof typeof META_KEYS;

/** Where a packet's octets are counted from: its Ethernet, network or transport header. */
export type NftPayloadBase = keyof typeof PAYLOAD_BASES;

/** What becomes of a packet. */
export type NftVerdict =
  | { readonly kind: "accept" | "drop" | "return" }
  /** Goes on in another chain, and with "jump" comes back at its end. */
  | { readonly kind: "jump" | "goto"; readonly chain: string };

/** One step of a rule. */
export type NftExpression =
  | { readonly kind: "meta"; readonly key: NftMetaKey; readonly register: NftRegister }
  | {
      readonly kind: "payload";
      readonly base: NftPayloadBase;
      /** Octets. */
      readonly offset: number;
      readonly length: number;
      readonly register: NftRegister;
    }
  /** Keeps the bits of `mask`. */
  | { readonly kind: "mask"; readonly register: NftRegister; readonly mask: Uint8Array }
  /** Goes on if the register's first octets are (not) these. */
  | {
      readonly kind: "compare";
      readonly register: NftRegister;
      readonly operator: "equal" | "not equal";
      readonly value: Uint8Array;
    }
  /** Goes on if what the register holds is (not) in the set of this name. */
  | {
      readonly kind: "lookup";
      readonly register: NftRegister;
      readonly set: string;
      readonly operator: "in" | "not in";
    }
  /** Counts the packets that get here; read with what it has counted. */
  | { readonly kind: "counter"; readonly packets?: number; readonly octets?: number }
  | { readonly kind: "verdict"; readonly verdict: NftVerdict };

/** An expression as read from the kernel. */
export type ReadNftExpression = NftExpression | { readonly kind: "unknown"; readonly name: string };

/** NFT_META_*. */
const META_KEYS = { protocol: 1, iifname: 6, iiftype: 8, nfproto: 15, l4proto: 16 } as const;

/** NFT_PAYLOAD_*_HEADER. */
const PAYLOAD_BASES = { link: 0, network: 1, transport: 2 } as const;

/** NF_ACCEPT, NF_DROP, NFT_RETURN, NFT_JUMP, NFT_GOTO. */
const VERDICTS = { drop: 0, accept: 1, jump: -3, goto: -4, return: -5 } as const;

// Attributes of each kind of expression, in the order of the header.
const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_META_DREG = 1;
const NFTA_META_KEY = 2;
const NFTA_PAYLOAD_DREG = 1;
const NFTA_PAYLOAD_BASE = 2;
const NFTA_PAYLOAD_OFFSET = 3;
const NFTA_PAYLOAD_LEN = 4;
const NFTA_BITWISE_SREG = 1;
const NFTA_BITWISE_DREG = 2;
const NFTA_BITWISE_LEN = 3;
const NFTA_BITWISE_MASK = 4;
const NFTA_BITWISE_XOR = 5;
const NFTA_CMP_SREG = 1;
const NFTA_CMP_OP = 2;
const NFTA_CMP_DATA = 3;
const NFTA_LOOKUP_SET = 1;
const NFTA_LOOKUP_SREG = 2;
const NFTA_LOOKUP_FLAGS = 5;
const NFTA_IMMEDIATE_DREG = 1;
const NFTA_IMMEDIATE_DATA = 2;
const NFTA_COUNTER_BYTES = 1;
const NFTA_COUNTER_PACKETS = 2;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;

const NFT_REG_VERDICT = 0;
const NFT_CMP_EQ = 0;
const NFT_CMP_NEQ = 1;
const NFT_LOOKUP_F_INV = 1;

/** The name of each kind in the kernel. */
const NAMES = {
  meta: "meta",
  payload: "payload",
  mask: "bitwise",
  compare: "cmp",
  lookup: "lookup",
  counter: "counter",
  verdict: "immediate",
} as const satisfies Record<NftExpression["kind"], string>;

/** Writes expressions as the elements of a list, whose attribute the caller has begun. */
export function encodeExpressions(
  writer: MessageWriter,
  expressions: readonly NftExpression[],
): void {
  for (const expression of expressions) {
    const element = writer.beginNest(NFTA_LIST_ELEM);
    encodeExpression(writer, expression);
    writer.endNest(element);
  }
}

/** Writes one expression: its name and its data. */
export function encodeExpression(writer: MessageWriter, expression: NftExpression): void {
  writer.attributeText(NFTA_EXPR_NAME, NAMES[expression.kind]);
  const data = writer.beginNest(NFTA_EXPR_DATA);
  encodeData(writer, expression);
  writer.endNest(data);
}

function encodeData(writer: MessageWriter, expression: NftExpression): void {
  switch (expression.kind) {
    case "meta":
      writer.attributeU32BigEndian(NFTA_META_KEY, META_KEYS[expression.key]);
      writer.attributeU32BigEndian(NFTA_META_DREG, expression.register);
      break;
    case "payload":
      writer.attributeU32BigEndian(NFTA_PAYLOAD_DREG, expression.register);
      writer.attributeU32BigEndian(NFTA_PAYLOAD_BASE, PAYLOAD_BASES[expression.base]);
      writer.attributeU32BigEndian(NFTA_PAYLOAD_OFFSET, expression.offset);
      writer.attributeU32BigEndian(NFTA_PAYLOAD_LEN, expression.length);
      break;
    case "mask": {
      const { length } = expression.mask;
      writer.attributeU32BigEndian(NFTA_BITWISE_SREG, expression.register);
      writer.attributeU32BigEndian(NFTA_BITWISE_DREG, expression.register);
      writer.attributeU32BigEndian(NFTA_BITWISE_LEN, length);
      encodeValue(writer, NFTA_BITWISE_MASK, expression.mask);
      encodeValue(writer, NFTA_BITWISE_XOR, new Uint8Array(length));
      break;
    }
    case "compare": {
      const operator = expression.operator === "equal" ? NFT_CMP_EQ : NFT_CMP_NEQ;
      writer.attributeU32BigEndian(NFTA_CMP_SREG, expression.register);
      writer.attributeU32BigEndian(NFTA_CMP_OP, operator);
      encodeValue(writer, NFTA_CMP_DATA, expression.value);
      break;
    }
    case "lookup":
      writer.attributeU32BigEndian(NFTA_LOOKUP_SREG, expression.register);
      writer.attributeText(NFTA_LOOKUP_SET, expression.set);
      if (expression.operator === "not in") {
        writer.attributeU32BigEndian(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
      }
      break;
    case "counter":
      break;
    case "verdict":
      encodeVerdict(writer, expression.verdict);
      break;
    default:
      expression satisfies never;
  }
}

function encodeValue(writer: MessageWriter, type: number, value: Uint8Array): void {
  const nest = writer.beginNest(type);
  writer.attributeBytes(NFTA_DATA_VALUE, value, 0, value.length);
  writer.endNest(nest);
}

function encodeVerdict(writer: MessageWriter, verdict: NftVerdict): void {
  writer.attributeU32BigEndian(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
  const data = writer.beginNest(NFTA_IMMEDIATE_DATA);
  const nest = writer.beginNest(NFTA_DATA_VERDICT);
  writer.attributeU32BigEndian(NFTA_VERDICT_CODE, VERDICTS[verdict.kind]);
  if ("chain" in verdict) {
    writer.attributeText(NFTA_VERDICT_CHAIN, verdict.chain);
  }
  writer.endNest(nest);
  writer.endNest(data);
}

/** Reads the elements of a list of expressions. Throws MalformedMessage. */
export function decodeExpressions(list: AttributeReader): ReadNftExpression[] {
  const expressions: ReadNftExpression[] = [];
  while (list.next()) {
    expressions.push(decodeExpression(list.nested()));
  }
  return expressions;
}

/** Reads one expression. Throws MalformedMessage. */
export function decodeExpression(attribute: AttributeReader): ReadNftExpression {
  let name = "";
  let data: Fields = new Map();
  while (attribute.next()) {
    if (attribute.type === NFTA_EXPR_NAME) {
      name = attribute.text();
    } else if (attribute.type === NFTA_EXPR_DATA) {
      data = fields(attribute.nested());
    }
  }
  return decodeData(name, data) ?? { kind: "unknown", name };
}

/** The attributes of an expression by type. */
type Fields = Map<number, AttributeReader>;

function fields(attribute: AttributeReader): Fields {
  const found: Fields = new Map();
  while (attribute.next()) {
    found.set(attribute.type, attribute.copy());
  }
  return found;
}

/** `undefined` for what no expression of ours means. */
function decodeData(name: string, data: Fields): NftExpression | undefined {
  const number = (type: number): number => data.get(type)?.i32BigEndian() ?? 0;
  switch (name) {
    case NAMES.meta: {
      const key = nameOf(META_KEYS, number(NFTA_META_KEY));
      return key && { kind: "meta", key, register: number(NFTA_META_DREG) };
    }
    case NAMES.payload: {
      const base = nameOf(PAYLOAD_BASES, number(NFTA_PAYLOAD_BASE));
      const [offset, length] = [number(NFTA_PAYLOAD_OFFSET), number(NFTA_PAYLOAD_LEN)];
      const register = number(NFTA_PAYLOAD_DREG);
      // Without a register to load into it is a write to the packet.
      return base && data.has(NFTA_PAYLOAD_DREG)
        ? { kind: "payload", base, offset, length, register }
        : undefined;
    }
    case NAMES.mask: {
      const [mask, xor] = [value(data, NFTA_BITWISE_MASK), value(data, NFTA_BITWISE_XOR)];
      const register = number(NFTA_BITWISE_SREG);
      const isMask = register === number(NFTA_BITWISE_DREG) && xor?.every((octet) => octet === 0);
      return mask && isMask === true ? { kind: "mask", register, mask } : undefined;
    }
    case NAMES.compare: {
      const compared = value(data, NFTA_CMP_DATA);
      const code = number(NFTA_CMP_OP);
      const register = number(NFTA_CMP_SREG);
      if (compared === undefined || (code !== NFT_CMP_EQ && code !== NFT_CMP_NEQ)) {
        return undefined;
      }
      const operator = code === NFT_CMP_EQ ? "equal" : "not equal";
      return { kind: "compare", register, operator, value: compared };
    }
    case NAMES.lookup: {
      const set = data.get(NFTA_LOOKUP_SET)?.text();
      const register = number(NFTA_LOOKUP_SREG);
      const isInverted = (number(NFTA_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV) !== 0;
      const operator = isInverted ? "not in" : "in";
      return set === undefined ? undefined : { kind: "lookup", register, set, operator };
    }
    case NAMES.counter: {
      const packets = data.get(NFTA_COUNTER_PACKETS)?.u64BigEndian() ?? 0;
      return {
        kind: "counter",
        packets,
        octets: data.get(NFTA_COUNTER_BYTES)?.u64BigEndian() ?? 0,
      };
    }
    case NAMES.verdict: {
      const verdict = decodeVerdict(data);
      return verdict && { kind: "verdict", verdict };
    }
    default:
      return undefined;
  }
}

/** The name of a number; undefined for a number without one. */
function nameOf<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  number: number,
): Name | undefined {
  for (const name in numbers) {
    if (numbers[name] === number) {
      return name;
    }
  }
  return undefined;
}

/** The octets in an attribute that holds a value. */
function value(data: Fields, type: number): Uint8Array | undefined {
  const held = data.get(type)?.nested();
  return held?.next() === true && held.type === NFTA_DATA_VALUE ? held.octets() : undefined;
}

function decodeVerdict(data: Fields): NftVerdict | undefined {
  const held = data.get(NFTA_IMMEDIATE_DATA)?.nested();
  if (held?.next() !== true || held.type !== NFTA_DATA_VERDICT) {
    return undefined;
  }
  const verdict = fields(held.nested());
  const kind = nameOf(VERDICTS, verdict.get(NFTA_VERDICT_CODE)?.i32BigEndian() ?? Number.NaN);
  const chain = verdict.get(NFTA_VERDICT_CHAIN)?.text();
  switch (kind) {
    case "jump":
    case "goto":
      return chain === undefined ? undefined : { kind, chain };
    case "accept":
    case "drop":
    case "return":
      return { kind };
    default:
      return undefined;
  }
}

/** Whether two rules do the same, whatever their counters have counted. */
export function areSameExpressions(
  a: readonly ReadNftExpression[],
  b: readonly ReadNftExpression[],
): boolean {
  return a.length === b.length && a.every((one, i) => isSameExpression(one, b[i]));
}

function isSameExpression(a: ReadNftExpression, b: ReadNftExpression | undefined): boolean {
  switch (a.kind) {
    case "meta":
      return b?.kind === a.kind && b.key === a.key && b.register === a.register;
    case "payload":
      return (
        b?.kind === a.kind &&
        b.base === a.base &&
        b.offset === a.offset &&
        b.length === a.length &&
        b.register === a.register
      );
    case "mask":
      return b?.kind === a.kind && b.register === a.register && areSameOctets(a.mask, b.mask);
    case "compare":
      return (
        b?.kind === a.kind &&
        b.register === a.register &&
        b.operator === a.operator &&
        areSameOctets(a.value, b.value)
      );
    case "lookup":
      return (
        b?.kind === a.kind &&
        b.register === a.register &&
        b.set === a.set &&
        b.operator === a.operator
      );
    case "counter":
      return b?.kind === a.kind;
    case "verdict":
      return b?.kind === a.kind && isSameVerdict(a.verdict, b.verdict);
    case "unknown":
      // It may differ in what was not read.
      return false;
    default:
      return a satisfies never;
  }
}

function isSameVerdict(a: NftVerdict, b: NftVerdict): boolean {
  const [to, otherTo] = [a, b].map((verdict) => ("chain" in verdict ? verdict.chain : ""));
  return a.kind === b.kind && to === otherTo;
}

function areSameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
