import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PathAttribute } from "../../src/wire/attribute/path-attribute.ts";
import { decodeUpdate } from "../../src/wire/update-decode.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import type { UpdateFields } from "../../src/wire/update-message.ts";
import { codecContext, updateFields } from "./update-arbitraries.ts";

/** Decoded attributes have their flags; those that were encoded here did not say any. */
function withoutFlags(attributes: readonly PathAttribute[]): readonly object[] {
  return attributes.map(({ flags, ...body }) => body);
}

describe("decodeUpdate", () => {
  it("gives back what encodeUpdate was given", () => {
    const cases = codecContext.chain((context) =>
      fc.tuple(fc.constant(context), updateFields(context)),
    );
    fc.assert(
      fc.property(cases, ([context, fields]) => {
        const bytes = encodeUpdate(fields, context);
        const update = decodeUpdate(bytes, 0, bytes.length, context);
        expect({ treatment: update.treatment, errors: update.errors }).toEqual({
          treatment: "accept",
          errors: [],
        });
        expect(update.withdrawn).toEqual(fields.withdrawn);
        expect(update.announced).toEqual(fields.announced);
        expect(withoutFlags(update.attributes)).toEqual(fields.attributes);
        expect(encodeUpdate(update, context)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it("is a plain JSON value", () => {
    const cases = codecContext.chain((context) =>
      fc.tuple(fc.constant(context), updateFields(context)),
    );
    fc.assert(
      fc.property(cases, ([context, fields]) => {
        const bytes = encodeUpdate(fields, context);
        const update = decodeUpdate(bytes, 0, bytes.length, context);
        expect(JSON.parse(JSON.stringify(update))).toEqual(update);
      }),
    );
  });
});

describe("encodeUpdate", () => {
  const fields: UpdateFields = {
    withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [] }],
    attributes: [{ kind: "med", value: 1 }],
    announced: [],
  };
  const context = {
    fourOctetAs: true,
    extendedMessages: false,
    ibgp: true,
    families: ["l2vpn-evpn"],
    addPathReceive: [],
  } as const;

  it("puts an MP attribute that is not named in front", () => {
    const bytes = encodeUpdate(fields, context);
    const { attributes } = decodeUpdate(bytes, 0, bytes.length, context);
    expect(attributes.map(({ kind }) => kind)).toEqual(["mp-unreach", "med"]);
  });

  it("refuses two groups of routes in one attribute", () => {
    const [group] = fields.withdrawn;
    if (group === undefined) throw new Error("no group");
    const twice = { ...fields, withdrawn: [group, group] };
    expect(() => encodeUpdate(twice, context)).toThrow(RangeError);
  });

  it("refuses what is longer than the session allows", () => {
    const value = "00".repeat(5000);
    const long = { ...fields, attributes: [{ kind: "unknown", type: 99, value } as const] };
    expect(() => encodeUpdate(long, context)).toThrow(/exceeds 4096/);
    expect(encodeUpdate(long, { ...context, extendedMessages: true }).length).toBeGreaterThan(5000);
  });

  it("sets the extended-length flag where the value needs it", () => {
    const value = "00".repeat(256);
    const long = { ...fields, attributes: [{ kind: "unknown", type: 99, value } as const] };
    const bytes = encodeUpdate(long, context);
    const { attributes } = decodeUpdate(bytes, 0, bytes.length, context);
    expect(attributes[1]?.flags).toEqual(["optional", "transitive", "extended-length"]);
  });
});
