import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBody, parseJsonBody, withoutNulls } from "../../src/resource-api/body.ts";
import { ApiStatusError } from "../../src/resource-api/status.ts";

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";

test("JSON and YAML of one value are that value", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.array(fc.integer())),
      (value) => {
        const text = JSON.stringify(value);
        expect(parseBody(JSON_TYPE, text)).toEqual(value);
        // JSON is YAML.
        expect(parseBody(YAML_TYPE, text)).toEqual(value);
      },
    ),
  );
});

describe("what is refused", () => {
  const refusal = (type: string, text: string): ApiStatusError => {
    try {
      parseBody(type, text);
    } catch (error) {
      if (error instanceof ApiStatusError) return error;
      throw error;
    }
    throw new Error("it is taken");
  };

  test.each([
    ["no JSON", JSON_TYPE, "{", 400],
    ["nothing", JSON_TYPE, "", 400],
    ["no YAML", YAML_TYPE, "a: [", 400],
    ["a key twice", YAML_TYPE, "a: 1\na: 2", 400],
    ["aliases", YAML_TYPE, "a: &a [x]\nb: *a", 400],
    ["an alias to itself", YAML_TYPE, "&a [*a]", 400],
    ["an unknown type", "text/html", "{}", 415],
    ["no type", "", "{}", 415],
    ["YAML that is long", YAML_TYPE, "#".repeat(40_000), 413],
    ["YAML that is deep", YAML_TYPE, "[".repeat(16_000), 400],
    ["YAML that is deep and ends", YAML_TYPE, "[".repeat(9000) + "]".repeat(9000), 400],
    ["JSON that is deep", JSON_TYPE, `${"[".repeat(65)}1${"]".repeat(65)}`, 400],
    ["JSON that is very deep", JSON_TYPE, `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, 400],
    ["a long list", JSON_TYPE, JSON.stringify(Array(1001).fill(0)), 400],
    [
      "many fields",
      JSON_TYPE,
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, 0])),
      ),
      400,
    ],
  ])("%s", (_, type, text, code) => {
    expect(refusal(type, text)).toMatchObject({ code });
  });

  test("and what is just not so is taken", () => {
    expect(parseBody(JSON_TYPE, JSON.stringify(Array(1000).fill(0)))).toHaveLength(1000);
    expect(parseBody(JSON_TYPE, "[".repeat(64) + "]".repeat(64))).toBeInstanceOf(Array);
  });
});

test("fields that are null are as if they were not there, however deep", () => {
  const value = parseJsonBody('{"a":null,"b":{"c":null,"d":[{"e":null}]},"__proto__":{"f":null}}');
  expect(JSON.stringify(withoutNulls(value))).toBe('{"b":{"d":[{}]},"__proto__":{}}');
});
