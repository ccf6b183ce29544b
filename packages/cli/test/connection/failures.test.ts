import { ResourceRefusedError, TransportError } from "@selvedge/api";
import { expect, test } from "vitest";
import { isPassing, isRefusedAs, isUnanswered } from "../../src/connection/failures.ts";

const transport = (code: TransportError["code"]) => new TransportError(code, "there", "it failed");
const refused = (reason: string) =>
  new ResourceRefusedError({ kind: "Status", status: "Failure", reason }, 400);

test.each([
  [transport("no-server"), { isUnanswered: true, isPassing: true }],
  [transport("interrupted"), { isUnanswered: true, isPassing: true }],
  [transport("tls"), { isUnanswered: false, isPassing: false }],
  [refused("ServiceUnavailable"), { isUnanswered: false, isPassing: true }],
  [refused("NotFound"), { isUnanswered: false, isPassing: false }],
  [new Error("ServiceUnavailable"), { isUnanswered: false, isPassing: false }],
])("%s is %o", (error, expected) => {
  expect({ isUnanswered: isUnanswered(error), isPassing: isPassing(error) }).toEqual(expected);
});

test("a refusal is for one reason", () => {
  expect(isRefusedAs(refused("NotFound"), "NotFound")).toBe(true);
  expect(isRefusedAs(refused("Conflict"), "NotFound")).toBe(false);
  expect(isRefusedAs(Object.assign(new Error("no"), { reason: "NotFound" }), "NotFound")).toBe(
    false,
  );
});
