import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  areSameExpressions,
  decodeExpressions,
  encodeExpressions,
  type NftExpression,
} from "../../src/nftables/expression.ts";
import { MessageReader } from "../../src/wire/message-reader.ts";
import { MessageWriter } from "../../src/wire/message-writer.ts";

const register = fc.constantFrom(1, 2, 3, 4, 9, 14, 23);
const octets = fc.uint8Array({ minLength: 1, maxLength: 16 });
const name = fc.constantFrom("ports", "sources4", "own");

const expression: fc.Arbitrary<NftExpression> = fc.oneof(
  fc.record({
    kind: fc.constant("meta" as const),
    key: fc.constantFrom("protocol", "iifname", "iiftype", "nfproto", "l4proto"),
    register,
  }),
  fc.record({
    kind: fc.constant("payload" as const),
    base: fc.constantFrom("link", "network", "transport"),
    offset: fc.nat({ max: 100 }),
    length: fc.integer({ min: 1, max: 16 }),
    register,
  }),
  fc.record({ kind: fc.constant("mask" as const), register, mask: octets }),
  fc.record({
    kind: fc.constant("compare" as const),
    register,
    operator: fc.constantFrom("equal", "not equal"),
    value: octets,
  }),
  fc.record({
    kind: fc.constant("lookup" as const),
    register,
    set: name,
    operator: fc.constantFrom("in", "not in"),
  }),
  fc.constant({ kind: "counter" } as const),
  fc
    .oneof(
      fc.record({ kind: fc.constantFrom("accept", "drop", "return") }),
      fc.record({ kind: fc.constantFrom("jump", "goto"), chain: name }),
    )
    .map((verdict) => ({ kind: "verdict" as const, verdict })),
);

function decoded(expressions: readonly NftExpression[]) {
  const writer = new MessageWriter(64);
  writer.begin(0, 0);
  const list = writer.beginNest(4);
  encodeExpressions(writer, expressions);
  writer.endNest(list);
  writer.end();
  const message = new MessageReader(writer.bytes, writer.length);
  message.next();
  const attribute = message.attributes(0);
  attribute.next();
  return decodeExpressions(attribute.nested());
}

const comparable = (expressions: readonly NftExpression[]): string =>
  JSON.stringify(expressions, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : value,
  );

describe("expressions", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(fc.array(expression, { maxLength: 8 }), (expressions) => {
        expect(areSameExpressions(expressions, decoded(expressions))).toBe(true);
      }),
    );
  });

  test("are the same only if they are equal", () => {
    fc.assert(
      fc.property(
        fc.array(expression, { maxLength: 2 }),
        fc.array(expression, { maxLength: 2 }),
        (a, b) => {
          expect(areSameExpressions(a, b)).toBe(comparable(a) === comparable(b));
          expect(areSameExpressions(a, structuredClone(a))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("are the same whatever their counters have counted", () => {
    expect(
      areSameExpressions([{ kind: "counter" }], [{ kind: "counter", packets: 5, octets: 500 }]),
    ).toBe(true);
  });

  test("that are not known are never the same as any", () => {
    const unknown = [{ kind: "unknown", name: "ct" }] as const;
    expect(areSameExpressions(unknown, unknown)).toBe(false);
  });
});
