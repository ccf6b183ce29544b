/** Breaks messages the way that bugs and bad lines do, keeping the header in order so that the body is looked at. */
import fc from "fast-check";
import { HEADER_LENGTH, writeHeader } from "../../src/wire/header.ts";

/** A change at a place given as a fraction of the length. */
export type Change =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "remove"; readonly at: number; readonly count: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "repeat"; readonly at: number; readonly count: number };

// Without its bias towards small numbers, which would be the same few octets again and again.
const at = fc.noBias(fc.nat(9999)).map((place) => place / 10_000);
export const change: fc.Arbitrary<Change> = fc.oneof(
  // Small numbers are lengths and types, so they do the most damage.
  fc.record({ kind: fc.constant("set"), at, value: fc.oneof(fc.nat(40), fc.nat(255)) }),
  fc.record({ kind: fc.constant("remove"), at, count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant("insert"), at, bytes: fc.uint8Array({ maxLength: 8 }) }),
  fc.record({ kind: fc.constant("repeat"), at, count: fc.integer({ min: 1, max: 40 }) }),
);

/** The octets with the change made. */
export function apply(body: Uint8Array, { at: fraction, ...how }: Change): Uint8Array {
  const place = Math.floor(fraction * body.length);
  const head = body.subarray(0, place);
  switch (how.kind) {
    case "set":
      return body.map((octet, index) => (index === place ? how.value : octet));
    case "remove":
      return Uint8Array.of(...head, ...body.subarray(place + how.count));
    case "insert":
      return Uint8Array.of(...head, ...how.bytes, ...body.subarray(place));
    case "repeat":
      return Uint8Array.of(
        ...head,
        ...body.subarray(place, place + how.count),
        ...body.subarray(place),
      );
    default:
      return how satisfies never;
  }
}

/** A message of a type around any octets. */
export function framed(type: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + body.length);
  message.set(body, HEADER_LENGTH);
  writeHeader(message, 0, message.length, type);
  return message;
}

/** Changed copies of messages; the length of the header is right again, its type as before. */
export function mutated(message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(message, fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([bytes, changes]) =>
      framed(bytes[18] ?? 0, changes.reduce(apply, bytes.subarray(HEADER_LENGTH))),
    );
}
