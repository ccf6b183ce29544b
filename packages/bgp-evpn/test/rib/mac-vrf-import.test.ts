import { parseIpAddress, parseMacAddress, parseRouteTarget } from "@selvedge/net";
import { beforeEach, describe, expect, it } from "vitest";
import { ZERO_ESI } from "../../src/wire/evpn/esi.ts";
import {
  eadPerEs,
  eadPerEvi,
  type MacOptions,
  macIp,
  multicast,
  SEGMENT,
} from "./model/mac-routes.ts";
import { MacVrfWorld } from "./model/mac-vrf-world.ts";
import { macVrf } from "./model/make.ts";

const MAC = "02:00:00:00:01:01";
const [LOW, MID, HIGH] = ["192.0.2.9", "192.0.2.10", "192.0.2.11"] as const;

let world: MacVrfWorld;
beforeEach(() => {
  world = new MacVrfWorld();
  world.rib.local.setMacVrf(macVrf("blue"));
});

describe("route type 2", () => {
  it("is a remote MAC, and with an IP address a neighbour", () => {
    world.announce(macIp(MAC, { ip: "10.0.0.1" }));
    expect(world.changes().sort()).toEqual([
      `blue + ip 10.0.0.1 ${MAC}`,
      `blue + mac ${MAC} seq 0 via ${HIGH}/100`,
    ]);
    world.withdraw(macIp(MAC, { ip: "10.0.0.1" }));
    expect(world.changes().sort()).toEqual(["blue - ip 10.0.0.1", `blue - mac ${MAC}`]);
  });

  it("stays a remote MAC while one of its NLRIs is there", () => {
    world.announce(macIp(MAC), macIp(MAC, { ip: "10.0.0.1" }), macIp(MAC, { ip: "2001:db8::1" }));
    expect(world.changes()).toHaveLength(3);
    world.withdraw(macIp(MAC), macIp(MAC, { ip: "10.0.0.1" }));
    expect(world.changes()).toEqual(["blue - ip 10.0.0.1"]);
    world.withdraw(macIp(MAC, { ip: "2001:db8::1" }));
    expect(world.changes()).toHaveLength(2);
    expect(world.rib.view.counts().macVrfEntries).toBe(0);
  });

  it("has a VTEP of IPv6, and the label of the sender as VNI (downstream assigned)", () => {
    world.announce(macIp(MAC, { vtep: "2001:db8::b", label: 0xfffffe }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 via 2001:db8::b/16777214`]);
  });

  it("has flags of the MAC and of the neighbour", () => {
    world.announce(
      macIp(MAC, {
        ip: "fe80::1",
        sticky: true,
        communities: [
          { kind: "default-gateway" },
          { kind: "arp-nd", router: true, override: true, immutable: false },
        ],
      }),
    );
    expect(world.changes().sort()).toEqual([
      `blue + ip fe80::1 ${MAC} router override`,
      `blue + mac ${MAC} seq 0 sticky gateway via ${HIGH}/100`,
    ]);
  });

  it.each<[string, string, MacOptions]>([
    ["with the target of another MAC-VRF", MAC, { targets: ["65000:9"] }],
    ["for MPLS", MAC, { encapsulation: "mpls" }],
    ["with an Ethernet tag", MAC, { ethernetTag: 7 }],
    ["for a group address", "01:00:5e:00:00:01", {}],
    ["for no address", "00:00:00:00:00:00", {}],
    ["from the own VTEP", MAC, { vtep: "192.0.2.1" }],
    ["behind a segment that no route of type 1 announces", MAC, { esi: SEGMENT }],
  ])("%s is not told", (_, mac, options) => {
    world.announce(macIp(mac, options));
    expect(world.changes()).toEqual([]);
    expect([...world.rib.view.routes({ routeType: 2 })]).toHaveLength(1);
  });

  it.each(["0.0.0.0", "127.0.0.1", "224.0.0.5", "255.255.255.255", "::", "::1", "ff02::1"])(
    "with the IP address %s makes no neighbour",
    (ip) => {
      world.announce(macIp(MAC, { ip }));
      expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 via ${HIGH}/100`]);
    },
  );
});

