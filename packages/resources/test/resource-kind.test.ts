import { expect, test } from "vitest";
import {
  findKind,
  KIND_NAMES,
  KINDS,
  parseResourceKey,
  resourceKey,
} from "../src/resource-kind.ts";
import { TWO_TENANTS } from "./declared.ts";

test("each row of the table is filed under its own kind", () => {
  for (const kind of KIND_NAMES) expect(KINDS[kind].kind).toBe(kind);
});

test("the key of every resource has its kind, tenant and name, and parses back", () => {
  for (const [key, resource] of TWO_TENANTS) {
    expect(resourceKey(resource)).toBe(key);
    expect(parseResourceKey(key)).toMatchObject({ key, kind: resource.kind, ...nameOf(resource) });
  }
  expect([...TWO_TENANTS.keys()]).toContain("endpoints/red/web-1");
  expect([...TWO_TENANTS.keys()]).toContain("hosts/h1");
});

function nameOf({ metadata }: { metadata: { name: string; namespace?: string } }) {
  return { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

test.each(["", "hosts", "hosts/", "hosts/a/b", "vrfs/red", "vrfs/red/", "vrfs//a", "pods/a"])(
  "%j is no key",
  (text) => {
    expect(parseResourceKey(text)).toBeUndefined();
  },
);

test.each(["Endpoint", "endpoint", "endpoints", "ENDPOINTS", "ep"])("%s names the kind", (text) => {
  expect(findKind(text)).toBe("Endpoint");
});

test("findKind knows no other words", () => {
  expect(findKind("pods")).toBeUndefined();
});
