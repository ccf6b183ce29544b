/** Refusals of requests about many resources: each cause names the item of the list that it is about. */
import {
  type Fault,
  type FieldPath,
  formatFieldPath,
  type Issue,
  type ResourceKey,
} from "@selvedge/resources";
import type { StatusCause } from "../documents/status.ts";
import { GROUP } from "./kind-words.ts";
import { ApiStatusError, type StatusReason, shortened, worded } from "./status.ts";

/** Causes in an answer; there are many resources, and whoever sent them wants to mend all of them. */
const MOST_CAUSES = 1000;

/** What is wrong with one item. */
export interface ItemFault {
  readonly index: number;
  /** Within the item; empty for the item as a whole. */
  readonly path: FieldPath;
  readonly message: string;
  readonly key?: ResourceKey | undefined;
}

/** Faults of a value that is no resource. */
export function itemFaults(index: number, faults: readonly Fault[]): ItemFault[] {
  return faults.map(({ path, message }) => ({ index, path, message }));
}

/** Issues of admission; what is there already and stands against all of it has no item of its own. */
export function issueFaults(
  issues: readonly Issue[],
  indexes: ReadonlyMap<ResourceKey, number>,
): ItemFault[] {
  return issues.map(({ key, path, message }) => ({
    index: (key === undefined ? undefined : indexes.get(key)) ?? -1,
    path,
    message,
    key,
  }));
}

/** `reason` where it is not for the faults to say: a field that is wrong is Invalid, a resource in the way a Conflict. */
export function bulkRefusal(faults: readonly ItemFault[], reason?: StatusReason): ApiStatusError {
  const isField = faults.some(({ path }) => path.length > 0);
  const causes = faults.slice(0, MOST_CAUSES).map(causeOf);
  const lines = faults.map(({ key, path, message }, position) => {
    const where = key ?? causes[position]?.field ?? "";
    const field = key === undefined ? "" : formatFieldPath(path);
    return [where, field, shortened(message)].filter((part) => part !== "").join(": ");
  });
  const details = { group: GROUP, causes };
  return new ApiStatusError(reason ?? (isField ? "Invalid" : "Conflict"), worded(lines), details);
}

function causeOf({ index, path, message }: ItemFault): StatusCause {
  const item: FieldPath = index < 0 ? [] : ["items", index, ...path];
  const reason = path.length === 0 ? "Conflict" : "FieldValueInvalid";
  return { reason, message: shortened(message), field: shortened(formatFieldPath(item)) };
}
