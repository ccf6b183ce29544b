import { expect, test } from "vitest";
import { isMet, parseWaitCondition } from "../../src/commands/wait-condition.ts";

const ready = {
  kind: "Endpoint",
  metadata: { name: "web-1", namespace: "red", labels: { "example.com/role": "web" } },
  spec: { subnet: "web", host: "h1", addresses: ["10.1.0.11"] },
  status: {
    conditions: [
      { type: "Attached", status: "False" },
      { type: "Ready", status: "True" },
    ],
  },
};

test.each([
  ["create", true],
  ["delete", false],
  ["jsonpath={.spec.host}=h1", true],
  ["jsonpath='{.spec.host}'=h2", false],
  ["jsonpath=.spec.host=h1", true],
  ["jsonpath={.spec.addresses[0]}=10.1.0.11", true],
  ['jsonpath={.spec.addresses}=["10.1.0.11"]', true],
  ["jsonpath={.spec.addresses[1]}", false],
  ["jsonpath={.spec.mac}", false],
  ["jsonpath={.spec.addresses[0]}", true],
  ['jsonpath={.metadata.labels["example.com/role"]}=web', true],
  ["jsonpath={.spec.constructor}", false],
  ["condition=Ready", true],
  ["condition=ready=true", true],
  ["condition=Attached", false],
  ["condition=Attached=False", true],
  ["condition=Unheard", false],
])("%s of the endpoint is %s", (text, expected) => {
  expect(isMet(parseWaitCondition(text), ready)).toBe(expected);
});

test("of what is not there nothing holds but that", () => {
  for (const text of ["create", "condition=Ready", "jsonpath={.spec.host}"]) {
    expect(isMet(parseWaitCondition(text), undefined)).toBe(false);
  }
  expect(isMet(parseWaitCondition("delete"), undefined)).toBe(true);
});

test.each([
  "",
  "ready",
  "condition=",
  "jsonpath=",
  "jsonpath={}",
  "jsonpath={.a[*]}",
  "jsonpath={.a",
])("%j is no condition, and what would be is said", (text) => {
  expect(() => parseWaitCondition(text)).toThrow(/write delete, create, condition=TYPE/);
});
