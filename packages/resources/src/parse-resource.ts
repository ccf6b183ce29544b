/** From a plain value (of YAML, JSON or the datastore) to a resource, or to everything that is wrong with it. */

import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { API_VERSION } from "./metadata.ts";
import { KIND_NAMES, KINDS, type Resource } from "./resource-kind.ts";
import { type Fault, faultsOf } from "./schema-fault.ts";

/** A resource, or all faults of the value. */
export type ParsedResource =
  | { readonly kind: "parsed"; readonly resource: Resource }
  | { readonly kind: "refused"; readonly faults: readonly Fault[] };

/** Never throws. References to other resources are not looked at; that is admission. */
export function parseResource(value: unknown): ParsedResource {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refused([], "is not a resource; write apiVersion, kind, metadata and spec");
  }
  const kind: unknown = "kind" in value ? value.kind : undefined;
  if (kind === undefined || kind === null) {
    return refused(["kind"], `is missing; write one of ${KIND_NAMES.join(", ")}`);
  }
  const name = KIND_NAMES.find((candidate) => candidate === kind);
  if (name === undefined) {
    const known = `; the kinds are ${KIND_NAMES.join(", ")}`;
    const text = String(kind);
    return refused(
      ["kind"],
      `"${text}" is not a kind of ${API_VERSION}${didYouMean(text, KIND_NAMES, known)}`,
    );
  }
  const schema: z.ZodType<Resource> = KINDS[name].schema;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return { kind: "parsed", resource: parsed.data };
  return { kind: "refused", faults: faultsOf(parsed.error, schema) };
}

function refused(path: Fault["path"], message: string): ParsedResource {
  return { kind: "refused", faults: [{ path, message }] };
}
