/**
 * Which changes a tenant may make to what is theirs. The operator's fields stay as they are whether a tenant writes them
 * or not, and are refused where a tenant writes something else. It is asked in each attempt to commit, about the very
 * state that the transaction compares, so that nobody gets in between. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type Change,
  type FieldPath,
  type Issue,
  type Resource,
  type ResourceKey,
  resourceKey,
} from "@selvedge/resources";
import { belongsTo } from "./tenant-view.ts";

export type TenantReview =
  | { readonly kind: "complete"; readonly changes: readonly Change[] }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };

/** The changes as they may be made by somebody who has these tenants, or every reason against. */
export function reviewTenantChanges(
  changes: readonly Change[],
  current: ReadonlyMap<ResourceKey, Resource>,
  tenants: ReadonlySet<string>,
): TenantReview {
  const issues: Issue[] = [];
  const reviewed = changes.map((change): Change => {
    const key = change.kind === "put" ? resourceKey(change.resource) : change.key;
    // The role table has refused such a request already; this is so that its mistake would not be one.
    if (!belongsTo(tenants, key) || key.startsWith("tenants/")) {
      issues.push({ key, path: [], message: "is not yours to change" });
      return change;
    }
    if (change.kind === "delete") return change;
    const before = current.get(key);
    issues.push(...reservedFaults(key, change.resource, before));
    const review = keepOperatorsFields(key, change.resource, before);
    issues.push(...review.issues);
    return { ...change, resource: review.resource };
  });
  return issues.length > 0 ? { kind: "refused", issues } : { kind: "complete", changes: reviewed };
}

function keepOperatorsFields(
  key: ResourceKey,
  wanted: Resource,
  before: Resource | undefined,
): { readonly resource: Resource; readonly issues: readonly Issue[] } {
  switch (wanted.kind) {
    case "Vrf": {
      const present = before?.kind === "Vrf" ? before.spec : {};
      const { l3vni, routeTargets } = present;
      const spec = { ...wanted.spec, ...defined({ l3vni, routeTargets }) };
      const issues = chosenByTenant(key, wanted.spec, present, ["l3vni", "routeTargets"]);
      return { resource: { ...wanted, spec }, issues };
    }
    case "Subnet": {
      if (wanted.spec.mode === "routed") return { resource: wanted, issues: [] };
      const present = before?.kind === "Subnet" ? { vni: before.spec.vni } : {};
      const spec = { ...wanted.spec, ...defined({ vni: present.vni }) };
      return {
        resource: { ...wanted, spec },
        issues: chosenByTenant(key, wanted.spec, present, ["vni"]),
      };
    }
    default:
      return { resource: wanted, issues: [] };
  }
}

/** An issue for each of the operator's fields for which the tenant writes something else than is there. */
function chosenByTenant<Field extends string>(
  key: ResourceKey,
  wanted: Readonly<Partial<Record<Field, unknown>>>,
  present: Readonly<Partial<Record<Field, unknown>>>,
  fields: readonly Field[],
): Issue[] {
  return fields.flatMap((field) => {
    const value = wanted[field];
    if (value === undefined || isDeepStrictEqual(value, present[field])) return [];
    const message = `${field} is given by an operator of the network; leave it out`;
    return [{ key, path: ["spec", field], message }];
  });
}

/** The fields that have a value. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  return Object.assign(
    found,
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  );
}

/** Labels, annotations and finalizers whose domain this is, or ends with it, are the system's and the operator's. */
const DOMAIN = /^(?:[^/]*\.)?selvedge\.dev\//;

function reservedFaults(key: ResourceKey, wanted: Resource, before: Resource | undefined): Issue[] {
  const [next, present] = [wanted.metadata, before?.metadata];
  return [
    ...changedNames(next.labels ?? {}, present?.labels ?? {}, ["metadata", "labels"]),
    ...changedNames(next.annotations ?? {}, present?.annotations ?? {}, [
      "metadata",
      "annotations",
    ]),
    // Finalizers that are not named stay.
    ...changedNames(
      asFields(next.finalizers ?? present?.finalizers),
      asFields(present?.finalizers),
      ["metadata", "finalizers"],
    ),
  ].map((fault) => ({ key, ...fault }));
}

type Fields = Readonly<Record<string, string>>;

function asFields(names: readonly string[] = []): Fields {
  return Object.fromEntries(names.map((name) => [name, ""]));
}

function changedNames(wanted: Fields, present: Fields, path: FieldPath): Omit<Issue, "key">[] {
  const names = new Set([...Object.keys(wanted), ...Object.keys(present)]);
  return [...names]
    .filter((name) => DOMAIN.test(name) && ownValue(wanted, name) !== ownValue(present, name))
    .map((name) => ({
      path,
      message: `${name} is of the domain selvedge.dev, which is the operator's; leave it as it is`,
    }));
}

function ownValue(fields: Fields, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
