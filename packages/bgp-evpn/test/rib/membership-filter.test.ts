import { expect, test } from "vitest";
import { MembershipFilter } from "../../src/rib/membership-filter.ts";
import { bytesFromHex } from "../../src/wire/hex.ts";

const TARGET = "0002fde800001389";
const OTHER = "0002fde80000138a";
const SEGMENT = "0602020000000e51";
const OTHER_SEGMENT = "0602020000000e52";

const filterOf = (...memberships: readonly string[]): MembershipFilter => {
  const filter = new MembershipFilter();
  for (const membership of memberships) filter.add(bytesFromHex(membership));
  return filter;
};

const wants = (filter: MembershipFilter, ...targets: readonly string[]): boolean =>
  filter.wants(bytesFromHex(targets.join("")));

test("a peer without memberships wants no route but route types 4", () => {
  expect(wants(filterOf(), TARGET)).toBe(false);
  expect(wants(filterOf())).toBe(false);
  expect(wants(filterOf(), SEGMENT)).toBe(true);
});

test("a route is wanted when one of its targets is, whatever the origin AS of the membership", () => {
  const filter = filterOf(`600000fde8${TARGET}`);
  expect(wants(filter, OTHER, TARGET)).toBe(true);
  expect(wants(filter, OTHER)).toBe(false);
  expect(wants(filterOf(`600000fde9${TARGET}`), TARGET)).toBe(true);
});

test("one of two memberships for a target may go", () => {
  const filter = filterOf(`600000fde8${TARGET}`, `600000fde9${TARGET}`);
  filter.remove(bytesFromHex(`600000fde8${TARGET}`));
  expect(wants(filter, TARGET)).toBe(true);
  filter.remove(bytesFromHex(`600000fde9${TARGET}`));
  expect(wants(filter, TARGET)).toBe(false);
});

test("with the default membership every route is wanted, also one without a target", () => {
  const filter = filterOf("00");
  expect(wants(filter, TARGET)).toBe(true);
  expect(wants(filter)).toBe(true);
  filter.remove(bytesFromHex("00"));
  expect(wants(filter, TARGET)).toBe(false);
});

test.each([
  ["200000fde8", true, true],
  ["400000fde80002fde8", true, true],
  // All bits but the last two, and but the last one: 138a is not among the latter.
  ["5e0000fde80002fde800001388", true, true],
  ["5f0000fde80002fde800001388", true, false],
])("a prefix of a target stands for all that start with it: %s", (membership, target, other) => {
  const filter = filterOf(membership);
  expect(wants(filter, TARGET)).toBe(target);
  expect(wants(filter, OTHER)).toBe(other);
  filter.remove(bytesFromHex(membership));
  expect(wants(filter, TARGET)).toBe(false);
});

test("a peer that announces an ES-Import route target gets the segments that it names, and no others", () => {
  const filter = filterOf(`600000fde8${SEGMENT}`);
  expect(wants(filter, SEGMENT)).toBe(true);
  expect(wants(filter, OTHER_SEGMENT)).toBe(false);
  expect(wants(filter, TARGET)).toBe(false);
  filter.remove(bytesFromHex(`600000fde8${SEGMENT}`));
  expect(wants(filter, OTHER_SEGMENT)).toBe(true);
});
