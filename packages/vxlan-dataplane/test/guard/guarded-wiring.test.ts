import { macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { beforeEach, describe, expect, it } from "vitest";
import { Dataplane } from "../../src/index.ts";
import { ModelKernel } from "../model/kernel.ts";

const vtep = parseIpAddress("10.0.0.1");
const remote = parseIpAddress("10.0.0.2");
const log = { info: () => undefined, debug: () => undefined };

describe("a dataplane with guards", () => {
  let kernel: ModelKernel;
  let dataplane: Dataplane;
  /** Kinds of writes in their order. */
  let written: string[];

  beforeEach(() => {
    written = [];
    kernel = new ModelKernel();
    kernel.veto = (kind) => {
      written.push(kind);
    };
    kernel.addNamespace("w1");
    dataplane = new Dataplane({ kernel, log });
    dataplane.startMonitoring(() => undefined);
    dataplane.setVrf({
      name: "red/main",
      namespace: "vrf.red.main",
      l3vni: parseVni(5001),
      vtep,
      routerMac: macFromVtep(vtep),
      routerAddresses: [parseIpAddress("100.64.0.1")],
      gateways: [],
      aggregates: [],
      mtu: 1450,
    });
    dataplane.markSynced();
  });

  const setEndpoint = (): void =>
    dataplane.setEndpoint({
      name: "red/web-1",
      vrf: "red/main",
      addresses: [parseIpAddress("10.1.0.5")],
      workload: { namespace: "w1", interface: "eth0" },
    });

  it("lists an endpoint before its interface comes up or a route leads to it", () => {
    dataplane.apply();
    written.length = 0;
    setEndpoint();
    dataplane.apply();
    const listed = written.lastIndexOf("elements.add");
    expect(listed).toBeGreaterThan(written.indexOf("link.create"));
    expect(listed).toBeLessThan(written.indexOf("link.set"));
    expect(listed).toBeLessThan(written.indexOf("route.replace"));
  });

  it("takes VXLAN of a VTEP before a route leads there", () => {
    dataplane.apply();
    written.length = 0;
    const nextHops = [{ vtep: remote, routerMac: macFromVtep(remote) }];
    dataplane.setRoute("red/main", { prefix: parseIpPrefix("10.1.0.6/32"), nextHops });
    dataplane.apply();
    expect(written[0]).toBe("elements.add");
    expect(written).toContain("route.replace");
  });

  it("does not attach an endpoint to a kernel without packet filters, and says why", () => {
    kernel.lacksFilters = true;
    setEndpoint();
    dataplane.apply();
    expect(dataplane.endpoints()).toMatchObject([
      {
        state: { kind: "not-attached", message: expect.stringContaining("Protocol not supported") },
      },
    ]);
    expect(dataplane.vrfs()).toMatchObject([
      { state: "failed", device: { up: true }, failures: [{ code: "unsupported" }] },
    ]);
    expect(dataplane.underlayGuard().failure).toMatchObject({ code: "unsupported" });
    const host = [...kernel.objects("vrf.red.main").links.values()].find(
      ({ link }) => link.detail.kind === "veth",
    );
    expect(host?.link.up).toBe(false);

    kernel.lacksFilters = false;
    dataplane.retryFailed();
    dataplane.apply();
    expect(dataplane.endpoints()).toMatchObject([{ state: { kind: "attached" } }]);
  });
});
