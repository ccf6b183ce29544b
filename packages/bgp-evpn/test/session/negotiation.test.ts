import { parseAsn, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Agreement,
  type LocalSpeaker,
  localOpen,
  negotiate,
} from "../../src/session/negotiation.ts";
import { type NeighborOptions, neighborSettings } from "../../src/session/neighbor-options.ts";
import type { Capability } from "../../src/wire/capability.ts";
import type { Family } from "../../src/wire/family.ts";
import type { OpenMessage } from "../../src/wire/open.ts";
import type { SessionReset } from "../../src/wire/session-reset.ts";

const EVPN: Capability = { kind: "multiprotocol", family: "l2vpn-evpn" };
const RTC: Capability = { kind: "multiprotocol", family: "rtc" };
const PRESERVED = { forwardingPreserved: true };
const local: LocalSpeaker = {
  asn: parseAsn(65000),
  routerId: parseIpAddress("10.0.0.1"),
  restartTime: 120,
  continues: false,
  isRestarting: () => false,
};
const settings = (options: Partial<NeighborOptions> = {}) =>
  neighborSettings(
    { address: parseIpAddress("10.0.0.2"), asn: parseAsn(65000), ...options },
    parseAsn(65000),
  );
const open = (changes: Partial<OpenMessage> = {}): OpenMessage => ({
  kind: "open",
  version: 4,
  asn: parseAsn(65000),
  holdTime: 90,
  routerId: parseIpAddress("10.0.0.2"),
  capabilities: [EVPN],
  ...changes,
});
const agreed = (result: Agreement | SessionReset): Agreement => {
  if ("kind" in result) throw new Error(result.reason);
  return result;
};

describe("two OPENs", () => {
  it("agree on the smaller hold time, and on none when one of them wants none", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 65_535 })),
        fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 65_535 })),
        (ours, theirs) => {
          const result = negotiate(open({ holdTime: theirs }), local, settings({ holdTime: ours }));
          expect(agreed(result).holdTime).toBe(Math.min(ours, theirs));
        },
      ),
    );
  });

  it("agree on any AS but the own one for an external neighbour, and on the own one for an internal one", () => {
    const external = settings({ asn: "external" });
    const other = agreed(negotiate(open({ asn: parseAsn(65001) }), local, external));
    expect(other).toMatchObject({ asn: 65001, context: { ibgp: false } });
    expect(negotiate(open(), local, external)).toMatchObject({
      kind: "session-reset",
      reason: "the peer says it is AS 65000; any but our own is configured",
    });
    const internal = settings({ asn: "internal" });
    expect(agreed(negotiate(open(), local, internal))).toMatchObject({ context: { ibgp: true } });
    expect(negotiate(open({ asn: parseAsn(65001) }), local, internal)).toMatchObject({
      kind: "session-reset",
    });
  });

  it("exchange route target memberships when both offer them, and do without otherwise", () => {
    const both = open({ capabilities: [EVPN, RTC] });
    expect(agreed(negotiate(both, local, settings())).context.families).toEqual([
      "l2vpn-evpn",
      "rtc",
    ]);
    const theirs = settings({ routeTargetConstraint: false });
    expect(agreed(negotiate(both, local, theirs)).context.families).toEqual(["l2vpn-evpn"]);
    expect(agreed(negotiate(open(), local, settings())).context.families).toEqual(["l2vpn-evpn"]);
    expect(negotiate(open({ capabilities: [RTC] }), local, settings())).toMatchObject({ code: 2 });
  });

  it("list in graceful restart the families that are offered", () => {
    const listed = (options: Partial<NeighborOptions>) =>
      localOpen(local, settings(options), PRESERVED).capabilities.flatMap((capability) =>
        capability.kind === "graceful-restart" ? capability.families : [],
      );
    expect(listed({})).toEqual([
      { family: "l2vpn-evpn", forwardingPreserved: true },
      { family: "rtc", forwardingPreserved: true },
    ]);
    expect(listed({ routeTargetConstraint: false })).toEqual([
      { family: "l2vpn-evpn", forwardingPreserved: true },
    ]);
  });

  it("agree on what both announce and nothing else", () => {
    const result = agreed(
      negotiate(
        open({
          capabilities: [
            EVPN,
            { kind: "multiprotocol", family: "ipv4-unicast" },
            { kind: "four-octet-as", asn: parseAsn(65000) },
            { kind: "add-path", families: [{ family: "l2vpn-evpn", mode: "send-receive" }] },
            { kind: "fqdn", hostname: "peer", domain: "" },
            { kind: "enhanced-route-refresh" },
          ],
        }),
        local,
        settings(),
      ),
    );
    expect(result.capabilities).toEqual(["l2vpn-evpn", "enhanced-route-refresh", "four-octet-as"]);
    expect(result).toMatchObject({ routeRefresh: false, enhancedRefresh: true });
    expect(result.context).toEqual({
      fourOctetAs: true,
      extendedMessages: false,
      ibgp: true,
      families: ["l2vpn-evpn"],
      addPathReceive: [],
    });
    expect(result.restart).toBeUndefined();
  });

  it("know an external peer from an internal one", () => {
    const asn = parseAsn(65001);
    expect(agreed(negotiate(open({ asn }), local, settings({ asn }))).context.ibgp).toBe(false);
  });

  it("may have equal identifiers in different ASes only (RFC 6286)", () => {
    const routerId = local.routerId;
    const asn = parseAsn(65001);
    expect(negotiate(open({ routerId }), local, settings())).toMatchObject({ code: 2, subcode: 3 });
    agreed(negotiate(open({ routerId, asn }), local, settings({ asn })));
  });

  it("need the AS that is configured, and EVPN", () => {
    const asn = parseAsn(65001);
    expect(negotiate(open({ asn }), local, settings())).toMatchObject({ code: 2, subcode: 2 });
    expect(negotiate(open({ capabilities: [] }), local, settings())).toMatchObject({
      code: 2,
      subcode: 7,
      reason: "the peer does not offer L2VPN EVPN",
    });
  });

  it.each([
    { families: [], preserved: undefined },
    { families: [{ family: "l2vpn-evpn", forwardingPreserved: false }], preserved: false },
    { families: [{ family: "l2vpn-evpn", forwardingPreserved: true }], preserved: true },
    { families: [{ family: "ipv4-unicast", forwardingPreserved: true }], preserved: undefined },
  ] as const)("say what a restart preserves: $preserved", ({ families, preserved }) => {
    const capability: Capability = {
      kind: "graceful-restart",
      restarted: true,
      notification: true,
      restartTime: 90,
      families,
    };
    const peer = open({ capabilities: [EVPN, capability] });
    expect(agreed(negotiate(peer, local, settings())).restart).toEqual({
      restartTime: 90,
      restarting: true,
      notification: true,
      preserved,
    });
    const without = { ...local, restartTime: 0 };
    expect(agreed(negotiate(peer, without, settings())).restart).toBeUndefined();
  });
});

