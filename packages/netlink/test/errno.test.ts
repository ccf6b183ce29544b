import { constants } from "node:os";
import { expect, test } from "vitest";
import { errnoName, errnoText } from "../src/errno.ts";

/** Other spellings of numbers that the table has under their first name. */
const SYNONYMS = new Set(["EWOULDBLOCK", "ENOTSUP", "EDEADLOCK"]);

test("every error number that Node knows has the name that Node gives it", () => {
  for (const [name, errno] of Object.entries(constants.errno)) {
    if (!SYNONYMS.has(name)) {
      expect(errnoName(errno)).toBe(name);
    }
  }
});

test("an error number has the text of strerror(3)", () => {
  expect(errnoText(17)).toBe("File exists");
  expect(errnoText(95)).toBe("Operation not supported");
});

test("the kernel's internal ENOTSUPP has a name, though no C library knows it", () => {
  expect(errnoName(524)).toBe("ENOTSUPP");
});

test("a number that Linux does not use is unknown, not an exception", () => {
  expect(errnoName(4000)).toBe("EUNKNOWN");
  expect(errnoText(4000)).toBe("Unknown error 4000");
});
