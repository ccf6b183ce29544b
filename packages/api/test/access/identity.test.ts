import { expect, test } from "vitest";
import { formatGrants, grantOfGroup, tenantsOf } from "../../src/access/identity.ts";

test.each([
  ["selvedge:operators", { role: "operator" }],
  ["selvedge:tenant:red:admin", { role: "tenant-admin", tenant: "red" }],
  ["selvedge:tenant:red-2:viewer", { role: "tenant-viewer", tenant: "red-2" }],
])("the group %s gives a role", (group, grant) => {
  expect(grantOfGroup(group)).toEqual(grant);
});

test.each([
  "",
  "system:masters",
  "selvedge:operators ",
  "Selvedge:operators",
  "selvedge:tenant::admin",
  "selvedge:tenant:red:owner",
  "selvedge:tenant:red:admin\nselvedge:operators",
  "selvedge:tenant:red/../blue:admin",
  "selvedge:tenant:red:admin:viewer",
])("the group %j gives nothing", (group) => {
  expect(grantOfGroup(group)).toBeUndefined();
});

test("grants are told in words", () => {
  expect(formatGrants([])).toBe("no role");
  expect(
    formatGrants([
      { role: "tenant-admin", tenant: "red" },
      { role: "tenant-viewer", tenant: "blue" },
    ]),
  ).toBe("tenant-admin of red, tenant-viewer of blue");
});

test("an operator has no tenant of their own", () => {
  const grants = [{ role: "operator" }, { role: "tenant-viewer", tenant: "red" }] as const;
  expect([...tenantsOf({ user: "a", how: "token", grants })]).toEqual(["red"]);
});
