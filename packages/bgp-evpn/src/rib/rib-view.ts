/** What a RIB holds, has been told and tells, as plain values: for commands, tests and collectors. Changes nothing. */
import { AdjRibInDump } from "./adj-rib-in-dump.ts";
import { viewAdvertised } from "./advertised-view.ts";
import type { ExportAttributes } from "./export-attributes.ts";
import type { LocRib } from "./loc-rib.ts";
import type { MacVrfImport } from "./mac-vrf-import.ts";
import type { PeerCounts, PeerId } from "./peer.ts";
import { type RouteFilter, RouteMatcher } from "./route-filter.ts";
import { type PageRange, pageOf, type RoutePage } from "./route-page.ts";
import type {
  RouteTargetConstraint,
  RouteTargetMembershipView,
} from "./route-target-constraint.ts";
import { type EvpnRouteView, viewPrefix, viewRoutes } from "./route-view.ts";
import type { UpdateGroups } from "./update-groups.ts";
import type { VrfRouteChange } from "./vrf.ts";
import type { VrfImport } from "./vrf-import.ts";

/** Figures of the whole table. */
export interface RibCounts {
  /** How often a best path has become another one or changed, since the start. */
  readonly version: number;
  readonly prefixes: number;
  readonly paths: number;
  readonly attributeSets: number;
  readonly updateGroups: number;
  /** Different lists of route targets that routes to constrained peers carry. */
  readonly targetSets: number;
  /** Route target memberships of all peers and the own ones (RFC 4684). */
  readonly memberships: number;
  /** Routes of all VRFs, imported ones. */
  readonly vrfRoutes: number;
  /** Different sets of next hops among them. */
  readonly nextHopSets: number;
  /** MACs, neighbours, VTEPs and segments that MAC-VRFs import. */
  readonly macVrfEntries: number;
  /** Bytes held by the tables and arenas. */
  readonly memory: number;
}

/** Where it looks. */
export interface ViewParts {
  readonly table: LocRib;
  readonly exported: ExportAttributes;
  readonly groups: UpdateGroups;
  readonly vrfImport: VrfImport;
  readonly macImport: MacVrfImport;
  readonly constraint: RouteTargetConstraint;
}

/** See the file's head. */
export class RibView {
  readonly #parts: ViewParts;

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  /** Routes as plain values, decoded while iterating. */
  routes(filter: RouteFilter = {}): IterableIterator<EvpnRouteView> {
    return viewRoutes(this.#parts.table, filter);
  }

  /** A part of the routes, so that a large table can be shown without a pause. */
  routePage(filter: RouteFilter, range: PageRange): RoutePage {
    const matcher = new RouteMatcher(filter);
    return pageOf(this.#parts.table, range, (prefix) =>
      viewPrefix(this.#parts.table, prefix, matcher),
    );
  }

  /** A part of what a peer has been told; nothing while it has no session. */
  advertisedPage(peer: PeerId, filter: RouteFilter, range: PageRange): RoutePage {
    const group = this.#parts.groups.of(peer);
    if (group === undefined) return { routes: [] };
    const matcher = new RouteMatcher(filter);
    return pageOf(this.#parts.table, range, (prefix) => {
      const view = viewAdvertised(
        this.#parts.table,
        this.#parts.exported,
        group,
        peer,
        prefix,
        matcher,
      );
      return view === undefined ? [] : [view];
    });
  }

  /** The routes held from peers as UPDATEs again, in slices; see adj-rib-in-dump.ts. */
  dumpReceived(peers: ReadonlySet<PeerId>): AdjRibInDump {
    return new AdjRibInDump(this.#parts.table, peers);
  }

  /** What a VRF imports, as told. */
  vrfRoutes(name: string): IterableIterator<VrfRouteChange> {
    return this.#parts.vrfImport.routes(name);
  }

  peerCounts(peer: PeerId): PeerCounts {
    const source = this.#parts.table.peers.get(peer);
    const group = this.#parts.groups.of(peer);
    return {
      paths: source.paths,
      stalePaths: source.stalePaths,
      bestPaths: source.bestPaths,
      advertised: group?.advertisedTo(peer) ?? 0,
      duplicates: source.duplicates,
      endOfRibReceived: source.endOfRibReceived,
      rejected: { ...source.rejected },
      refused: this.#parts.table.refusals.byText(source.refused),
      output: group?.stateOf(peer),
      memberships: this.#parts.constraint.countsOf(peer),
    };
  }

  /** How many paths of the peer there are, and how many of them are not stale. */
  pathsOf(peer: PeerId): { readonly all: number; readonly fresh: number } {
    const { paths, stalePaths } = this.#parts.table.peers.get(peer);
    return { all: paths, fresh: paths - stalePaths };
  }

  counts(): RibCounts {
    const table = this.#parts.table;
    return {
      version: table.version,
      prefixes: table.prefixes.size,
      paths: table.paths.size,
      attributeSets: table.attributes.sets.size,
      updateGroups: this.#parts.groups.size,
      targetSets: table.attributes.targetSets.size,
      memberships: this.#parts.constraint.size,
      ...this.#parts.vrfImport.counts(),
      ...this.#parts.macImport.counts(),
      memory:
        table.memory +
        this.#parts.groups.memory +
        this.#parts.vrfImport.memory +
        this.#parts.macImport.memory,
    };
  }

  /** Route target memberships, of peers and own ones, as plain values. */
  memberships(): IterableIterator<RouteTargetMembershipView> {
    return this.#parts.constraint.view();
  }
}
