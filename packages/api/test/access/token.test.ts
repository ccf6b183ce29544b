import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashToken, makeToken, type TokenRecord, TokenSet } from "../../src/access/token.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

function issue(fields: Partial<TokenRecord> = {}) {
  const { id, token } = makeToken(randomBytes);
  const record: TokenRecord = {
    id,
    user: "alice",
    groups: ["selvedge:tenant:red:admin"],
    sha256: hashToken(token),
    created: "2026-01-01T00:00:00Z",
    ...fields,
  };
  return { token, record };
}

describe("TokenSet", () => {
  test("knows the user and the roles of a token", () => {
    const { token, record } = issue();
    const identity = {
      user: "alice",
      how: "token",
      credential: record.id,
      grants: [{ role: "tenant-admin", tenant: "red" }],
    };
    expect(new TokenSet([record]).check(token, NOW)).toEqual({ kind: "good", identity });
  });

  test("knows when it no longer gives what it gave", () => {
    const { token, record } = issue();
    const verdict = new TokenSet([record]).check(token, NOW);
    if (verdict.kind !== "good") throw new Error(verdict.reason);
    const { identity } = verdict;
    expect(new TokenSet([record]).stillGives(identity)).toBe(true);
    expect(new TokenSet([]).stillGives(identity)).toBe(false);
    const groups = ["selvedge:tenant:red:viewer"];
    expect(new TokenSet([{ ...record, groups }]).stillGives(identity)).toBe(false);
    expect(new TokenSet([{ ...record, user: "bob" }]).stillGives(identity)).toBe(false);
  });

  test("takes a token to its last millisecond, and not beyond", () => {
    const { token, record } = issue({ expires: "2026-06-01T00:00:00Z" });
    const set = new TokenSet([record]);
    expect(set.check(token, NOW - 1).kind).toBe("good");
    expect(set.check(token, NOW)).toEqual({ kind: "bad", reason: "expired" });
  });

  test("tells nobody else that a token has expired", () => {
    const { record } = issue({ expires: "2026-01-02T00:00:00Z" });
    const guess = `selvedge.${record.id}.${"A".repeat(43)}`;
    expect(new TokenSet([record]).check(guess, NOW)).toEqual({ kind: "bad", reason: "unknown" });
  });

  test("takes nothing that differs in a character", () => {
    const { token, record } = issue();
    const set = new TokenSet([record]);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string({ maxLength: 1 }), (at, character) => {
        const other = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(other !== token);
        expect(set.check(other, NOW)).toEqual({ kind: "bad", reason: "unknown" });
      }),
    );
  });

  test.each(["", "selvedge", "selvedge..", "__proto__", "selvedge.00000000."])(
    "takes no %j",
    (token) => {
      const { record } = issue();
      expect(new TokenSet([record]).check(token, NOW).kind).toBe("bad");
      expect(new TokenSet([]).check(token, NOW).kind).toBe("bad");
    },
  );

  test("does not take the hash for the token", () => {
    const { record } = issue();
    expect(new TokenSet([record]).check(record.sha256, NOW).kind).toBe("bad");
  });
});
