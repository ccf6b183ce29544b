/**
 * BGP messages by their grammar, over few values so that routes meet each other; now and then a length, a flag or a value
 * is wrong.
 *
 * RFC 4271 section 4, RFC 4760, RFC 5492, RFC 7432 section 7, RFC 9136 section 3.
 */

import type { Random } from "./random.ts";

const ESIS = [new Array<number>(10).fill(0), [0, 17, 34, 51, 68, 85, 102, 119, 136, 153]];
const ADDRESSES = [
  [10, 0, 0, 11],
  [192, 0, 2, 1],
  [0, 0, 0, 0],
];
const IPV6 = [[32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], new Array<number>(16).fill(0)];
const MACS = [
  [2, 0, 0, 0, 0, 1],
  [2, 0, 0, 0, 0, 2],
];
const COMMUNITIES = [
  [0, 2, 253, 232, 0, 0, 0, 1],
  [0, 2, 253, 232, 0, 0, 0, 2],
  [3, 12, 0, 0, 0, 0, 0, 8],
  [3, 12, 0, 0, 0, 0, 0, 10],
  [6, 3, 2, 0, 192, 0, 2, 1],
  [6, 0, 1, 0, 0, 0, 0, 7],
  [6, 1, 1, 0, 0, 0, 0, 100],
  [6, 2, 17, 34, 51, 68, 85, 102],
  [6, 6, 2, 0, 0, 0, 127, 255],
  [64, 4, 253, 232, 0, 0, 0, 1],
];
const ASNS = [65000, 65009, 65101, 0, 4200000000];

/** Wrong by a little in one of fifty cases. */
const roughly = (random: Random, length: number): number =>
  random.oneIn(50) ? random.pick([0, 1, length + 1, Math.max(0, length - 1), 255]) : length;

const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
const u24 = (value: number): number[] => [(value >>> 16) & 0xff, ...u16(value)];
const u32 = (value: number): number[] => [(value >>> 24) & 0xff, ...u24(value)];

/** An octet of length and what it is the length of. */
const sized = (random: Random, value: readonly number[]): number[] => [
  roughly(random, Math.min(value.length, 255)) & 0xff,
  ...value.slice(0, 255),
];

const rd = (random: Random): number[] => [0, 1, 10, 0, 0, 11 + random.below(2), 0, 1];
const label = (random: Random): number[] => u24(random.pick([0, 100, 5001, 0xffffff]));

/** An address and its length in bits in front. */
function sizedAddress(random: Random, mayBeNone: boolean): number[] {
  const address = random.pick([...ADDRESSES, ...IPV6, ...(mayBeNone ? [[], []] : [])]);
  return [roughly(random, address.length * 8) & 0xff, ...address];
}

function evpnValue(random: Random, type: number): number[] {
  const start = rd(random);
  const tag = u32(random.pick([0, 0, 0, 7, 0xffffffff]));
  switch (type) {
    case 1:
      return [...start, ...random.pick(ESIS), ...tag, ...label(random)];
    case 2: {
      const mac = [roughly(random, 48) & 0xff, ...random.pick(MACS)];
      const labels = random.several(1, 2, () => label(random)).flat();
      return [
        ...start,
        ...random.pick(ESIS),
        ...tag,
        ...mac,
        ...sizedAddress(random, true),
        ...labels,
      ];
    }
    case 3:
      return [...start, ...tag, ...sizedAddress(random, false)];
    case 4:
      return [...start, ...random.pick(ESIS), ...sizedAddress(random, false)];
    case 5: {
      const isV6 = random.oneIn(3);
      const prefix = random.pick(isV6 ? IPV6 : ADDRESSES);
      const gateway = random.oneIn(4) ? prefix : new Array<number>(prefix.length).fill(0);
      const bits = random.pick([0, 24, 25, isV6 ? 64 : 32, isV6 ? 128 : 32, 33, 129]);
      return [
        ...start,
        ...random.pick(ESIS),
        ...tag,
        bits,
        ...prefix,
        ...gateway,
        ...label(random),
      ];
    }
    default:
      return random.octets(random.below(12));
  }
}

/** Routes of EVPN, one after the other. */
export function evpnRoutes(random: Random): number[] {
  return random
    .several(0, 4, () => {
      const type = random.pick([1, 2, 2, 3, 4, 5, 5, 5, 6, 11, 0]);
      return [type, ...sized(random, evpnValue(random, type))];
    })
    .flat();
}

function prefixes(random: Random): number[] {
  return random.several(1, 3, () => [24, 10, random.below(4), 0]).flat();
}

function asPath(random: Random): number[] {
  return random
    .several(0, 2, () => {
      const asns = random.several(1, 3, () => random.pick(ASNS));
      return [
        random.pick([2, 2, 2, 1, 3]),
        roughly(random, asns.length) & 0xff,
        ...asns.flatMap(u32),
      ];
    })
    .flat();
}

function family(random: Random): number[] {
  return random.pick([
    [0, 25, 70],
    [0, 25, 70],
    [0, 25, 70],
    [0, 25, 70],
    [0, 1, 1],
    [0, 2, 1],
    [0, 1, 132],
    [0, 1, 132],
  ]);
}

/** Route target memberships (RFC 4684 section 4). */
function memberships(random: Random): number[] {
  return random
    .several(0, 3, () => {
      const bits = random.pick([0, 32, 96, 96, 96, 64, 31, 97]);
      const whole = [...u32(random.pick(ASNS)), ...random.pick(COMMUNITIES)];
      return [bits, ...whole.slice(0, Math.ceil(bits / 8))];
    })
    .flat();
}

