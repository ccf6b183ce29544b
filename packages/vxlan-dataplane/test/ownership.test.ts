import { ipBytes, isMulticastMac, parseIpAddress, parseVni } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  endpointAlias,
  endpointMac,
  hostInterfaceName,
  isOurHostInterface,
  isOurVxlan,
  isVtep,
  loopbackAlias,
  nextHopGateway,
  nextHopId,
  nextIpv6Id,
  vrfAlias,
  vrfOfLoopback,
  vxlanName,
} from "../src/ownership.ts";

const name = fc.string({ minLength: 1, unit: "grapheme" });

describe("a host interface name", () => {
  it("fits the kernel, is stable and is recognised", () => {
    fc.assert(
      fc.property(name, (endpoint) => {
        const hostName = hostInterfaceName(endpoint);
        expect(hostName.length).toBeLessThanOrEqual(15);
        expect(hostInterfaceName(endpoint)).toBe(hostName);
        const detail = { kind: "veth" } as const;
        expect(isOurHostInterface({ name: hostName, detail, alias: undefined })).toBe(true);
        expect(isOurHostInterface({ name: hostName, detail, alias: endpointAlias(endpoint) })).toBe(
          true,
        );
        expect(isOurHostInterface({ name: hostName, detail, alias: "mine" })).toBe(false);
        expect(isOurHostInterface({ name: `${hostName}0`, detail, alias: undefined })).toBe(false);
      }),
    );
  });

  it("of an endpoint never changes between versions", () => {
    expect(hostInterfaceName("red/web-1")).toBe("cdf5e02f2fa90");
    expect(endpointMac("red/web-1")).toBe("06:3c:3d:ed:db:69");
  });
});

describe("the MAC address of an endpoint", () => {
  it("is unicast and locally administered", () => {
    fc.assert(
      fc.property(name, (endpoint) => {
        const mac = endpointMac(endpoint);
        expect(isMulticastMac(mac)).toBe(false);
        expect(mac.startsWith("06:")).toBe(true);
      }),
    );
  });
});

describe("the alias of a VRF's lo", () => {
  it("names the VRF to the agent with the same prefix and to no other", () => {
    fc.assert(
      fc.property(name, name, name, (vrf, prefix, other) => {
        expect(vrfOfLoopback(loopbackAlias(vrf, prefix), prefix)).toBe(vrf);
        fc.pre(!prefix.endsWith(other));
        expect(vrfOfLoopback(loopbackAlias(vrf, prefix), other)).toBeUndefined();
      }),
    );
  });

  it.each([undefined, "", "selvedge vrf red/main", "something else prefix vrf"])(
    "is not %j",
    (alias) => {
      expect(vrfOfLoopback(alias, "vrf")).toBeUndefined();
    },
  );
});

describe("a VXLAN device", () => {
  const detail = {
    kind: "vxlan",
    vni: parseVni(5001),
    local: undefined,
    port: 4789,
    learning: false,
    ttl: 64,
    udpChecksum: true,
  } as const;

  it("is ours by the name that belongs to its VNI, before it has an alias and after", () => {
    const own = { name: vxlanName(detail.vni), detail };
    expect(isOurVxlan({ ...own, alias: undefined })).toBe(true);
    expect(isOurVxlan({ ...own, alias: vrfAlias("red/main") })).toBe(true);
    expect(isOurVxlan({ ...own, alias: "uplink" })).toBe(false);
    expect(isOurVxlan({ ...own, name: "vx9", alias: undefined })).toBe(false);
    expect(isOurVxlan({ ...own, name: "vx9", alias: vrfAlias("red/main") })).toBe(true);
    expect(isOurVxlan({ ...own, detail: { kind: "dummy" }, alias: undefined })).toBe(false);
  });
});

describe("the id of a next hop", () => {
  it("is the VTEP's address as a number, and its gateway holds that address", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x01000000, max: 0xdfffffff }), (id) => {
        const text = [24, 16, 8, 0].map((shift) => (id >>> shift) & 255).join(".");
        const vtep = parseIpAddress(text);
        expect(nextHopId(vtep)).toBe(id);
        const gateway = ipBytes(nextHopGateway(id));
        expect([...gateway.slice(0, 2)]).toEqual([0xfe, 0x80]);
        expect([...gateway.slice(12)]).toEqual([...ipBytes(vtep)]);
      }),
    );
  });

  it("is above those of groups for an IPv6 VTEP, and the same at every start", () => {
    fc.assert(
      fc.property(fc.ipV6().map(parseIpAddress).filter(isVtep), (vtep) => {
        const id = nextHopId(vtep) ?? 0;
        expect(id).toBeGreaterThanOrEqual(0xf0000000);
        expect(id).toBeLessThanOrEqual(0xffffffff);
        expect(nextIpv6Id(id)).toBe(id === 0xffffffff ? 0xf0000000 : id + 1);
      }),
    );
    // The low 28 of the first 32 bits of the SHA-256 of the text.
    expect(nextHopId(parseIpAddress("2001:db8::1"))).toBe(0xf0000000 + 0xafd19e8);
  });

  it.each(["::", "::1", "fe80::1", "ff02::1", "0.0.0.0", "224.0.0.5", "240.0.0.1"])(
    "is none for %s, which no VTEP can have",
    (text) => {
      expect(nextHopId(parseIpAddress(text))).toBeUndefined();
      expect(isVtep(parseIpAddress(text))).toBe(false);
    },
  );
});
