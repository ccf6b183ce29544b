/** What the agent answers through its API: the state of its stages as documents. */
import {
  type AgentOperations,
  type AgentStatus,
  type AttachRequest,
  type AttachResponse,
  type BgpClearRequest,
  type BgpClearResponse,
  type BgpMembershipsDocument,
  type BgpNeighborsDocument,
  type BgpSummaryDocument,
  type EndpointListDocument,
  type EvpnPageRange,
  type EvpnRoutePage,
  type EvpnRouteQuery,
  type MacListDocument,
  type PartHealth,
  RefusedError,
  type RouteDirection,
  type VrfListDocument,
  type VtepListDocument,
} from "@selvedge/api";
import type { Speaker } from "@selvedge/bgp-evpn";
import type { IpAddress } from "@selvedge/net";
import type { Dataplane, UnderlayGuardStatus } from "@selvedge/vxlan-dataplane";
import type { Attacher } from "./attach-endpoint.ts";
import type { BgpFeed } from "./bgp/bgp-feed.ts";
import { clearNeighbors } from "./clear-neighbors.ts";
import type { ClusterMember, MemberState } from "./cluster/cluster-member.ts";
import type { DatastoreFollower } from "./datastore-follower.ts";
import type { HostIntent } from "./intent/host-intent.ts";
import type { DataplaneLoop } from "./kernel/dataplane-loop.ts";
import type { UnderlayPaths } from "./kernel/underlay-paths.ts";
import { bgpMembershipsDocument } from "./status/bgp-memberships.ts";
import { bgpNeighborsDocument } from "./status/bgp-neighbors.ts";
import { bgpSummaryDocument } from "./status/bgp-summary.ts";
import { endpointDocument, endpointListDocument } from "./status/endpoint-list.ts";
import { evpnRoutePage } from "./status/evpn-routes.ts";
import { macListDocument } from "./status/mac-list.ts";
import { vrfListDocument } from "./status/vrf-list.ts";
import { vtepListDocument } from "./status/vtep-list.ts";
import { AGENT_VERSION } from "./version.ts";

/** The stages whose state is shown. */
export interface AgentOperatorOptions {
  readonly host: string;
  readonly intent: HostIntent;
  readonly dataplane: Pick<
    Dataplane,
    "vrfs" | "endpoints" | "endpointDrops" | "underlayGuard" | "remoteVteps" | "remoteMacs"
  >;
  readonly loop: Pick<DataplaneLoop, "retryIn">;
  readonly paths: Pick<UnderlayPaths, "local" | "state">;
  readonly bgp: BgpFeed;
  readonly follower: Pick<DatastoreFollower, "state">;
  readonly member: Pick<ClusterMember, "state">;
  readonly attacher: Attacher;
}

/** Answers the requests of the API from the state of the stages. */
export class AgentOperator implements AgentOperations {
  readonly #options: AgentOperatorOptions;

  constructor(options: AgentOperatorOptions) {
    this.#options = options;
  }

  status(): AgentStatus {
    const parts = [this.#datastore(), this.#host(), this.#bgp(), this.#dataplane()];
    return {
      host: this.#options.host,
      version: AGENT_VERSION,
      pid: process.pid,
      ready: parts.every(({ ready }) => ready),
      parts,
    };
  }

  bgpSummary(): BgpSummaryDocument {
    const isReflector = this.#options.intent.self?.spec.roles.includes("reflector") === true;
    return bgpSummaryDocument(this.#speaker().summary(), isReflector);
  }

  bgpNeighbors(address?: IpAddress): BgpNeighborsDocument {
    const speaker = this.#speaker();
    const addresses =
      address === undefined
        ? speaker.summary().neighbors.map((neighbor) => neighbor.address)
        : [address];
    const details = addresses.flatMap((of) => speaker.neighbor(of) ?? []);
    if (address !== undefined && details.length === 0) throw unknownNeighbor(address);
    return bgpNeighborsDocument(details);
  }

  bgpMemberships(): BgpMembershipsDocument {
    return bgpMembershipsDocument(this.#speaker().routeTargetMemberships());
  }

  clearBgp(request: BgpClearRequest): BgpClearResponse {
    return clearNeighbors(this.#speaker(), request);
  }

  evpnRoutes(query: EvpnRouteQuery, range: EvpnPageRange): EvpnRoutePage {
    const speaker = this.#speaker();
    return evpnRoutePage(speaker.routePage(query, range), speaker.summary());
  }

  neighborRoutes(
    address: IpAddress,
    direction: RouteDirection,
    query: EvpnRouteQuery,
    range: EvpnPageRange,
  ): EvpnRoutePage {
    const speaker = this.#speaker();
    const page = speaker.neighborPage(address, direction, query, range);
    if (page === undefined) throw unknownNeighbor(address);
    return evpnRoutePage(page, speaker.summary());
  }

  vrfs(): VrfListDocument {
    const { intent, dataplane } = this.#options;
    return vrfListDocument(intent.vrfs.values(), dataplane.vrfs());
  }

  vteps(): VtepListDocument {
    const { intent, dataplane, paths } = this.#options;
    return vtepListDocument({
      local: dataplane.vrfs().length === 0 ? undefined : paths.local,
      remote: dataplane.remoteVteps(),
      hosts: intent.vteps.entries(),
      state: (vtep) => paths.state(vtep),
    });
  }

  macs(): MacListDocument {
    const { intent, dataplane } = this.#options;
    return macListDocument({
      vrfs: intent.vrfs.values(),
      endpoints: dataplane.endpoints(),
      remote: dataplane.remoteMacs(),
      hosts: intent.vteps.entries(),
    });
  }

  endpoints(): EndpointListDocument {
    const { intent, dataplane, attacher } = this.#options;
    return endpointListDocument(
      intent.endpoints.values(),
      dataplane.endpoints(),
      dataplane.endpointDrops(),
      attacher.attached(),
    );
  }

  async attach(request: AttachRequest): Promise<AttachResponse> {
    const { attacher, dataplane } = this.#options;
    this.#checkRead();
    const start = performance.now();
    const { intent: declared } = await attacher.attach(request);
    const status = dataplane.endpoints().find((endpoint) => endpoint.name === declared.name);
    return {
      endpoint: endpointDocument(declared, status),
      elapsedMilliseconds: performance.now() - start,
    };
  }

  async attachAhead(request: AttachRequest): Promise<void> {
    const { attacher, intent } = this.#options;
    this.#checkRead();
    if (intent.declaresEndpoint(request.endpoint)) await attacher.attach(request);
    else await attacher.attachAhead(request);
  }

  /** @throws RefusedError (NotReady) */
  #checkRead(): void {
    const { follower, intent } = this.#options;
    if (
      follower.state.kind === "opening" ||
      (follower.state.kind === "failed" && intent.self === undefined)
    ) {
      throw new RefusedError("NotReady", `the datastore has not been read yet: ${this.#store()}`);
    }
  }

  detach(endpoint: string): Promise<void> {
    return this.#options.attacher.detach(endpoint);
  }

  #speaker(): Speaker {
    const { bgp, host } = this.#options;
    if (bgp.speaker !== undefined) return bgp.speaker;
    throw new RefusedError(
      "NotReady",
      `BGP does not run: host ${host} is not declared; declare it with \`selvedge apply\``,
    );
  }

  #store(): string {
    const { state } = this.#options.follower;
    switch (state.kind) {
      case "opening":
        return "it is being opened";
      case "following":
        return state.movedTo === undefined
          ? `following, revision ${state.revision}`
          : `it has moved to ${state.movedTo}: name that in the configuration and restart (following the old one, revision ${state.revision})`;
      case "failed":
        return state.message;
      default:
        return state satisfies never;
    }
  }

  #datastore(): PartHealth {
    const { follower, member } = this.#options;
    const ready = follower.state.kind === "following";
    const remark = ready ? memberRemark(member.state) : "";
    return { part: "datastore", ready, message: this.#store() + remark };
  }

  #host(): PartHealth {
    const { self } = this.#options.intent;
    return self === undefined
      ? { part: "host", ready: false, message: `host ${this.#options.host} is not declared` }
      : { part: "host", ready: true, message: `roles ${self.spec.roles.join(", ")}` };
  }

