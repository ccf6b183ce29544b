import { expect, test } from "vitest";
import { negotiateForm } from "../../src/resource-api/negotiation.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

test.each([
  [undefined, "object"],
  ["", "object"],
  ["application/json", "object"],
  ["application/json, */*", "object"],
  ["text/html, */*;q=0.1", "object"],
  ["application/vnd.kubernetes.protobuf,application/json", "object"],
  [TABLE, "table"],
  [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, "table"],
  [`application/json;q=0.5, ${TABLE}`, "table"],
  [`${TABLE};q=0.1, application/json`, "object"],
  ["application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "object"],
  ["application/json; as=PartialObjectMetadata; v=v1; g=meta.k8s.io", "metadata"],
  ["application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "metadata"],
  [
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
    "object",
  ],
  ["application/json;charset=utf-8", "object"],
] as const)("%s asks for %s", (accept, form) => {
  expect(negotiateForm(accept)).toBe(form);
});

test.each([
  "application/yaml",
  "text/html",
  "application/json;q=0",
  "application/json;as=Table;v=v2;g=meta.k8s.io",
  "application/json;as=Chart",
  ";;;",
])("%s cannot be had", (accept) => {
  expect(() => negotiateForm(accept)).toThrow(
    expect.objectContaining({ reason: "NotAcceptable", code: 406 }),
  );
});