it("of several graceful restart capabilities the last one counts (RFC 4724 section 3)", () => {
  const restart = (restartTime: number, notification: boolean): Capability => ({
    kind: "graceful-restart",
    restarted: false,
    notification,
    restartTime,
    families: [{ family: "l2vpn-evpn", forwardingPreserved: notification }],
  });
  const peer = open({ capabilities: [EVPN, restart(4095, true), restart(5, false)] });
  expect(agreed(negotiate(peer, local, settings())).restart).toMatchObject({
    restartTime: 5,
    notification: false,
    preserved: false,
  });
});

describe("long-lived graceful restart", () => {
  const longLived = (staleTime: number, family: Family = "l2vpn-evpn"): Capability => ({
    kind: "long-lived-graceful-restart",
    families: [{ family, forwardingPreserved: true, staleTime }],
  });
  const restart: Capability = {
    kind: "graceful-restart",
    restarted: false,
    notification: true,
    restartTime: 120,
    families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
  };
  const between = (capabilities: readonly Capability[], own: number) =>
    agreed(
      negotiate(
        open({ capabilities: [EVPN, ...capabilities] }),
        local,
        settings({ longLivedStaleTime: own }),
      ),
    ).longLived;

  it("lasts as long as both ends want", () => {
    expect(between([restart, longLived(100)], 200)).toEqual({ preserved: true, staleTime: 100 });
    expect(between([restart, longLived(200)], 100)).toEqual({ preserved: true, staleTime: 100 });
    expect(between([restart, longLived(200)], 0)).toEqual({ preserved: true, staleTime: 0 });
  });

  it("needs graceful restart, and the family (RFC 9494 section 3)", () => {
    expect(between([longLived(100)], 100)).toBeUndefined();
    expect(between([restart], 100)).toBeUndefined();
    expect(between([restart, longLived(100, "ipv4-unicast")], 100)).toBeUndefined();
  });

  it("is offered with the time that is configured, up to 24 bits", () => {
    const { capabilities } = localOpen(
      local,
      settings({ longLivedStaleTime: 16_777_215 }),
      PRESERVED,
    );
    expect(capabilities).toContainEqual(longLived(16_777_215));
    for (const longLivedStaleTime of [-1, 0.5, 16_777_216]) {
      expect(() => settings({ longLivedStaleTime })).toThrow("must be 0 to 16777215 seconds");
    }
  });
});

describe("the OPEN of this speaker", () => {
  it("tells by the F bits whether the kernel still forwards what former routes say", () => {
    const bits = (forwardingPreserved: boolean): boolean[] =>
      localOpen(local, settings(), { forwardingPreserved }).capabilities.flatMap((capability) =>
        capability.kind === "graceful-restart" || capability.kind === "long-lived-graceful-restart"
          ? capability.families.map((each) => each.forwardingPreserved)
          : [],
      );
    expect(bits(true)).toEqual([true, true, true]);
    expect(bits(false)).toEqual([false, false, false]);
  });

  it("tells a restart by the R bit, and offers no graceful restart with a time of 0", () => {
    const restarting = localOpen({ ...local, isRestarting: () => true }, settings(), PRESERVED);
    expect(restarting.capabilities).toContainEqual(
      expect.objectContaining({ kind: "graceful-restart", restarted: true, notification: true }),
    );
    const never = localOpen({ ...local, restartTime: 0 }, settings(), PRESERVED);
    const kinds = never.capabilities.map(({ kind }) => kind);
    expect(kinds).not.toContain("graceful-restart");
    expect(kinds).not.toContain("long-lived-graceful-restart");
  });
});
