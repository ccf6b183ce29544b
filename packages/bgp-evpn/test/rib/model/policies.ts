/** Policies twice: for the RIB under test, over its view, and for the reference, over plain values. */
import { compareIp, parseAsn, parseIpAddress, parseRouteTarget } from "@selvedge/net";
import { type AttributeChange, changeAttributes } from "../../../src/rib/attribute-change.ts";
import { type RoutePolicy, refuse } from "../../../src/rib/policy.ts";
import { addressPattern, routeTargetPattern } from "../../../src/rib/route-pattern.ts";
import type { AttributeBody, PathAttribute } from "../../../src/wire/attribute/path-attribute.ts";
import { communitiesOf, find, inserted, segmentsOf } from "./attributes.ts";
import type { Announcement } from "./reference-rib.ts";

/** What a policy says in the reference: undefined accepts, a text refuses. */
export type PlainVerdict = undefined | string | AttributeChange;

/** One policy in both forms. */
export interface ModelPolicy {
  readonly overView: RoutePolicy;
  readonly plain: (route: Announcement) => PlainVerdict;
}

/** What a policy goes by and that changes without its knowing. */
export interface Switch {
  isOn: boolean;
}

export const POLICY_NAMES = ["by-vtep", "prefer", "retarget", "switched", "faulty"] as const;

export type PolicyName = (typeof POLICY_NAMES)[number];

const VTEP = parseIpAddress("192.0.2.2");
const TARGET = parseRouteTarget("65000:1");
const PREFER: AttributeChange = {
  localPreference: 300,
  addCommunities: ["65000:100", "65000:777"],
  removeCommunities: ["no-export"],
};
const RETARGET: AttributeChange = {
  addRouteTargets: [parseRouteTarget("65000:3")],
  removeRouteTargets: [TARGET],
  med: 7,
  prepend: { asn: parseAsn(4_200_000_099), count: 2 },
};

/** The policies of one world. */
export function policiesWith(state: Switch): Readonly<Record<PolicyName, ModelPolicy>> {
  const vtep = addressPattern(VTEP);
  const target = routeTargetPattern(TARGET);
  const [prefer, retarget] = [changeAttributes(PREFER), changeAttributes(RETARGET)];
  const [notThere, switchedOff] = [refuse("not there"), refuse("switched off")];
  return {
    "by-vtep": {
      overView: (route) => (route.hasNextHop(vtep) ? notThere : "accept"),
      plain: ({ nextHop }) => (compareIp(nextHop, VTEP) === 0 ? "not there" : undefined),
    },
    prefer: {
      overView: (route) => (route.hasRouteTarget(target) ? prefer : "accept"),
      plain: (route) => (hasTarget(route) ? PREFER : undefined),
    },
    retarget: { overView: () => retarget, plain: () => RETARGET },
    switched: {
      overView: () => (state.isOn ? switchedOff : "accept"),
      plain: () => (state.isOn ? "switched off" : undefined),
    },
    faulty: {
      overView: (route) => {
        if (route.routeType === 5) return "accept";
        throw new Error("no such case");
      },
      plain: ({ route }) => (route.routeType === 5 ? undefined : "the policy failed"),
    },
  };
}

function hasTarget({ attributes }: Announcement): boolean {
  return communitiesOf(attributes).some(
    (community) => community.kind === "route-target" && community.target === TARGET,
  );
}

/** Attributes with a change applied. */
export function changed(
  attributes: readonly PathAttribute[],
  change: AttributeChange,
): PathAttribute[] {
  let out = [...attributes];
  const put = (type: AttributeBody["kind"], body: AttributeBody | undefined): void => {
    const at = out.findIndex(({ kind }) => kind === type);
    if (body === undefined) out = out.filter(({ kind }) => kind !== type);
    else if (at < 0) out = inserted(out, body, attributes);
    else out = out.with(at, body);
  };
  const { localPreference, med, prepend } = change;
  if (prepend !== undefined) {
    const added = Array.from({ length: prepend.count }, () => prepend.asn);
    const [first, ...rest] = segmentsOf(attributes);
    const segments =
      first?.kind === "sequence"
        ? [{ kind: "sequence" as const, asns: [...added, ...first.asns] }, ...rest]
        : [{ kind: "sequence" as const, asns: added }, ...segmentsOf(attributes)];
    put("as-path", { kind: "as-path", segments });
  }
  if (med !== undefined) put("med", med === "none" ? undefined : { kind: "med", value: med });
  if (localPreference !== undefined) {
    put("local-pref", { kind: "local-pref", value: localPreference });
  }
  if (change.addCommunities !== undefined || change.removeCommunities !== undefined) {
    const communities = listWith(
      find(attributes, "communities")?.communities ?? [],
      change.addCommunities,
      change.removeCommunities,
    );
    put("communities", communities.length === 0 ? undefined : { kind: "communities", communities });
  }
  if (change.addRouteTargets !== undefined || change.removeRouteTargets !== undefined) {
    const kept = communitiesOf(attributes).filter(
      (one) => one.kind !== "route-target" || !change.removeRouteTargets?.includes(one.target),
    );
    const held = kept.flatMap((one) => (one.kind === "route-target" ? [one.target] : []));
    const added = (change.addRouteTargets ?? []).filter((one) => !held.includes(one));
    const communities = [
      ...kept,
      ...added.map((one) => ({ kind: "route-target", target: one }) as const),
    ];
    put(
      "extended-communities",
      communities.length === 0 ? undefined : { kind: "extended-communities", communities },
    );
  }
  return out;
}

function listWith(
  list: readonly string[],
  added: readonly string[] = [],
  removed: readonly string[] = [],
): string[] {
  const kept = list.filter((one) => !removed.includes(one));
  return [...kept, ...added.filter((one) => !kept.includes(one))];
}
