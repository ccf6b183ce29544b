import { describe, expect, test } from "vitest";
import { declaredOne } from "./declared.ts";
import { faults } from "./faults.ts";

const tenant = (spec: string) => `kind: Tenant\nmetadata: { name: red }\nspec: { ${spec} }`;

describe("a Tenant", () => {
  test("may have a range of VNIs of its own", () => {
    expect(declaredOne(tenant("vniRange: { first: 7000, last: 7099 }")).spec).toEqual({
      vniRange: { first: 7000, last: 7099 },
    });
    expect(declaredOne("kind: Tenant\nmetadata: { name: red }").spec).toEqual({});
    expect(faults(tenant("vniRange: { first: 7000, last: 7000 }"))).toEqual([]);
  });

  test("is refused a range that ends before it begins, or has no end, or is none of VNIs", () => {
    expect(faults(tenant("vniRange: { first: 7000, last: 6999 }"))).toEqual([
      "spec.vniRange.last: is below first; write a VNI from first on",
    ]);
    expect(faults(tenant("vniRange: { first: 7000 }"))).toEqual([
      expect.stringMatching(/^spec\.vniRange\.last: is missing/),
    ]);
    expect(faults(tenant("vniRange: { first: 1, last: 16777216 }"))).toEqual([
      expect.stringMatching(/^spec\.vniRange\.last: /),
    ]);
  });
});
