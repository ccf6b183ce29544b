/** What the audit log says of a request: who, how, from where, what, what was there before, and what came of it. */
import type { Resource } from "@selvedge/resources";
import type { Identity } from "./identity.ts";

/** What a request changes, or would have changed. */
export interface AuditedChange {
  /** Of a resource, or `ipam/TENANT/SUBNET/ADDRESS`. */
  readonly key: string;
  /** Absent where there was none. */
  readonly old?: unknown;
  /** Absent where it is deleted. */
  readonly new?: unknown;
}

export type AuditOutcome =
  /** About to be made: written first where the log is required. */
  | "requested"
  | "made"
  /** Everything was so already. */
  | "unchanged"
  | "refused"
  /** The request failed for a reason of the server's or the datastore's; `reason` says which. */
  | "failed";

/** One line of the log. */
export interface AuditEntry {
  /** RFC 3339, in milliseconds. */
  readonly time: string;
  /** The same in all entries about one request. */
  readonly request: string;
  /** Absent for somebody without good credentials. */
  readonly user?: string;
  readonly how?: Identity["how"];
  readonly credential?: string;
  /** The address of the client; absent on the unix socket. */
  readonly from?: string;
  readonly verb: string;
  /** As in the table of roles; the path for what is in none. */
  readonly resource: string;
  readonly tenant?: string;
  readonly name?: string;
  readonly outcome: AuditOutcome;
  /** HTTP status. */
  readonly code?: number;
  readonly reason?: string;
  readonly changes?: readonly AuditedChange[];
}

/** kubectl keeps the whole manifest there, which the entry has already. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const SECRET = /password|passwd|secret|token|credential|private-?key|api-?key/i;
const HIDDEN = "(hidden)";
/** Characters of JSON beyond which what was refused is told by its size only. */
const MOST_OF_REFUSED = 16 * 1024;

/** A resource for the log: annotations whose names sound like secrets lose their values. */
export function auditedResource(resource: Resource): unknown {
  const { annotations } = resource.metadata;
  if (annotations === undefined) return resource;
  const shown = Object.entries(annotations)
    .filter(([name]) => name !== LAST_APPLIED)
    .map(([name, value]) => [name, SECRET.test(name) ? HIDDEN : value]);
  return {
    ...resource,
    metadata: { ...resource.metadata, annotations: Object.fromEntries(shown) },
  };
}

/** Of a change that was refused: whoever sends megabytes must not fill the log. */
export function shortened(change: AuditedChange): AuditedChange {
  const size = JSON.stringify(change.new ?? null).length;
  return size <= MOST_OF_REFUSED ? change : { ...change, new: `(${size} characters)` };
}
