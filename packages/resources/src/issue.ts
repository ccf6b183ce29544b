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
