/**
 * Manifests: files of resources, as YAML (one or many documents) or JSON. A `List` with items is accepted, as
 * `kubectl get -o yaml` writes it. All faults of all documents are found in one go.
 */

import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { z } from "zod";
import type { FieldPath } from "./field-path.ts";
import type { Issue } from "./issue.ts";
import { API_VERSION } from "./metadata.ts";
import { parseResource } from "./parse-resource.ts";
import type { Resource } from "./resource-kind.ts";
import { type Fault, faultsOf } from "./schema-fault.ts";
import { type ManifestSource, YamlSource } from "./yaml-source.ts";

/** A resource, and where it was declared. */
export interface Manifest {
  readonly resource: Resource;
  readonly source: ManifestSource;
}

/** Every manifest of a file, or every issue. */
export type ParsedManifests =
  | { readonly kind: "parsed"; readonly manifests: readonly Manifest[] }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };

const listSchema = z.strictObject({
  apiVersion: z.enum(["v1", API_VERSION]).describe(API_VERSION),
  kind: z.literal("List"),
  metadata: z.looseObject({}).optional(),
  items: z.array(z.unknown()).describe("a list of resources"),
});

/** Reads a file's text. `file` is only its name for positions. Never throws; no manifest at all is no issue. */
export function parseManifests(text: string, options: { readonly file: string }): ParsedManifests {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Its warnings become issues; it must not print them too.
    logLevel: "error",
  });
  const manifests: Manifest[] = [];
  const issues: Issue[] = [];
  // An empty stream is an empty array with properties of its own.
  for (const document of documents.values() as Iterable<Document.Parsed>) {
    readDocument(document, new YamlSource(options.file, document, lines), manifests, issues);
  }
  return issues.length > 0 ? { kind: "refused", issues } : { kind: "parsed", manifests };
}

function readDocument(
  document: Document.Parsed,
  source: YamlSource,
  manifests: Manifest[],
  issues: Issue[],
): void {
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    for (const error of syntax) {
      issues.push({ position: source.positionAt(error.pos[0]), path: [], message: error.message });
    }
    return;
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases that lead nowhere, or that multiply beyond measure.
    if (!(error instanceof ReferenceError)) throw error;
    issues.push({ position: source.locate([]), path: [], message: error.message });
    return;
  }
  if (value === null || value === undefined) return;
  if (isList(value)) readList(value, source, manifests, issues);
  else readResource(value, source, [], manifests, issues);
}

function isList(value: unknown): boolean {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "List";
}

function readList(
  value: unknown,
  source: YamlSource,
  manifests: Manifest[],
  issues: Issue[],
): void {
  const list = listSchema.safeParse(value, { reportInput: true });
  if (!list.success) {
    for (const fault of faultsOf(list.error, listSchema)) issues.push(located(fault, source, []));
    return;
  }
  for (const [index, item] of list.data.items.entries()) {
    readResource(item, source, ["items", index], manifests, issues);
  }
}

function readResource(
  value: unknown,
  source: YamlSource,
  base: FieldPath,
  manifests: Manifest[],
  issues: Issue[],
): void {
  const parsed = parseResource(value);
  const within = source.within(base);
  if (parsed.kind === "parsed") {
    manifests.push({ resource: parsed.resource, source: within });
    return;
  }
  for (const fault of parsed.faults) issues.push(located(fault, within, base));
}

function located(fault: Fault, source: YamlSource, base: FieldPath): Issue {
  return {
    position: fault.isUnknownField ? source.locateName(fault.path) : source.locate(fault.path),
    path: [...base, ...fault.path],
    message: fault.message,
  };
}
