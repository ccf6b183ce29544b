/** `-o json`, `-o yaml` and `-o name` of resources. What is printed can be applied, or named, again. */
import { type Resource, resourceKey } from "@selvedge/resources";
import { stringify } from "yaml";

/** Forms that resources are printed in; `table` and `wide` are the server's columns. */
export const RESOURCE_FORMATS = ["table", "wide", "json", "yaml", "name"] as const;
export type ResourceFormat = (typeof RESOURCE_FORMATS)[number];
/** Those of them that show the resources themselves. */
export type DocumentFormat = Exclude<ResourceFormat, "table" | "wide">;

/** One resource, as a document of its own. */
export function formatResource(resource: Resource, format: DocumentFormat): string {
  return format === "name" ? `${resourceKey(resource)}\n` : formatValue(resource, format);
}

/** Many of them, as one `List`. */
export function formatResourceList(items: readonly Resource[], format: DocumentFormat): string {
  if (format === "name") return items.map((resource) => `${resourceKey(resource)}\n`).join("");
  return formatValue({ apiVersion: "v1", kind: "List", items }, format);
}

function formatValue(value: object, format: "json" | "yaml"): string {
  if (format === "json") return `${JSON.stringify(value, undefined, 2)}\n`;
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
