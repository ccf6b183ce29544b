/** What a user asks admission for, and what it answers. */

import type { Issue } from "../issue.ts";
import type { Resource, ResourceKey } from "../resource-kind.ts";
import type { ManifestSource } from "../yaml-source.ts";

/** A wanted change. A Manifest with `kind: "put"` is one. */
export type Change =
  | { readonly kind: "put"; readonly resource: Resource; readonly source?: ManifestSource }
  | { readonly kind: "delete"; readonly key: ResourceKey };

/** A change to store. `isNew`: there was no such resource before. */
export type Write =
  | {
      readonly kind: "put";
      readonly key: ResourceKey;
      readonly resource: Resource;
      readonly isNew: boolean;
    }
  | { readonly kind: "delete"; readonly key: ResourceKey };

/** All of the changes, or none: every write to make, or every reason against. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly writes: readonly Write[];
      /** Resources that were asked for and are there already, just so. */
      readonly unchanged: readonly ResourceKey[];
    }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };
