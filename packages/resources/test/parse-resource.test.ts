import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseResource } from "../src/parse-resource.ts";
import { TWO_TENANTS } from "./declared.ts";

describe("parseResource", () => {
  test("reads back what was stored, to the same value", () => {
    for (const resource of TWO_TENANTS.values()) {
      const stored: unknown = JSON.parse(JSON.stringify(resource));
      expect(parseResource(stored)).toEqual({ kind: "parsed", resource });
    }
  });

  test.each([
    [3, "", "is not a resource; write apiVersion, kind, metadata and spec"],
    [[], "", "is not a resource; write apiVersion, kind, metadata and spec"],
    [{}, "kind", "is missing; write one of Tenant, Host, Vrf, Subnet, Endpoint"],
    [{ kind: "vrf" }, "kind", '"vrf" is not a kind of selvedge.dev/v1alpha1; did you mean "Vrf"?'],
    [
      { kind: "Pod" },
      "kind",
      '"Pod" is not a kind of selvedge.dev/v1alpha1; the kinds are Tenant, Host, Vrf, Subnet, Endpoint',
    ],
  ])("refuses %j", (value, path, message) => {
    expect(parseResource(value)).toEqual({
      kind: "refused",
      faults: [{ path: path === "" ? [] : [path], message }],
    });
  });

  test("never throws, and says something of every value that it refuses", () => {
    const almost = fc.record(
      {
        apiVersion: fc.constantFrom("selvedge.dev/v1alpha1", "v1"),
        kind: fc.constantFrom("Tenant", "Host", "Vrf", "Subnet", "Endpoint", "List"),
        metadata: fc.oneof(fc.constant({ name: "a", namespace: "b" }), fc.jsonValue()),
        spec: fc.jsonValue(),
        status: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(almost, fc.jsonValue(), fc.anything()), (value) => {
        const parsed = parseResource(value);
        if (parsed.kind === "refused") expect(parsed.faults.length).toBeGreaterThan(0);
      }),
    );
  });
});
