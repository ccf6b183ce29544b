/** What a description says of any resource, whatever its kind. Pure. */
import { ageText } from "@selvedge/api";
import type { Resource } from "@selvedge/resources";
import type { Description } from "./description.ts";

/** `now`: milliseconds since 1970. */
export function describeMetadata({ kind, metadata }: Resource, now: number): Description {
  const { labels, annotations, creationTimestamp, deletionTimestamp, finalizers } = metadata;
  return [
    ["Name", metadata.name],
    ["Tenant", "namespace" in metadata ? metadata.namespace : undefined],
    ["Kind", kind],
    ["Labels", pairs(labels)],
    ["Annotations", pairs(annotations)],
    ["Created", timeText(creationTimestamp, now)],
    [
      "Deleted",
      deletionTimestamp === undefined
        ? undefined
        : `since ${timeText(deletionTimestamp, now)}, held by ${finalizers?.join(", ")}`,
    ],
    ["Finalizers", deletionTimestamp === undefined ? finalizers : undefined],
    ["Generation", String(metadata.generation ?? 0)],
  ];
}

function pairs(fields: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`);
}

function timeText(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? "<unknown>" : `${time} (${ageText(now - at)} ago)`;
}