  #bgp(): PartHealth {
    const { listenError, speaker } = this.#options.bgp;
    if (listenError !== undefined) return { part: "bgp", ready: false, message: listenError };
    if (speaker === undefined) return { part: "bgp", ready: false, message: "not started" };
    const { neighbors } = speaker.summary();
    const up = neighbors.filter(({ state }) => state === "Established").length;
    return {
      part: "bgp",
      ready: up > 0 || neighbors.length === 0,
      message: `${up} of ${neighbors.length} sessions established`,
    };
  }

  /** Paths that lose packets, if there are any. */
  #pathRemark(): string {
    return this.vteps()
      .vteps.flatMap(({ path, reason = "" }) => (path === "TooSmall" ? [`; ${reason}`] : []))
      .join("");
  }

  #dataplane(): PartHealth {
    const vrfs = this.#options.dataplane.vrfs();
    const guard = this.#options.dataplane.underlayGuard();
    const faults = vrfs.flatMap(({ name, failures }) =>
      failures.map(({ message }) => `${name}: ${message}`),
    );
    if (guard.failure !== undefined) faults.push(`underlay guard: ${guard.failure.message}`);
    const ready = guard.failure === undefined && vrfs.every(({ state }) => state === "ready");
    const message =
      faults.length === 0
        ? `${vrfs.length} VRFs${guardRemark(guard)}${this.#pathRemark()}`
        : faults.join("; ");
    const repairs = vrfs.reduce((sum, vrf) => sum + vrf.repairs, guard.repairs);
    const remarks = repairRemark(repairs) + retryRemark(this.#options.loop.retryIn);
    return { part: "dataplane", ready, message: message + remarks };
  }
}

/** What others have changed, if anything. */
function repairRemark(repairs: number): string {
  return repairs === 0 ? "" : `; repaired what others had changed: ${repairs}`;
}

/** When what has failed is tried again, if anything has; that of endpoints is in their list. */
function retryRemark(milliseconds: number | undefined): string {
  return milliseconds === undefined
    ? ""
    : `; what failed is tried again in ${Math.ceil(milliseconds / 1000)} s`;
}

/** What the underlay guard has dropped, if anything. */
function guardRemark({ drops }: UnderlayGuardStatus): string {
  const { unknownVtep = 0, unknownVni = 0 } = drops ?? {};
  return unknownVtep + unknownVni === 0
    ? ""
    : `; VXLAN packets dropped: ${unknownVtep} of unknown VTEPs, ${unknownVni} of unknown VNIs`;
}

/** What there is to say of the host as others see it, besides that it is alive. */
function memberRemark(state: MemberState): string {
  switch (state.kind) {
    case "joining":
      return "";
    case "alive":
      return state.collects ? "; collects the garbage of IPAM" : "";
    case "failed":
      return `; this host does not count as alive: ${state.message}`;
    default:
      return state satisfies never;
  }
}

function unknownNeighbor(address: IpAddress): RefusedError {
  return new RefusedError("NotFound", `${address} is no neighbour of this host`);
}
