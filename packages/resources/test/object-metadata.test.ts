import { expect, test } from "vitest";
import { advanceObjectMetadata, isHeld, keepObjectMetadata } from "../src/index.ts";
import { declaredOne } from "./declared.ts";

const tenant = (more = "") => declaredOne(`kind: Tenant\nmetadata: { name: red${more} }`);
const host = (asn: number) =>
  declaredOne(
    `kind: Host\nmetadata: { name: h1 }\nspec: { address: 10.0.1.1, asn: ${asn}, routerId: 10.0.1.1 }`,
  );
const fresh = { uid: "u1", time: "2026-01-01T00:00:00Z" };

test("a new resource gets identity, time and its first generation", () => {
  const made = advanceObjectMetadata(keepObjectMetadata(tenant(), undefined), undefined, fresh);
  expect(made.metadata).toEqual({
    name: "red",
    uid: "u1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    generation: 1,
  });
});

test("only a change of the spec counts as a generation", () => {
  const first = advanceObjectMetadata(host(65_000), undefined, fresh);
  const labelled = keepObjectMetadata(host(65_000), first);
  expect(advanceObjectMetadata(labelled, first, fresh).metadata.generation).toBe(1);
  const changed = keepObjectMetadata(host(65_001), first);
  expect(advanceObjectMetadata(changed, first, fresh).metadata.generation).toBe(2);
});

test("a resource of an earlier version of the program, without identity, gets one when it is written", () => {
  const old = host(65_000);
  const written = advanceObjectMetadata(keepObjectMetadata(host(65_001), old), old, fresh);
  expect(written.metadata).toMatchObject({ uid: "u1", generation: 1 });
});

test("labels and annotations are the wish's, and gone where it has none", () => {
  const before = tenant(", labels: { a: b }, annotations: { c: d }");
  expect(keepObjectMetadata(tenant(), before).metadata).toEqual({ name: "red" });
});

test("finalizers stay where the wish does not name them, and an empty list takes them away", () => {
  const before = tenant(", finalizers: [example.com/x]");
  expect(isHeld(keepObjectMetadata(tenant(), before))).toBe(true);
  expect(isHeld(keepObjectMetadata(tenant(", finalizers: []"), before))).toBe(false);
});

test("what is empty is as if it were not there", () => {
  const wish = tenant(", labels: {}, annotations: {}, finalizers: []");
  expect(keepObjectMetadata(wish, undefined).metadata).toEqual({ name: "red" });
});