describe("a MAC in two places", () => {
  it("is where the sequence number is higher, and comes back when it moves back", () => {
    world.announce(macIp(MAC, { vtep: LOW }));
    world.changes();
    world.announce(macIp(MAC, { vtep: HIGH, sequence: 1 }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 1 via ${HIGH}/100`]);
    world.announce(macIp(MAC, { vtep: LOW, sequence: 2 }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 2 via ${LOW}/100`]);
    world.withdraw(macIp(MAC, { vtep: LOW }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 1 via ${HIGH}/100`]);
  });

  it("is at the lower VTEP with equal numbers, and stays where it is sticky", () => {
    world.announce(
      macIp(MAC, { vtep: HIGH }),
      macIp(MAC, { vtep: LOW }),
      macIp(MAC, { vtep: MID }),
    );
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 via ${LOW}/100`]);
    world.announce(macIp(MAC, { vtep: MID, sticky: true }));
    world.announce(macIp(MAC, { vtep: LOW, sequence: 9 }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 sticky via ${MID}/100`]);
  });

  it("takes its neighbours along, also to another MAC", () => {
    const other = "02:00:00:00:01:02";
    world.announce(macIp(MAC, { vtep: LOW, ip: "10.0.0.1" }));
    world.changes();
    world.announce(macIp(other, { vtep: HIGH, ip: "10.0.0.1", sequence: 1 }));
    expect(world.changes().sort()).toEqual([
      `blue + ip 10.0.0.1 ${other}`,
      `blue + mac ${other} seq 1 via ${HIGH}/100`,
    ]);
  });
});

describe("a MAC that is also local", () => {
  const originate = (sequence: number): void =>
    world.rib.local.originateMac("blue", { mac: parseMacAddress(MAC), sequence });

  it("is told while the remote place is better, and not while the local one is", () => {
    originate(0);
    world.announce(macIp(MAC, { vtep: HIGH, ip: "10.0.0.1" }));
    // The own VTEP is 192.0.2.1, lower than the other.
    expect(world.changes()).toEqual([`blue + ip 10.0.0.1 ${MAC}`]);
    world.announce(macIp(MAC, { vtep: HIGH, sequence: 1 }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 1 via ${HIGH}/100`]);
    originate(2);
    expect(world.changes()).toEqual([`blue - mac ${MAC}`]);
    world.rib.local.withdrawMac("blue", parseMacAddress(MAC));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 1 via ${HIGH}/100`]);
  });

  it("is not remote behind a segment that it is also behind here", () => {
    world.announce(eadPerEs(), macIp(MAC, { esi: SEGMENT, sequence: 5 }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 5 segment via ${HIGH}/100`]);
    world.rib.local.originateMac("blue", { mac: parseMacAddress(MAC), esi: SEGMENT });
    expect(world.changes()).toEqual([`blue - mac ${MAC}`]);
  });

  it("is of no concern to another MAC-VRF with the same target", () => {
    world.rib.local.setMacVrf(macVrf("red", { rd: "10.0.0.1:200", vni: 200 }));
    originate(3);
    world.announce(macIp(MAC));
    expect(world.changes()).toEqual([`red + mac ${MAC} seq 0 via ${HIGH}/100`]);
  });
});

describe("route type 3", () => {
  it("is a VTEP to flood to, with the VNI of its tunnel, until the last of it is withdrawn", () => {
    world.announce(multicast(), multicast({ vtep: "2001:db8::b", label: 7 }));
    expect(world.changes().sort()).toEqual([
      `blue + vtep ${HIGH} 100`,
      "blue + vtep 2001:db8::b 7",
    ]);
    world.withdraw(multicast());
    expect(world.changes()).toEqual([`blue - vtep ${HIGH}`]);
  });

  it("goes by the end of the tunnel, which may change while the NLRI stays", () => {
    world.announce(multicast({ endpoint: LOW }));
    expect(world.changes()).toEqual([`blue + vtep ${LOW} 100`]);
    world.announce(multicast({ endpoint: MID }));
    expect(world.changes().sort()).toEqual([`blue + vtep ${MID} 100`, `blue - vtep ${LOW}`]);
  });

  it("with another tunnel, an impossible end, or the own VTEP as its end is not told", () => {
    world.announce(
      multicast({ tunnelType: "pim-ssm" }),
      multicast({ vtep: MID, endpoint: "239.1.1.1" }),
      multicast({ vtep: LOW, endpoint: "192.0.2.1" }),
    );
    expect(world.changes()).toEqual([]);
  });

  it("with a label of zero has the own VNI", () => {
    world.announce(multicast({ label: 0 }));
    expect(world.changes()).toEqual([`blue + vtep ${HIGH} 100`]);
  });
});

