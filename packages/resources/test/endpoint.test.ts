import { expect, test } from "vitest";
import { declaredOne } from "./declared.ts";
import { faults } from "./faults.ts";

const endpoint = (spec: string) =>
  `kind: Endpoint\nmetadata: { name: web-1, namespace: red }\nspec: { subnet: web, host: h1, ${spec} }`;

test("an Endpoint's addresses and MAC come out canonical", () => {
  const text = endpoint("addresses: [10.1.0.11, '2001:DB8::B'], mac: 02-00-0A-01-00-0B");
  expect(declaredOne(text).spec).toEqual({
    subnet: "web",
    host: "h1",
    addresses: ["10.1.0.11", "2001:db8::b"],
    mac: "02:00:0a:01:00:0b",
  });
});

test.each(["mac: 02:00:0a:01:00:0b", "addresses: []"])(
  "an Endpoint with %s has no addresses yet, and IPAM gives them",
  (spec) => {
    expect(declaredOne(endpoint(spec)).spec).toMatchObject({ addresses: [] });
  },
);

test.each([
  [
    "addresses: ['2001:db8::b', '2001:DB8::B']",
    "spec.addresses[1]: 2001:db8::b is listed twice; remove one",
  ],
  [
    "addresses: [10.1.0.11/32]",
    'spec.addresses[0]: "10.1.0.11/32" is not an IP address: it is a prefix; write only the part before the slash',
  ],
  [
    "addresses: [224.0.0.5]",
    "spec.addresses[0]: 224.0.0.5 is not the address of one interface; use a unicast address that is neither loopback nor link-local",
  ],
  [
    "addresses: [10.1.0.11], mac: 01:00:5e:00:00:01",
    "spec.mac: 01:00:5e:00:00:01 is not the MAC address of one interface; use one whose first octet is even",
  ],
])("an Endpoint with %s is refused", (spec, fault) => {
  expect(faults(endpoint(spec))).toEqual([fault]);
});
