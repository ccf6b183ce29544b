import { parseResource } from "@selvedge/resources";
import { expect, test } from "vitest";
import { matchesFields, parseFieldSelector } from "../../src/resource-api/field-selector.ts";
import { resource } from "./api-under-test.ts";

const web = parsed(
  resource("Endpoint", "web-1", "red", { subnet: "web", host: "h1", addresses: ["10.1.0.1"] }),
);

function parsed(value: object) {
  const outcome = parseResource(value);
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.faults));
  return outcome.resource;
}

test.each([
  ["", true],
  ["metadata.name=web-1", true],
  ["metadata.name==web-1,metadata.namespace=red", true],
  ["metadata.name=web-2", false],
  ["metadata.name!=web-2", true],
  ["spec.host=h1, spec.subnet=web", true],
  ["spec.host=h1,spec.subnet!=web", false],
  ["spec.mac=02:00:00:00:00:01", false],
  ["spec.mac!=02:00:00:00:00:01", true],
  ["spec.host=", false],
])('"%s" of an endpoint is %s', (selector, matches) => {
  expect(matchesFields(parseFieldSelector(selector, "Endpoint"), web)).toBe(matches);
});

test.each([
  [
    "Subnet",
    resource("Subnet", "web", "red", { vrf: "main", cidrs: ["10.1.0.0/24"] }),
    "spec.vrf=main,spec.mode=routed,spec.vni!=5001",
  ],
  [
    "Subnet",
    resource("Subnet", "lan", "red", {
      vrf: "main",
      cidrs: ["10.1.5.0/24"],
      mode: "bridged",
      vni: 5001,
    }),
    "spec.mode=bridged,spec.vni=5001",
  ],
  ["Vrf", resource("Vrf", "main", "red", { l3vni: 5000 }), "spec.l3vni=5000"],
  ["Tenant", resource("Tenant", "red"), "metadata.name=red"],
  [
    "Host",
    resource("Host", "h1", undefined, { address: "10.0.1.1", asn: 1, routerId: "1.1.1.1" }),
    "spec.address=10.0.1.1,spec.vtep=10.0.1.1",
  ],
] as const)("a %s has fields of its own", (kind, value, selector) => {
  expect(matchesFields(parseFieldSelector(selector, kind), parsed(value))).toBe(true);
});

test.each(["spec.host", "spec.vrf=main", "=x", "constructor=x", "metadata.name!web"])(
  '"%s" is refused for an endpoint, with its fields',
  (selector) => {
    expect(() => parseFieldSelector(selector, "Endpoint")).toThrow(
      "metadata.name, metadata.namespace, spec.host, spec.subnet, spec.mac",
    );
  },
);
