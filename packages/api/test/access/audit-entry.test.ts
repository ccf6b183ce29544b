import { expect, test } from "vitest";
import { auditedResource, shortened } from "../../src/access/audit-entry.ts";
import { parsed } from "./resources-of-two-tenants.ts";

test("annotations that sound like secrets lose their values, and kubectl's copy goes", () => {
  const annotations = {
    "example.com/db-password": "hunter2",
    "example.com/api-key": "k",
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
    owner: "me",
  };
  const tenant = parsed({ kind: "Tenant", metadata: { name: "red", annotations } });
  expect(auditedResource(tenant)).toMatchObject({
    metadata: {
      name: "red",
      annotations: {
        "example.com/db-password": "(hidden)",
        "example.com/api-key": "(hidden)",
        owner: "me",
      },
    },
  });
  expect(JSON.stringify(auditedResource(tenant))).not.toMatch(/hunter2|last-applied/);
});

test("what was refused is told by its size when it is large", () => {
  const small = { key: "tenants/red", new: { a: "b" } } as const;
  expect(shortened(small)).toBe(small);
  const large = shortened({ key: "tenants/red", new: { a: "x".repeat(100_000) } });
  expect(JSON.stringify(large).length).toBeLessThan(200);
});
