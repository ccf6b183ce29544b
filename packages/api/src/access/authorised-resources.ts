/**
 * The resources for a request whose changes are known only from its body: whoever makes it must be allowed to create and
 * to update each resource of it, as if there were a request for each. It is decided before anything is looked up, so that a
 * refusal is the same whether there is such a resource or not.
 */
import type { ApplyOptions, ApplyOutcome, CachedState } from "@selvedge/datastore";
import { type Change, KINDS, parseResourceKey } from "@selvedge/resources";
import { bulkRefusal, type ItemFault } from "../resource-api/bulk-refusal.ts";
import type { ResourceView } from "../resource-api/resource-options.ts";
import { authorise } from "./authorise.ts";
import type { Identity } from "./identity.ts";
import { keyOf, type RequestRecord, wantedChanges } from "./request-record.ts";
import type { Verb } from "./role-table.ts";

export class AuthorisedResources implements ResourceView {
  readonly #resources: ResourceView;
  readonly #identity: Identity;
  readonly #record: RequestRecord;

  constructor(resources: ResourceView, identity: Identity, record: RequestRecord) {
    this.#resources = resources;
    this.#identity = identity;
    this.#record = record;
  }

  state(): Promise<CachedState> {
    return this.#resources.state();
  }

  events(revision: number, signal: AbortSignal): ReturnType<ResourceView["events"]> {
    return this.#resources.events(revision, signal);
  }

  /** @throws ApiStatusError (Forbidden) with a cause for each resource that is not theirs to change */
  async apply(changes: readonly Change[], options: ApplyOptions = {}): Promise<ApplyOutcome> {
    const faults = changes.flatMap((change, index) => this.#faultOf(change, index));
    if (faults.length === 0) return this.#resources.apply(changes, options);
    const refusal = bulkRefusal(faults, "Forbidden");
    if (options.dryRun !== true) {
      const { code, message: reason } = refusal;
      this.#record.close("refused", { code, reason, changes: wantedChanges(changes, new Map()) });
    }
    throw refusal;
  }

  #faultOf(change: Change, index: number): ItemFault[] {
    const key = keyOf(change);
    const parts = parseResourceKey(key);
    if (parts === undefined) return [{ index, path: [], message: "is no resource", key }];
    const { kind, namespace, name } = parts;
    const verbs: readonly Verb[] = change.kind === "delete" ? ["delete"] : ["create", "update"];
    const tenant = kind === "Tenant" ? name : namespace;
    for (const verb of verbs) {
      const resource = KINDS[kind].plural;
      const decision = authorise(this.#identity, {
        kind: "resource",
        verb,
        resource,
        tenant,
        name,
      });
      if (decision.kind === "denied") return [{ index, path: [], message: decision.reason }];
    }
    return [];
  }
}
