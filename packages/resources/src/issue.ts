/** What is wrong with a declaration, and where. */

import { type FieldPath, formatFieldPath } from "./field-path.ts";
import type { ResourceKey } from "./resource-kind.ts";

/** A place in a file; both numbers count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One fault. `message` says what is wrong and what would be right. */
export interface Issue {
  /** Where it was read; absent for what came from no file. */
  readonly position?: Position;
  /** The resource, as far as its key is known. */
  readonly key?: ResourceKey;
  /** The field; empty for the resource as a whole. */
  readonly path: FieldPath;
  readonly message: string;
  /** The other resource that it conflicts with (of several, the first); the message names it. */
  readonly conflictsWith?: ResourceKey;
}

/**
 * The same issue for a reader who may not know of the resource that it conflicts with. Only that one is taken out: a
 * message that lists several users of a Host or a Tenant is for those who may delete it.
 */
export function withoutConflict({ conflictsWith, ...issue }: Issue): Issue {
  if (conflictsWith === undefined) return issue;
  // A key is plain letters, digits, hyphens and slashes; that of web-1 is the beginning of that of web-10.
  const name = new RegExp(`${conflictsWith}(?![-a-z0-9])`, "g");
  return { ...issue, message: issue.message.replace(name, "another resource") };
}

/** One line: "FILE:LINE:COLUMN: spec.addresses[0]: MESSAGE", or "endpoints/red/web-1: spec..." without a file. */
export function formatIssue(issue: Issue): string {
  const parts: string[] = [];
  if (issue.position !== undefined) {
    const { file, line, column } = issue.position;
    parts.push(`${file}:${line}:${column}`);
  } else if (issue.key !== undefined) {
    parts.push(issue.key);
  }
  if (issue.path.length > 0) parts.push(formatFieldPath(issue.path));
  parts.push(issue.message);
  return parts.join(": ");
}
