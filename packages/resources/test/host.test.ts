import { describe, expect, test } from "vitest";
import { declaredOne } from "./declared.ts";
import { faults } from "./faults.ts";

const host = (fields: string) =>
  `kind: Host\nmetadata: { name: h1 }\nspec: { asn: 65000, routerId: 10.0.1.1, ${fields} }`;

describe("a Host", () => {
  test("is a VTEP at its address unless it says otherwise", () => {
    expect(declaredOne(host("address: 10.0.1.1")).spec).toEqual({
      address: "10.0.1.1",
      asn: 65000,
      routerId: "10.0.1.1",
      roles: ["vtep"],
      vtep: "10.0.1.1",
    });
  });

  test("may have a VTEP of its own, also of the other family", () => {
    const text = host("address: '2001:DB8::1', vtep: 10.9.9.9, roles: [vtep, reflector]");
    expect(declaredOne(text).spec).toMatchObject({ address: "2001:db8::1", vtep: "10.9.9.9" });
    const other = host("address: 10.9.9.9, vtep: '2001:DB8::1'");
    expect(declaredOne(other).spec).toMatchObject({ address: "10.9.9.9", vtep: "2001:db8::1" });
  });

  test("may have nothing but IPv6 in the underlay", () => {
    expect(declaredOne(host("address: '2001:db8::1'")).spec).toMatchObject({ vtep: "2001:db8::1" });
  });

  test("has no VTEP when it is a reflector only", () => {
    const { spec } = declaredOne(host("address: 10.0.1.1, roles: [reflector]"));
    expect(spec).not.toHaveProperty("vtep");
  });

  test.each([
    [
      "address: 10.0.1.1, roles: [reflector], vtep: 10.0.1.1",
      "spec.vtep: only a host with the role vtep has one; remove the field or add the role",
    ],
    [
      "address: 10.0.1.1, vtep: 'fe80::1'",
      "spec.vtep: fe80::1 is not the address of one interface; use a unicast address that is neither loopback nor link-local",
    ],
    [
      "address: 127.0.0.1",
      "spec.address: 127.0.0.1 is not the address of one interface; use a unicast address that is neither loopback nor link-local",
    ],
    [
      "address: 10.0.1.1, roles: [vtep, vtep]",
      "spec.roles[1]: the role vtep is listed twice; remove one",
    ],
    [
      "address: 10.0.1.1, roles: []",
      "spec.roles: the list is empty; write a list of vtep and reflector",
    ],
  ])("with %s is refused: %s", (fields, fault) => {
    expect(faults(host(fields))).toEqual([fault]);
  });

  test("needs an AS number and a router id that BGP can use", () => {
    const text = `
kind: Host
metadata: { name: h1 }
spec: { address: 10.0.1.1, asn: 0, routerId: 0.0.0.0 }`;
    expect(faults(text)).toEqual([
      "spec.asn: AS 0 must not be used (RFC 7607); write a number from 1 to 4294967295",
      "spec.routerId: 0.0.0.0 is not a router id; write a dotted quad other than 0.0.0.0 (RFC 6286)",
    ]);
  });
});
