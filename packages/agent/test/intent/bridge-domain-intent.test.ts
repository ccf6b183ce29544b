import { expect, test } from "vitest";
import { bridgeDomainIntent } from "../../src/intent/bridge-domain-intent.ts";
import { bridgedSubnet, host, subnet } from "../fixtures.ts";

const lan = bridgedSubnet("red", "lan", "main", ["10.5.0.0/24", "2001:db8:5::/64"], 6001);

test("a bridged subnet is a bridge domain with identifiers of its own", () => {
  expect(bridgeDomainIntent(host("h1"), lan)).toEqual({
    name: "red/lan",
    l2vni: 6001,
    prefixes: ["10.5.0.0/24", "2001:db8:5::/64"],
    gateways: ["10.5.0.1"],
    flooding: "head-end-replication",
    rd: "10.0.1.1:6001",
    routeTarget: "65000:6001",
  });
  const quiet = { ...lan, spec: { ...lan.spec, flooding: "disabled" } } as const;
  expect(bridgeDomainIntent(host("h1"), quiet)?.flooding).toBe("disabled");
});

test("a routed subnet is none, nor is one before admission gave it identifiers", () => {
  expect(
    bridgeDomainIntent(host("h1"), subnet("red", "web", "main", ["10.1.0.0/24"])),
  ).toBeUndefined();
  const { status: _, ...unadmitted } = lan;
  expect(bridgeDomainIntent(host("h1"), unadmitted)).toBeUndefined();
});
