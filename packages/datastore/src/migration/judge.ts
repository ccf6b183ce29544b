/** Whether two stores may be source and target of a migration, by their marks. */
import type { Mark, MarkOf } from "./mark.ts";
import { MigrationError } from "./migration-error.ts";

/** A store that takes part, and what messages call it. */
export interface Named<T> {
  readonly location: string;
  readonly is: T;
}

export type Verdict =
  /** There has been none, or one that was interrupted before it had an effect. */
  | { readonly kind: "fresh" }
  /** One was interrupted; `isMoved`: after the source had stopped taking writes. */
  | { readonly kind: "resume"; readonly target: MarkOf<"filling">; readonly isMoved: boolean }
  | { readonly kind: "complete"; readonly target: MarkOf<"filled"> };

/** @throws MigrationError */
export function judge(
  source: Named<Mark | undefined>,
  target: Named<{ readonly mark: Mark | undefined; readonly isEmpty: boolean }>,
): Verdict {
  const [from, to] = [source.is, target.is.mark];
  if (from?.kind === "filling" || from?.kind === "abandoned") {
    const message = `${source.location} is itself being filled from ${from.from}; finish that first`;
    throw new MigrationError("source-unfinished", message);
  }
  if (to?.kind === "abandoned") {
    const message = `the migration to ${target.location} is being taken back; run the command with --abandon again, then anew`;
    throw new MigrationError("abandoned", message);
  }
  if (from?.kind === "moved") {
    if (to?.kind === "filled" && to.id === from.id) return { kind: "complete", target: to };
    if (to?.kind === "filling" && to.id === from.id) {
      return { kind: "resume", target: to, isMoved: true };
    }
    const message = `${source.location} moved to ${from.to} on ${from.time}, and ${target.location} does not hold what it held; name the place that it has moved to`;
    throw new MigrationError("moved-elsewhere", message);
  }
  if (to?.kind === "filling") {
    // The first may be missing: a run was interrupted between its two marks.
    const isOurs = (from?.kind === "moving" && from.id === to.id) || to.from === source.location;
    if (isOurs) return { kind: "resume", target: to, isMoved: false };
    const message = `${target.location} is being filled from ${to.from}; finish that (in the same words), or take it back with --abandon`;
    throw new MigrationError("target-in-use", message);
  }
  if (to !== undefined || !target.is.isEmpty) throw inUse(target.location);
  return { kind: "fresh" };
}

/** The error for a target that holds something. */
export function inUse(location: string): MigrationError {
  const message = `${location} holds a datastore already and is left as it is; name a file that does not exist, or an etcd prefix without keys`;
  return new MigrationError("target-in-use", message);
}
