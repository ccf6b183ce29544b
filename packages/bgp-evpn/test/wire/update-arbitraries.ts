/** Random well-formed UPDATEs, and the sessions in which they are sent. */
import fc from "fast-check";
import type { CodecContext } from "../../src/wire/codec-context.ts";
import { type Family, KNOWN_FAMILIES } from "../../src/wire/family.ts";
import type { Route } from "../../src/wire/nlri.ts";
import type {
  AnnouncedRoutes,
  UpdateFields,
  WithdrawnRoutes,
} from "../../src/wire/update-message.ts";
import { pathAttributes } from "./attribute-arbitraries.ts";
import { evpnRoute, membershipRoute, unicastRoute } from "./route-arbitraries.ts";
import { hexText, ip, ipv6, u32 } from "./value-arbitraries.ts";

export const codecContext: fc.Arbitrary<CodecContext> = fc.record({
  fourOctetAs: fc.boolean(),
  extendedMessages: fc.constant(true),
  ibgp: fc.boolean(),
  families: fc.subarray<Family>([...KNOWN_FAMILIES]),
  addPathReceive: fc.subarray<Family>([...KNOWN_FAMILIES]),
});

/** Routes of a family as they are sent in this session. */
function routesOf(known: Family, context: CodecContext): fc.Arbitrary<readonly Route[]> {
  const route: fc.Arbitrary<Route> =
    known === "l2vpn-evpn"
      ? evpnRoute
      : known === "rtc"
        ? membershipRoute
        : unicastRoute(known === "ipv4-unicast" ? 4 : 6);
  const numbered = context.addPathReceive.includes(known)
    ? fc.tuple(route, u32).map(([plain, pathId]) => ({ ...plain, pathId }))
    : route;
  return fc.array(numbered, { maxLength: 12 });
}

function announcedIn(context: CodecContext): fc.Arbitrary<AnnouncedRoutes> {
  const opaque: fc.Arbitrary<AnnouncedRoutes> = fc.record({
    carriedIn: fc.constant("mp-reach"),
    family: fc.constantFrom<Family>("1/128", "25/65"),
    opaqueNextHop: hexText(40),
    opaqueNlri: hexText(60),
  });
  const known = KNOWN_FAMILIES.filter((name) => context.families.includes(name)).map((name) =>
    fc
      .tuple(routesOf(name, context), name === "ipv6-unicast" ? ipv6 : ip)
      .map(([routes, nextHop]) => ({
        carriedIn: "mp-reach" as const,
        family: name,
        nextHop,
        routes,
      })),
  );
  return fc.oneof(opaque, ...known);
}

function withdrawnIn(context: CodecContext): fc.Arbitrary<WithdrawnRoutes> {
  const opaque: fc.Arbitrary<WithdrawnRoutes> = fc.record({
    carriedIn: fc.constant("mp-unreach"),
    family: fc.constantFrom<Family>("1/128", "25/65"),
    opaqueNlri: hexText(60),
  });
  const known = KNOWN_FAMILIES.filter((name) => context.families.includes(name)).map((name) =>
    routesOf(name, context).map((routes) => ({
      carriedIn: "mp-unreach" as const,
      family: name,
      routes,
    })),
  );
  return fc.oneof(opaque, ...known);
}

/** Well-formed UPDATEs: with routes in any of the four places, and the attributes that they need. */
export function updateFields(context: CodecContext): fc.Arbitrary<UpdateFields> {
  const [mandatory, optional] = pathAttributes(context);
  const body = routesOf("ipv4-unicast", context);
  return fc
    .record({
      mandatory: fc.tuple(...mandatory),
      optional: fc.tuple(...optional.map((attribute) => fc.option(attribute, { nil: undefined }))),
      reach: fc.option(announcedIn(context), { nil: undefined }),
      unreach: fc.option(withdrawnIn(context), { nil: undefined }),
      announced: body,
      withdrawn: body,
    })
    .map(({ reach, unreach, announced, withdrawn, ...attributes }) => ({
      withdrawn: [
        ...(withdrawn.length === 0
          ? []
          : [
              { carriedIn: "withdrawn-routes", family: "ipv4-unicast", routes: withdrawn } as const,
            ]),
        ...(unreach === undefined ? [] : [unreach]),
      ],
      attributes: [
        ...(reach === undefined ? [] : [{ kind: "mp-reach" } as const]),
        ...(unreach === undefined ? [] : [{ kind: "mp-unreach" } as const]),
        ...attributes.mandatory,
        ...attributes.optional.filter((attribute) => attribute !== undefined),
      ],
      announced: [
        ...(reach === undefined ? [] : [reach]),
        ...(announced.length === 0
          ? []
          : [{ carriedIn: "nlri", family: "ipv4-unicast", routes: announced } as const]),
      ],
    }));
}
