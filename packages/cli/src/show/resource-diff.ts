/** What a change would make of a resource, as a unified diff of YAML without what the system keeps of itself. Pure. */
import { API_VERSION, type Resource, type ResourceKey } from "@selvedge/resources";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { stringify } from "yaml";

/** Of the metadata, what nobody declares. */
const KEPT_BY_SYSTEM: ReadonlySet<string> = new Set([
  ...["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"],
]);

/** Empty where nothing would change that somebody can declare. `before` is undefined for a new resource. */
export function resourceDiff(
  key: ResourceKey,
  before: Resource | undefined,
  after: Resource,
): string {
  const [old, wanted] = [before === undefined ? "" : declaredText(before), declaredText(after)];
  if (old === wanted) return "";
  return createTwoFilesPatch(
    before === undefined ? "/dev/null" : `now/${key}`,
    `then/${key}`,
    old,
    wanted,
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  );
}

function declaredText({ kind, metadata, spec }: Resource): string {
  const fields = Object.entries(metadata).filter(([name]) => !KEPT_BY_SYSTEM.has(name));
  const declared = { apiVersion: API_VERSION, kind, metadata: Object.fromEntries(fields), spec };
  return stringify(declared, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true });
}