function nlriOf(random: Random, [, afi, safi]: readonly number[]): number[] {
  if (safi === 132) return memberships(random);
  return afi === 25 ? evpnRoutes(random) : prefixes(random);
}

type Attribute = readonly [type: number, flags: number, value: (random: Random) => number[]];

const REQUIRED: readonly Attribute[] = [
  [1, 0x40, (random) => [random.pick([0, 0, 1, 2, 2, 3])]],
  [2, 0x40, asPath],
  [5, 0x40, (random) => u32(random.pick([100, 100, 200]))],
  [16, 0xc0, (random) => random.several(1, 4, () => random.pick(COMMUNITIES)).flat()],
];
const REACH: Attribute = [
  14,
  0x80,
  (random) => {
    const of = family(random);
    const nextHop = random.pick([...ADDRESSES, ...IPV6, [...(IPV6[0] ?? []), ...(IPV6[0] ?? [])]]);
    return [...of, ...sized(random, nextHop), 0, ...nlriOf(random, of)];
  },
];
const UNREACH: Attribute = [
  15,
  0x80,
  (random) => {
    const of = family(random);
    return [...of, ...nlriOf(random, of)];
  },
];
const OPTIONAL: readonly Attribute[] = [
  [3, 0x40, (random) => random.pick(ADDRESSES)],
  [4, 0x80, (random) => u32(random.pick([0, 50]))],
  [6, 0x40, () => []],
  [7, 0xc0, (random) => [...u32(random.pick(ASNS)), ...random.pick(ADDRESSES)]],
  [8, 0xc0, (random) => random.pick([u32(0xffffff01), u32(0xffffff02), u32(0xfde80064)])],
  [9, 0x80, (random) => [10, 0, 0, random.pick([1, 5, 99])]],
  [10, 0x80, (random) => [10, 0, 0, random.pick([254, 201, 202]), 10, 0, 0, 201]],
  [17, 0xc0, asPath],
  [18, 0xc0, (random) => [...u32(random.pick(ASNS)), ...random.pick(ADDRESSES)]],
  [22, 0xc0, (random) => [0, random.pick([6, 0, 1]), ...label(random), ...random.pick(ADDRESSES)]],
  [32, 0xc0, (random) => random.octets(12)],
  [35, 0xc0, (random) => random.octets(4)],
  [99, 0xc0, (random) => random.octets(3)],
  [98, 0x80, (random) => random.octets(3)],
];

function attribute(random: Random, [type, flags, make]: Attribute): number[] {
  const value = make(random);
  const odd = random.oneIn(60) ? random.pick([0x80, 0x40, 0x20, 0x20, 0x01, 0x0f]) : 0;
  const length = roughly(random, value.length);
  const isLong = value.length > 255 || random.oneIn(8);
  const size = isLong ? u16(length) : [length & 0xff];
  return [(flags ^ odd) | (isLong ? 0x10 : 0), type, ...size, ...value];
}

/** What follows the header of an UPDATE. */
export function updateBody(random: Random): number[] {
  const isAnnouncing = !random.oneIn(4);
  const chosen = [
    ...(isAnnouncing ? [REACH, ...REQUIRED.filter(() => !random.oneIn(40))] : []),
    ...(random.oneIn(isAnnouncing ? 6 : 1) ? [UNREACH] : []),
    ...OPTIONAL.filter(() => random.oneIn(8)),
  ];
  if (random.oneIn(2)) chosen.sort(([a], [b]) => a - b);
  if (random.oneIn(40)) chosen.push(random.pick(chosen.length > 0 ? chosen : OPTIONAL));
  const attributes = chosen.flatMap((one) => attribute(random, one));
  const withdrawn = random.oneIn(12) ? prefixes(random) : [];
  const body = random.oneIn(12) ? prefixes(random) : [];
  return [
    ...u16(roughly(random, withdrawn.length)),
    ...withdrawn,
    ...u16(roughly(random, attributes.length)),
    ...attributes,
    ...body,
  ];
}

/** What follows the header of an OPEN. */
export function openBody(random: Random): number[] {
  const capability = (): number[] => {
    const [code, value] = random.pick<readonly [number, readonly number[]]>([
      [1, [0, 25, 0, 70]],
      [2, []],
      [5, [0, 1, 0, 1, 0, 2]],
      [6, []],
      [64, [...u16(random.pick([0x8078, 120, 0x4000])), 0, 25, 70, 0x80]],
      [65, u32(random.pick(ASNS))],
      [69, [0, 25, 70, random.below(5)]],
      [70, []],
      [71, [0, 25, 70, 0x80, 0, 14, 16]],
      [73, [...sized(random, [104, 49]), ...sized(random, [])]],
      [128, []],
      [random.below(256), random.octets(random.below(6))],
    ]);
    return [code, ...sized(random, value)];
  };
  const isExtended = random.oneIn(5);
  const parameters = random
    .several(0, 4, () => {
      const value = random.several(0, 3, capability).flat();
      const length = roughly(random, value.length);
      return [random.oneIn(30) ? 1 : 2, ...(isExtended ? u16(length) : [length & 0xff]), ...value];
    })
    .flat();
  const start = [
    random.oneIn(30) ? 3 : 4,
    ...u16(random.pick([65000, 65000, 23456, 0])),
    ...u16(random.pick([90, 90, 0, 3, 2])),
    ...random.pick(ADDRESSES),
  ];
  const length = roughly(random, parameters.length);
  return [...start, ...(isExtended ? [255, 255, ...u16(length)] : [length & 0xff]), ...parameters];
}
