/** Breaks UPDATEs attribute by attribute, with lengths around them that are right, so that each fault is met alone. */
import fc from "fast-check";
import { HEADER_LENGTH, MESSAGE } from "../../src/wire/header.ts";
import { apply, change, framed } from "./mutation.ts";

interface Attribute {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
}

interface Parts {
  readonly withdrawn: Uint8Array;
  readonly attributes: readonly Attribute[];
  readonly nlri: Uint8Array;
}

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** The parts of a well-formed UPDATE. */
function take(message: Uint8Array): Parts {
  const withdrawnEnd = HEADER_LENGTH + 2 + u16(message, HEADER_LENGTH);
  const end = withdrawnEnd + 2 + u16(message, withdrawnEnd);
  const attributes: Attribute[] = [];
  for (let at = withdrawnEnd + 2; at < end; ) {
    const flags = message[at] ?? 0;
    const extended = (flags & 0x10) !== 0;
    const start = at + (extended ? 4 : 3);
    const length = extended ? u16(message, at + 2) : (message[at + 2] ?? 0);
    attributes.push({
      flags,
      type: message[at + 1] ?? 0,
      value: message.subarray(start, start + length),
    });
    at = start + length;
  }
  const withdrawn = message.subarray(HEADER_LENGTH + 2, withdrawnEnd);
  return { withdrawn, attributes, nlri: message.subarray(end) };
}

function build({ withdrawn, attributes, nlri }: Parts): Uint8Array {
  const octets = attributes.flatMap(({ flags, type, value }) =>
    value.length > 255 || (flags & 0x10) !== 0
      ? [flags | 0x10, type, value.length >>> 8, value.length & 0xff, ...value]
      : [flags, type, value.length, ...value],
  );
  const sized = (part: ArrayLike<number>) => [part.length >>> 8, part.length & 0xff];
  return framed(
    MESSAGE.UPDATE,
    Uint8Array.from([...sized(withdrawn), ...withdrawn, ...sized(octets), ...octets, ...nlri]),
  );
}

type Break = (parts: Parts) => Parts;

const place = fc.noBias(fc.nat(9999));
const oneAttribute = (
  how: (attribute: Attribute) => readonly Attribute[],
  which: number,
): Break => {
  return (parts) => {
    const index = which % Math.max(parts.attributes.length, 1);
    const attributes = parts.attributes.flatMap((attribute, at) =>
      at === index ? how(attribute) : [attribute],
    );
    return { ...parts, attributes };
  };
};

const breaks: fc.Arbitrary<Break> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(place, change)
      .map(([which, how]) =>
        oneAttribute((attribute) => [{ ...attribute, value: apply(attribute.value, how) }], which),
      ),
  },
  fc
    .tuple(place, fc.constantFrom(0x10, 0x20, 0x40, 0x80))
    .map(([which, bit]) =>
      oneAttribute((attribute) => [{ ...attribute, flags: attribute.flags ^ bit }], which),
    ),
  fc
    .tuple(place, fc.nat(40))
    .map(([which, type]) => oneAttribute((attribute) => [{ ...attribute, type }], which)),
  place.map((which) => oneAttribute(() => [], which)),
  fc
    .tuple(place, change)
    .map(([which, how]) =>
      oneAttribute(
        (attribute) => [attribute, { ...attribute, value: apply(attribute.value, how) }],
        which,
      ),
    ),
  change.map((how) => (parts: Parts) => ({ ...parts, nlri: apply(parts.nlri, how) })),
  change.map((how) => (parts: Parts) => ({ ...parts, withdrawn: apply(parts.withdrawn, how) })),
  fc.constant((parts: Parts) => ({ ...parts, nlri: new Uint8Array(0) })),
);

/** Copies of a well-formed UPDATE with one to three things wrong. */
export function brokenUpdate(message: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .array(breaks, { minLength: 1, maxLength: 3 })
    .map((list) => build(list.reduce((parts, each) => each(parts), take(message))));
}
