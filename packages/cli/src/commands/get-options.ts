/** What `selvedge get` may be asked, and what it means for its tables. */
import { KINDS, type ResourceKind } from "@selvedge/resources";
import type { ResourceFormat } from "../show/resource-documents.ts";
import type { TableView } from "../show/resource-table.ts";

export interface GetOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output: ResourceFormat;
  readonly watch?: boolean;
  readonly outputWatchEvents?: boolean;
  readonly showLabels?: boolean;
}

/** How resources of a kind are shown. */
export function tableViewOf(
  kind: ResourceKind,
  { output, namespace, showLabels }: GetOptions,
  isMixed: boolean,
): TableView {
  const { plural, isNamespaced } = KINDS[kind];
  return {
    isWide: output === "wide",
    showsTenant: isNamespaced && namespace === undefined,
    showsLabels: showLabels === true,
    prefix: isMixed ? `${plural}/` : "",
  };
}
