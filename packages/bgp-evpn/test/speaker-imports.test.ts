import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, it } from "vitest";
import type { VrfRouteChange } from "../src/rib/vrf.ts";
import { ImportListeners } from "../src/speaker-imports.ts";

const GONE: VrfRouteChange = { kind: "unreachable", prefix: parseIpPrefix("10.1.0.0/24") };

describe("what VRFs and MAC-VRFs import", () => {
  it("is told to every listener, once, in the order in which it came", () => {
    const imports = new ImportListeners();
    const heard: string[] = [];
    imports.vrf.add((vrf) => heard.push(`one ${vrf}`));
    imports.vrf.add((vrf) => heard.push(`two ${vrf}`));
    imports.macVrf.add((macVrf) => heard.push(`mac ${macVrf}`));
    imports.addMacVrf("blue", []);
    imports.addVrf("red", [GONE]);
    imports.addVrf("green", [GONE]);
    expect(imports.isDue).toBe(true);
    imports.tell(() => false);
    imports.tell(() => false);
    expect(heard).toEqual(["one red", "two red", "one green", "two green", "mac blue"]);
    expect(imports.isDue).toBe(false);
  });

  it("is kept for the next time when a listener brings it about", () => {
    const imports = new ImportListeners();
    const heard: string[] = [];
    imports.vrf.add((vrf) => {
      heard.push(vrf);
      if (vrf === "red") imports.addVrf("green", [GONE]);
    });
    imports.addVrf("red", [GONE]);
    imports.tell(() => false);
    expect(heard).toEqual(["red"]);
    expect(imports.isDue).toBe(true);
    imports.tell(() => false);
    expect(heard).toEqual(["red", "green"]);
  });

  it("is told to nobody any more when a listener stops the speaker", () => {
    const imports = new ImportListeners();
    const heard: string[] = [];
    imports.vrf.add((vrf) => heard.push(vrf));
    imports.macVrf.add((macVrf) => heard.push(macVrf));
    imports.addVrf("red", [GONE]);
    imports.addVrf("green", [GONE]);
    imports.addMacVrf("blue", []);
    imports.tell(() => heard.length > 0);
    expect(heard).toEqual(["red"]);
  });

  it("has the latest routers of each segment only", () => {
    const imports = new ImportListeners();
    const heard: string[] = [];
    const [one, other] = ["10.0.0.1", "10.0.0.2"]
      .map(parseIpAddress)
      .map((address) => ({ address }));
    if (one === undefined || other === undefined) throw new Error("no routers");
    imports.segment.add((_, routers) => heard.push(routers.map(({ address }) => address).join()));
    imports.addSegment("00:00:00:00:00:00:00:00:00:07", [one]);
    imports.addSegment("00:00:00:00:00:00:00:00:00:07", [one, other]);
    imports.addSegment("00:00:00:00:00:00:00:00:00:08", []);
    expect(imports.isDue).toBe(true);
    imports.tell(() => false);
    expect(heard).toEqual(["10.0.0.1,10.0.0.2", ""]);
    expect(imports.isDue).toBe(false);
  });
});
