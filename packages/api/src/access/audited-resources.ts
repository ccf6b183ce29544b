/** The resources for one request, whose changes go into the audit log: as they were asked for, and as they were made. */
import type { ApplyOptions, ApplyOutcome, CachedState, Review } from "@selvedge/datastore";
import { type Change, formatIssue, type Resource, type ResourceKey } from "@selvedge/resources";
import type { ResourceView } from "../resource-api/resource-options.ts";
import { auditedChange, keyOf, type RequestRecord, wantedChanges } from "./request-record.ts";

export class AuditedResources implements ResourceView {
  readonly #resources: ResourceView;
  readonly #record: RequestRecord;

  constructor(resources: ResourceView, record: RequestRecord) {
    this.#resources = resources;
    this.#record = record;
  }

  state(): Promise<CachedState> {
    return this.#resources.state();
  }

  events(revision: number, signal: AbortSignal): ReturnType<ResourceView["events"]> {
    return this.#resources.events(revision, signal);
  }

  /** @throws AuditError when the log is required and cannot be written; nothing has changed then. */
  async apply(changes: readonly Change[], options: ApplyOptions = {}): Promise<ApplyOutcome> {
    if (options.dryRun === true) {
      this.#record.isClosed = true;
      return this.#resources.apply(changes, options);
    }
    if (this.#record.isAnnounced) {
      const { resources } = await this.#resources.state();
      await this.#record.announce(wantedChanges(changes, resources));
    }
    // What the wanted changes find in the last attempt, also where they are refused.
    const found = new Map<ResourceKey, Resource>();
    const review: Review = (wanted, current) => {
      found.clear();
      for (const change of wanted) {
        const resource = current.get(keyOf(change));
        if (resource !== undefined) found.set(keyOf(change), resource);
      }
      return options.review?.(wanted, current) ?? { kind: "complete", changes: wanted };
    };
    try {
      const outcome = await this.#resources.apply(changes, { ...options, review });
      this.#close(outcome, changes, found);
      return outcome;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#record.close("failed", { reason, changes: wantedChanges(changes, found) });
      throw error;
    }
  }

  #close(
    outcome: ApplyOutcome,
    changes: readonly Change[],
    found: ReadonlyMap<ResourceKey, Resource>,
  ): void {
    switch (outcome.kind) {
      case "applied": {
        const made = outcome.writes.map((write) =>
          auditedChange(
            write.key,
            outcome.before.get(write.key),
            write.kind === "put" ? write.resource : undefined,
          ),
        );
        this.#record.close(made.length === 0 ? "unchanged" : "made", { changes: made });
        return;
      }
      case "refused": {
        const reason = outcome.issues.map(formatIssue).join("; ");
        this.#record.close("refused", { reason, changes: wantedChanges(changes, found) });
        return;
      }
      case "conflict":
        // A patch is tried again then; when that fails too, the answer says so.
        return;
      default:
        outcome satisfies never;
    }
  }
}
