/** The role table in the code against the one in docs/access.md, which people wrote, and the decisions against both. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type AccessRequest, authorise } from "../../src/access/authorise.ts";
import type { Grant, Identity } from "../../src/access/identity.ts";
import { ROLE_TABLE, VERBS, type Verb } from "../../src/access/role-table.ts";
import { readDocumentedRoles } from "./documented-roles.ts";

const page = join(dirname(fileURLToPath(import.meta.url)), "../../../../docs/access.md");
const documented = readDocumentedRoles(readFileSync(page, "utf8"));

function identity(...grants: Grant[]): Identity {
  return { user: "alice", how: "token", credential: "t1", grants };
}

function request(
  verb: Verb,
  resource: string,
  tenant?: string,
): Extract<AccessRequest, { kind: "resource" }> {
  return { kind: "resource", verb, resource, tenant, name: undefined };
}

const operator = identity({ role: "operator" });
const admin = identity({ role: "tenant-admin", tenant: "red" });
const viewer = identity({ role: "tenant-viewer", tenant: "red" });

describe("the table", () => {
  test("has the rows of the page, in its order", () => {
    expect(Object.keys(ROLE_TABLE)).toEqual(documented.map(({ resource }) => resource));
  });

  test.each(documented)("says of $resource what the page says", (row) => {
    for (const verb of VERBS) {
      const cells: readonly [string, Identity, string | undefined, readonly string[]][] = [
        ["operator, red", operator, "red", row.operator],
        ["operator, all", operator, undefined, row.operator],
        ["admin, own", admin, "red", row.admin],
        ["viewer, own", viewer, "red", row.viewer],
        ["admin, other", admin, "blue", row.other],
        ["admin, all", admin, undefined, row.other],
        ["viewer, other", viewer, "blue", row.other],
        ["viewer, all", viewer, undefined, row.other],
        ["no role", identity(), "red", []],
      ];
      for (const [cell, who, tenant, verbs] of cells) {
        const decision = authorise(who, request(verb, row.resource, tenant));
        const expected = verbs.includes(verb) ? "allowed" : "denied";
        expect(`${cell} ${verb}: ${decision.kind}`).toBe(`${cell} ${verb}: ${expected}`);
      }
    }
  });
});

describe("authorise", () => {
  test("adds up the roles of several tenants", () => {
    const both = identity(
      { role: "tenant-viewer", tenant: "red" },
      { role: "tenant-admin", tenant: "blue" },
    );
    expect(authorise(both, request("get", "vrfs", "red")).kind).toBe("allowed");
    expect(authorise(both, request("update", "vrfs", "red")).kind).toBe("denied");
    expect(authorise(both, request("update", "vrfs", "blue")).kind).toBe("allowed");
    expect(authorise(both, request("list", "vrfs")).kind).toBe("denied");
  });

  test.each(["gadgets", "toString", "__proto__", "vrfs/scale", "VRFS", ""])(
    "knows no resource %j for a tenant",
    (resource) => {
      expect(authorise(admin, request("get", resource, "red")).kind).toBe("denied");
      expect(authorise(operator, request("get", resource, "red")).kind).toBe("allowed");
    },
  );

  test("says in a denial what was asked for", () => {
    const decision = authorise(admin, { ...request("update", "vrfs", "blue"), name: "main" });
    expect(decision).toEqual({
      kind: "denied",
      reason:
        'vrfs.selvedge.dev "main" is forbidden: user "alice" cannot update resource "vrfs" in the tenant "blue"',
    });
  });

  test("lets those apply lists who may create something", () => {
    const kinds = [operator, admin, viewer, identity()].map(
      (who) => authorise(who, { kind: "apply" }).kind,
    );
    expect(kinds).toEqual(["allowed", "allowed", "denied", "denied"]);
  });

  test("refuses what is no route to all but operators", () => {
    const unknown: AccessRequest = { kind: "unknown", method: "TRACE" };
    expect(authorise(admin, unknown).kind).toBe("denied");
    expect(authorise(operator, unknown).kind).toBe("allowed");
  });
});
