/** Which EVPN routes are asked for, and which part of the answer: the parameters of a request. */
import {
  type IpAddress,
  type IpPrefix,
  type MacAddress,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
  type RouteDistinguisher,
  type RouteTarget,
  type Vni,
} from "@selvedge/net";
import { z } from "zod";
import { netValue } from "./net-value.ts";

/** Routes in a page when nothing is said (some 5 ms of the agent's time), and at most. */
export const PAGE_LIMIT = { default: 250, max: 1000 } as const;

/** Routes that match in everything that is given; absent means all. */
export interface EvpnRouteQuery {
  readonly rd?: RouteDistinguisher | undefined;
  /** EVPN route type, 1 to 255. */
  readonly routeType?: number | undefined;
  readonly vni?: Vni | undefined;
  readonly mac?: MacAddress | undefined;
  /** Address of a type 2, originating router of a type 3 or 4. */
  readonly ip?: IpAddress | undefined;
  readonly prefix?: IpPrefix | undefined;
  readonly routeTarget?: RouteTarget | undefined;
}

/** Where a page begins (`next` of the page before), and how many routes it has. */
export interface EvpnPageRange {
  readonly from?: number;
  readonly limit: number;
}

const routeQueryFields = {
  rd: netValue(parseRouteDistinguisher),
  routeType: z.coerce.number().int().min(1).max(255),
  vni: netValue(parseVni),
  mac: netValue(parseMacAddress),
  ip: netValue(parseIpAddress),
  prefix: netValue(parseIpPrefix),
  routeTarget: netValue(parseRouteTarget),
};

/** The parameters of the request for a page. */
export const evpnPageQuerySchema = z
  .strictObject({
    ...routeQueryFields,
    from: z.coerce.number().int().min(1),
  })
  .partial()
  .extend({ limit: z.coerce.number().int().min(1).max(PAGE_LIMIT.max).default(PAGE_LIMIT.default) })
  .transform(({ from, limit, ...query }) => ({
    query,
    range: from === undefined ? { limit } : { from, limit },
  }));