describe("a segment of several routers", () => {
  const all = [LOW, MID, HIGH].flatMap((vtep) => [eadPerEs({ vtep }), eadPerEvi({ vtep })]);

  it("is reached by all of them, also by those that have not announced the MAC (aliasing)", () => {
    world.announce(...all, macIp(MAC, { vtep: MID, esi: SEGMENT }));
    expect(world.changes()).toEqual([
      `blue + mac ${MAC} seq 0 segment via ${LOW}/100 ${MID}/100 ${HIGH}/100`,
    ]);
    world.withdraw(eadPerEvi({ vtep: LOW }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 segment via ${MID}/100 ${HIGH}/100`]);
  });

  it("loses a router with all MACs when its route for the segment is withdrawn, and nothing else", () => {
    const macs = Array.from(
      { length: 200 },
      (_, i) => `02:00:00:00:02:${i.toString(16).padStart(2, "0")}`,
    );
    world.announce(
      ...all,
      ...macs.map((mac) => macIp(mac, { vtep: HIGH, esi: SEGMENT })),
      macIp(MAC),
    );
    expect(world.changes()).toHaveLength(201);
    world.withdraw(eadPerEs({ vtep: HIGH }));
    const changes = world.changes();
    expect(changes).toHaveLength(200);
    expect(new Set(changes.map((change) => change.replace(/mac \S+/, "")))).toEqual(
      new Set([`blue +  seq 0 segment via ${LOW}/100 ${MID}/100`]),
    );
    world.withdraw(eadPerEs({ vtep: LOW }), eadPerEs({ vtep: MID }));
    expect(world.changes()).toHaveLength(200);
    expect([...world.told("blue").keys()]).toEqual([`mac ${MAC}`]);
    world.announce(eadPerEs({ vtep: HIGH }));
    expect(world.changes()).toHaveLength(200);
  });

  it("has a MAC only when both routes of type 1 or the MAC's own and that of the segment are there", () => {
    world.announce(macIp(MAC, { vtep: HIGH, esi: SEGMENT }), eadPerEvi({ vtep: HIGH }));
    expect(world.changes()).toEqual([]);
    world.announce(eadPerEs({ vtep: HIGH }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 segment via ${HIGH}/100`]);
  });

  it("that is single-active is reached by who announces the MAC, then by the one backup", () => {
    world.announce(
      eadPerEs({ vtep: LOW, singleActive: true }),
      eadPerEs({ vtep: HIGH, singleActive: true }),
      eadPerEvi({ vtep: LOW }),
      eadPerEvi({ vtep: HIGH }),
      macIp(MAC, { vtep: HIGH, esi: SEGMENT }),
    );
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 segment via ${HIGH}/100`]);
    world.withdraw(eadPerEs({ vtep: HIGH }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 segment via ${LOW}/100`]);
    world.announce(eadPerEs({ vtep: MID, singleActive: true }), eadPerEvi({ vtep: MID }));
    expect(world.changes()).toEqual([`blue - mac ${MAC}`]);
  });

  it("is reached by the VNI of the MAC alone where a router announces two, whichever came first", () => {
    const [alone, withAddress] = [
      macIp(MAC, { esi: SEGMENT }),
      macIp(MAC, { esi: SEGMENT, ip: "10.0.0.1", label: 99 }),
    ];
    const told = [
      [alone, withAddress],
      [withAddress, alone],
    ].map((order) => {
      const other = new MacVrfWorld();
      other.rib.local.setMacVrf(macVrf("blue"));
      other.announce(eadPerEs(), ...order).changes();
      return other.told("blue").get(`mac ${MAC}`);
    });
    expect(told).toEqual([`seq 0 segment via ${HIGH}/100`, `seq 0 segment via ${HIGH}/100`]);
  });

  it("is left by a MAC that is announced without it", () => {
    world.announce(...all, macIp(MAC, { vtep: HIGH, esi: SEGMENT }));
    world.changes();
    world.announce(macIp(MAC, { vtep: HIGH, esi: ZERO_ESI }));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 via ${HIGH}/100`]);
    world.withdraw(eadPerEs({ vtep: HIGH }));
    expect(world.changes()).toEqual([]);
  });
});

describe("a MAC-VRF", () => {
  it("that comes later is told its whole table, in slices", () => {
    world.rib.local.removeMacVrf("blue");
    for (let i = 0; i < 300; i++) {
      world.announce(
        macIp(
          `02:00:00:00:${(i >> 8).toString(16).padStart(2, "0")}:${(i & 255).toString(16).padStart(2, "0")}`,
        ),
      );
    }
    expect(world.changes()).toEqual([]);
    world.rib.local.setMacVrf(macVrf("blue"));
    const first = world.changes(100);
    expect(first.length).toBeGreaterThan(50);
    expect(first.length).toBeLessThanOrEqual(100);
    expect(world.changes()).toHaveLength(300 - first.length);
  });

  it("that changes is told the difference", () => {
    world.announce(macIp(MAC), macIp("02:00:00:00:01:02", { targets: ["65000:7"] }), multicast());
    world.changes();
    world.rib.local.setMacVrf({
      ...macVrf("blue"),
      importRouteTargets: [parseRouteTarget("65000:7")],
    });
    expect(world.changes().sort()).toEqual([
      `blue + mac 02:00:00:00:01:02 seq 0 via ${HIGH}/100`,
      `blue - mac ${MAC}`,
      `blue - vtep ${HIGH}`,
    ]);
    world.rib.local.setMacVrf({
      ...macVrf("blue"),
      importRouteTargets: [parseRouteTarget("65000:7")],
    });
    expect(world.changes()).toEqual([]);
  });

  it("that is removed is told nothing more; one of the same name starts empty", () => {
    world.announce(macIp(MAC));
    world.changes();
    world.rib.local.removeMacVrf("blue");
    world.forget("blue");
    expect(world.changes()).toEqual([]);
    expect(world.rib.view.counts().macVrfEntries).toBe(0);
    world.rib.local.setMacVrf(macVrf("blue"));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 0 via ${HIGH}/100`]);
  });

  it("loses all when the session ends", () => {
    world.announce(macIp(MAC, { ip: "10.0.0.1" }), multicast());
    world.changes();
    world.loseSession();
    expect(world.changes()).toHaveLength(3);
    expect(world.rib.view.counts()).toMatchObject({ macVrfEntries: 0 });
  });

  it("is told nothing in between when a MAC moves in two messages of which one is in the slice", () => {
    world.announce(macIp(MAC, { vtep: LOW }), macIp(MAC, { vtep: HIGH, sequence: 1 }));
    world.changes();
    world.withdraw(macIp(MAC, { vtep: HIGH })).withdraw(macIp(MAC, { vtep: LOW }));
    expect(world.changes(1)).toEqual([]);
    expect(world.changes()).toEqual([`blue - mac ${MAC}`]);
  });
});

