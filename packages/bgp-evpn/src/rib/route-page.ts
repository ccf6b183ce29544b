/**
 * Pages: a large table is shown in parts, so that showing it never holds up the sessions.
 *
 * A page ends when it has enough routes or has looked at enough rows, and says where the next one
 * begins. Nothing is kept between two pages: the table may have changed, and a prefix that has come
 * or gone meanwhile is or is not on the pages that follow.
 */
import type { LocRib } from "./loc-rib.ts";
import type { EvpnRouteView } from "./route-view.ts";

/** Rows looked at for one page: about a millisecond where none of them matches. */
const ROWS_OF_A_PAGE = 0x4000;

/** Which part of the table to show. */
export interface PageRange {
  /** Where to begin: `next` of the page before; the first row when absent. */
  readonly from?: number;
  /** The page is complete with the prefix that brings so many routes; 1 or more. */
  readonly limit: number;
}

/** A part of the table. */
export interface RoutePage {
  readonly routes: readonly EvpnRouteView[];
  /** Where the next page begins; absent on the last one. A page can be empty and not be the last. */
  readonly next?: number;
}

/** The page of what `viewPrefix` shows of each row. */
export function pageOf(
  rib: LocRib,
  { from = 1, limit }: PageRange,
  viewPrefix: (prefix: number) => readonly EvpnRouteView[],
): RoutePage {
  const { highest } = rib.prefixes;
  const end = Math.min(highest, from + ROWS_OF_A_PAGE - 1);
  const routes: EvpnRouteView[] = [];
  let prefix = Math.max(1, from);
  for (; prefix <= end && routes.length < limit; prefix++) routes.push(...viewPrefix(prefix));
  return prefix <= highest ? { routes, next: prefix } : { routes };
}
