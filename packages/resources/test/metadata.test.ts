import { describe, expect, test } from "vitest";
import { declaredOne } from "./declared.ts";
import { faults } from "./faults.ts";

const NAME_RULE =
  "use at most 63 lower-case letters, digits and hyphens, with a letter or digit first and last";
const LABEL_RULE =
  "use at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit first and last";

describe("a name", () => {
  test.each(["a", "0", "web-1", "a".repeat(63)])("may be %s", (name) => {
    expect(declaredOne(`kind: Tenant\nmetadata: { name: '${name}' }`).metadata.name).toBe(name);
  });

  test.each(["", "Web", "web_1", "web.1", "-web", "web-", "a/b", "a".repeat(64)])(
    "may not be %j",
    (name) => {
      expect(faults(`kind: Tenant\nmetadata: { name: '${name}' }`)).toEqual([
        `metadata.name: "${name}" is not a name; ${NAME_RULE}`,
      ]);
    },
  );
});

test("a kind that belongs to a tenant needs the namespace, and another refuses it", () => {
  expect(faults("kind: Vrf\nmetadata: { name: main }")).toEqual([
    "metadata.namespace: is missing; write the name of the tenant that the resource belongs to",
  ]);
  expect(faults("kind: Tenant\nmetadata: { name: red, namespace: red }")).toEqual([
    'metadata.namespace: unknown field "namespace"; the fields here are name, labels, annotations, finalizers, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp',
  ]);
});

test("labels are those of Kubernetes", () => {
  const text =
    "kind: Tenant\nmetadata: { name: red, labels: { example.org/role: web, empty: '' } }";
  expect(declaredOne(text).metadata.labels).toEqual({ "example.org/role": "web", empty: "" });
});

test("labels that Kubernetes would refuse are refused", () => {
  const text = "kind: Tenant\nmetadata: { name: red, labels: { -a: b, c: 'd e', f: 3 } }";
  expect(faults(text)).toEqual(["metadata.labels.f: the number 3 is not text; put it in quotes"]);
  expect(faults(text.replace(", f: 3", ""))).toEqual([
    `metadata.labels["-a"]: "-a" is not the key of a label; ${LABEL_RULE}`,
    `metadata.labels.c: "d e" is not the value of a label; ${LABEL_RULE}`,
  ]);
});

test("annotations may have so many octets, whatever alphabet they are in", () => {
  const limit = 256 * 1024;
  const annotated = (value: string) =>
    `kind: Tenant\nmetadata: { name: red, annotations: { a: '${value}' } }`;
  const fitting = "x".repeat(limit - 1);
  expect(declaredOne(annotated(fitting)).metadata.annotations).toEqual({ a: fitting });
  expect(faults(annotated(`${fitting}x`))).toEqual([
    `metadata.annotations: annotations have ${limit + 1} octets in UTF-8; use at most ${limit}`,
  ]);
  expect(faults(annotated("ß".repeat(limit / 2)))).toHaveLength(1);
});
