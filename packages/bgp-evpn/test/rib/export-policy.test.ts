import { expect, test } from "vitest";
import { FACT } from "../../src/rib/attribute-table.ts";
import { exportPolicyFor, mayExport, samePolicy } from "../../src/rib/export-policy.ts";
import type { SourceClass } from "../../src/rib/peer-table.ts";
import { SLOTS, sessionSlot } from "./model/sessions.ts";

const TARGETS = {
  client: exportPolicyFor(sessionSlot("client", "10.0.0.1", { client: true }).peer),
  "non-client": exportPolicyFor(sessionSlot("non-client", "10.0.0.1").peer),
  ebgp: exportPolicyFor(sessionSlot("external", "10.0.0.1", { asn: 65009 }).peer),
};

test.each([
  // RFC 4456 section 6; local and external routes go to everybody.
  ["local", ["client", "non-client", "ebgp"]],
  ["ebgp", ["client", "non-client", "ebgp"]],
  ["client", ["client", "non-client", "ebgp"]],
  ["non-client", ["client", "ebgp"]],
] as const)("a %s route goes to %o", (source, expected) => {
  expect(targets(source, 0)).toEqual(expected);
});

test("NO_EXPORT keeps a route inside the AS, NO_ADVERTISE here (RFC 1997)", () => {
  expect(targets("client", FACT.NO_EXPORT)).toEqual(["client", "non-client"]);
  expect(targets("local", FACT.NO_ADVERTISE)).toEqual([]);
});

test("a long-lived stale route goes to those who know such routes, or to internal peers lowered (RFC 9494)", () => {
  const to = (options: Parameters<typeof sessionSlot>[2]): boolean => {
    const policy = exportPolicyFor(sessionSlot("peer", "10.0.0.1", options).peer);
    return mayExport("local", FACT.LLGR_STALE, policy);
  };
  expect([to({}), to({ staleRoutes: "sent" }), to({ staleRoutes: "lowered" })]).toEqual([
    ...[false, true, true],
  ]);
  expect(to({ asn: 65009, staleRoutes: "sent" })).toBe(true);
  expect(to({ asn: 65009, staleRoutes: "lowered" })).toBe(false);
});

test("sessions whose bytes differ have different policies", () => {
  const policies = SLOTS.map(({ peer }) => exportPolicyFor(peer));
  const same = policies.map((a) => policies.findIndex((b) => samePolicy(a, b)));
  // Two each of the plain clients and non-clients, and of the constrained ones; the others differ in something.
  expect(same).toEqual([0, 0, 2, 3, 3, 5, 6, 7, 7, 9, 9, 11, 12, 13]);
});

test("a policy of the operator's makes a group of its own, of all sessions with the same function", () => {
  const { peer } = sessionSlot("client", "10.0.0.1", { client: true });
  const [one, other] = [(): "accept" => "accept", (): "accept" => "accept"];
  const plain = exportPolicyFor(peer);
  const first = exportPolicyFor({ ...peer, exportPolicy: one });
  expect(samePolicy(first, exportPolicyFor({ ...peer, exportPolicy: one }))).toBe(true);
  expect(samePolicy(first, exportPolicyFor({ ...peer, exportPolicy: other }))).toBe(false);
  expect(samePolicy(first, plain)).toBe(false);
});

function targets(source: SourceClass, facts: number): string[] {
  return Object.entries(TARGETS)
    .filter(([, policy]) => mayExport(source, facts, policy))
    .map(([name]) => name);
}
