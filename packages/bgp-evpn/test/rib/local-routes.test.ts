import { parseRouteTarget } from "@selvedge/net";
import { expect, test } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import { localRoute, vrf } from "./model/make.ts";
import { sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const { prefix } = localRoute("10.1.0.0/24");

function originated(): World {
  const world = new World();
  world.up(CLIENT);
  world.setVrf(vrf("red"));
  world.apply({ kind: "originate", vrf: "red", route: localRoute("10.1.0.0/24") });
  world.settle();
  return world;
}

test("a route is announced as type 5 with VNI, Router's MAC, encapsulation and the VRF's route targets", () => {
  const world = originated();
  world.expectAgreement();
  expect([...world.rib.view.routes()]).toEqual([
    {
      peer: "local",
      best: true,
      wonAt: "only-path",
      multipath: false,
      stale: false,
      nextHop: "192.0.2.1",
      route: {
        kind: "ip-prefix",
        routeType: 5,
        rd: "10.0.0.1:1",
        esi: "00:00:00:00:00:00:00:00:00:00",
        ethernetTag: 0,
        prefix: "10.1.0.0/24",
        gateway: "0.0.0.0",
        label: 5001,
      },
      attributes: [
        { kind: "origin", origin: "igp", flags: ["transitive"] },
        { kind: "as-path", segments: [], flags: ["transitive"] },
        { kind: "local-pref", value: 100, flags: ["transitive"] },
        {
          kind: "extended-communities",
          flags: ["optional", "transitive"],
          communities: [
            { kind: "route-target", target: "65000:1" },
            { kind: "encapsulation", tunnelType: "vxlan" },
            { kind: "router-mac", mac: "02:00:c0:00:02:01" },
          ],
        },
      ],
    },
  ]);
  expect(world.model(CLIENT).routes.size).toBe(1);
});

test("a changed route target or distinguisher announces the routes of the VRF again", () => {
  const world = originated();
  world.setVrf({ ...vrf("red"), exportRouteTargets: [parseRouteTarget("65000:7")] });
  world.settle();
  world.expectAgreement();
  world.setVrf(vrf("red", { rd: "10.0.0.1:77" }));
  world.settle();
  world.expectAgreement();
  expect(world.model(CLIENT).routes.size).toBe(1);
});

test("a route and a VRF are withdrawn", () => {
  const world = originated();
  world.apply({ kind: "withdraw-local", vrf: "red", prefix });
  world.settle();
  expect(world.model(CLIENT).routes.size).toBe(0);
  world.apply({ kind: "originate", vrf: "red", route: localRoute("10.1.0.0/24") });
  world.settle();
  expect(world.model(CLIENT).routes.size).toBe(1);
  world.removeVrf("red");
  world.settle();
  expect(world.model(CLIENT).routes.size).toBe(0);
  expect(world.rib.view.counts()).toMatchObject({ paths: 0, attributeSets: 0 });
});

test("more route targets than a short attribute holds are announced in a long one", () => {
  const world = originated();
  const targets = Array.from({ length: 40 }, (_, i) => parseRouteTarget(`65000:${i + 1}`));
  world.setVrf({ ...vrf("red"), exportRouteTargets: targets });
  world.settle();
  world.expectAgreement();
});

test("a VRF that has not been set, and a distinguisher that another VRF has, are refused", () => {
  const { rib } = new World();
  const refusal = (code: string): unknown => expect.objectContaining({ code });
  expect(() => rib.local.originateType5("red", localRoute("10.1.0.0/24"))).toThrow(SpeakerError);
  expect(() => rib.local.withdrawType5("red", prefix)).toThrow(refusal("unknown-vrf"));
  rib.local.setVrf(vrf("red"));
  expect(() => rib.local.setVrf(vrf("blue"))).toThrow(refusal("invalid-option"));
  rib.local.removeVrf("red");
  rib.local.setVrf(vrf("blue"));
});
