/** What is known of a request that is being answered, and the entries about it in the audit log. */
import type { Change, Resource, ResourceKey } from "@selvedge/resources";
import { resourceKey } from "@selvedge/resources";
import {
  type AuditEntry,
  type AuditedChange,
  type AuditOutcome,
  auditedResource,
  shortened,
} from "./audit-entry.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AccessRequest } from "./authorise.ts";
import type { Identity } from "./identity.ts";

export interface RequestFacts {
  /** Of the request, for its entries. */
  readonly id: string;
  /** Undefined for somebody without good credentials. */
  readonly identity: Identity | undefined;
  readonly access: AccessRequest;
  /** The client's address; undefined on the unix socket. */
  readonly from: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

export class RequestRecord {
  readonly facts: RequestFacts;
  readonly #log: AuditLog | undefined;
  readonly #now: () => number;
  /** Nothing more is to be said: what came of it is in the log, or it was never to change anything. */
  isClosed = false;
  /** What was changed, where that is known before the answer is. */
  changes: readonly AuditedChange[] | undefined;

  constructor(facts: RequestFacts, log: AuditLog | undefined, now: () => number) {
    this.facts = facts;
    this.#log = log;
    this.#now = now;
  }

  /** Would it change something, if it succeeded? */
  get isChange(): boolean {
    const { access, method } = this.facts;
    if (access.kind !== "resource") return method !== "GET" && method !== "HEAD";
    return !["get", "list", "watch"].includes(access.verb);
  }

  /** Must a change be announced before it is made? */
  get isAnnounced(): boolean {
    return this.#log?.isRequired === true;
  }

  /** @throws AuditError when it cannot be written: then the change must not be made. */
  async announce(changes: readonly AuditedChange[]): Promise<void> {
    await this.#log?.writeFirst(this.#entry("requested", { changes }));
  }

  /** What came of it. Returns at once; a log that cannot be written reports that itself. */
  close(outcome: AuditOutcome, more: Pick<AuditEntry, "code" | "reason" | "changes"> = {}): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#log?.write(this.#entry(outcome, more)).catch(() => undefined);
  }

  #entry(outcome: AuditOutcome, more: Pick<AuditEntry, "code" | "reason" | "changes">): AuditEntry {
    const { id, identity, access, from, method, path } = this.facts;
    const time = new Date(this.#now()).toISOString();
    const about =
      access.kind === "resource"
        ? {
            verb: access.verb,
            resource: access.resource,
            ...(access.tenant === undefined ? {} : { tenant: access.tenant }),
            ...(access.name === undefined ? {} : { name: access.name }),
          }
        : { verb: method, resource: path };
    return {
      time,
      request: id,
      ...(identity === undefined ? {} : { user: identity.user, how: identity.how }),
      ...(identity?.credential === undefined ? {} : { credential: identity.credential }),
      ...(from === undefined ? {} : { from }),
      ...about,
      outcome,
      ...more,
    };
  }
}

/** Changes that are wanted, or were, beside what is there. */
export function wantedChanges(
  changes: readonly Change[],
  current: ReadonlyMap<ResourceKey, Resource>,
): AuditedChange[] {
  return changes.map((change) => {
    const key = keyOf(change);
    const wanted = change.kind === "put" ? change.resource : undefined;
    return shortened(auditedChange(key, current.get(key), wanted));
  });
}

export function keyOf(change: Change): ResourceKey {
  return change.kind === "put" ? resourceKey(change.resource) : change.key;
}

/** A change with both its sides. */
export function auditedChange(
  key: ResourceKey,
  before: Resource | undefined,
  after: Resource | undefined,
): AuditedChange {
  return {
    key,
    ...(before === undefined ? {} : { old: auditedResource(before) }),
    ...(after === undefined ? {} : { new: auditedResource(after) }),
  };
}
