/**
 * Route policies: functions that decide of each route whether it is taken, refused, or taken with other attributes.
 *
 * One mechanism serves operators' policies and the embedding program's own checks, such as whether a route comes from
 * the host that holds the address. A policy is called in the middle of the work of the RIB: it must be quick, and must
 * not call the speaker. It gives the same verdict for the same route until `Speaker.reevaluate` is called.
 *
 * RFC 4271 section 9.1.1 (import) and 9.1.3 (export), RFC 8212 (eBGP without policy).
 */
import type { RouteChange } from "./attribute-change.ts";
import type { PolicyRoute } from "./policy-route.ts";

/** What a policy says of a route. Made once, by `refuse` and `changeAttributes`, and given for many routes. */
export type PolicyVerdict = "accept" | RouteRefusal | RouteChange;

/** The route is kept, so that it can be looked at again, but neither used nor passed on. */
export interface RouteRefusal {
  readonly kind: "refuse";
  /** Shown with the route: "the address is leased to host-7". */
  readonly reason: string;
}

/**
 * Decides of one route. `route` is the same object at every call and shows the route of the moment: keep nothing of it
 * but values. One that throws, or gives no verdict, refuses the route.
 */
export type RoutePolicy = (route: PolicyRoute) => PolicyVerdict;

/** A refusal. Reasons are counted by their text: give few different ones. */
export function refuse(reason: string): RouteRefusal {
  return { kind: "refuse", reason };
}

const NO_POLICY = refuse("eBGP without a policy (RFC 8212)");

/** The policy of an external neighbour for which none is configured, when there must be one (RFC 8212 section 3). */
export const refuseWithoutPolicy: RoutePolicy = () => NO_POLICY;
