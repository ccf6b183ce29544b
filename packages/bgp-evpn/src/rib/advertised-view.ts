/**
 * What a peer has been told, as plain values: the Adj-RIB-Out, which is not kept but follows from the
 * best path and the export policy of the peer's update group.
 *
 * A prefix whose best path has changed and that the peer has not been told of again yet is left out:
 * what the peer still holds for it is not known any more.
 */
import type { ExportAttributes } from "./export-attributes.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerId } from "./peer.ts";
import type { RouteMatcher } from "./route-filter.ts";
import { type EvpnRouteView, viewAttributes, viewPath } from "./route-view.ts";
import type { UpdateGroup } from "./update-group.ts";

/** The route that the peer has been told for a prefix and that matches, with the attributes as they were sent. */
export function viewAdvertised(
  rib: LocRib,
  exported: ExportAttributes,
  group: UpdateGroup,
  peer: PeerId,
  prefix: number,
  matcher: RouteMatcher,
): EvpnRouteView | undefined {
  const best = rib.prefixes.bestPath.get(prefix);
  if (best === 0 || !matcher.matchesPrefix(rib, prefix) || !matcher.matchesPath(rib, best)) {
    return undefined;
  }
  if (!group.hasTold(peer, prefix)) return undefined;
  const set = group.exportedSet(best);
  if (set === 0) return undefined;
  const source = rib.peers.get(rib.paths.peer.get(best));
  const length = exported.write(set, source, group.policy);
  rib.attributes.release(set);
  return {
    ...viewPath(rib, prefix, best),
    attributes: viewAttributes(exported.bytes, 0, length, group.policy.fourOctetAs),
  };
}