describe("the MAC of a default gateway", () => {
  const gateway = (vtep: string, options: MacOptions = {}) =>
    macIp(MAC, { ip: "10.0.0.1", vtep, defaultGateway: true, ...options });

  it("is at all of its routers, whatever their sequence numbers", () => {
    world.announce(gateway(HIGH, { sequence: 4 }), gateway(LOW));
    expect(world.changes().sort()).toEqual([
      `blue + ip 10.0.0.1 ${MAC}`,
      `blue + mac ${MAC} seq 0 gateway via ${LOW}/100 ${HIGH}/100`,
    ]);
    world.withdraw(gateway(LOW));
    expect(world.changes()).toEqual([`blue + mac ${MAC} seq 4 gateway via ${HIGH}/100`]);
  });

  it("does not go to a host that announces it, not even with a higher number or as sticky", () => {
    world.announce(gateway(HIGH));
    world.changes();
    world.announce(macIp(MAC, { vtep: LOW, sequence: 9, sticky: true }));
    expect(world.changes()).toEqual([]);
  });

  it("is not told where this router is such a gateway, though another one has the lower address", () => {
    world.rib.local.originateMac("blue", {
      mac: parseMacAddress(MAC),
      ip: parseIpAddress("10.0.0.1"),
      defaultGateway: true,
    });
    world.announce(gateway("10.0.0.1"), gateway("192.0.2.200"));
    expect(world.changes()).toEqual([]);
  });
});
