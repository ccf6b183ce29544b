/** A YAML document and where its fields stand in the file. */

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from "yaml";
import type { FieldPath } from "./field-path.ts";
import type { Position } from "./issue.ts";

/** Tells where a field of a value stands. */
export interface ManifestSource {
  /** The place of the field, or of the nearest one around it when it is not there. */
  locate(path: FieldPath): Position;
}

/** A document read by the yaml package. */
export class YamlSource implements ManifestSource {
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #base: FieldPath;

  /** `base` is the way from the document to the resource: empty, or into the items of a List. */
  constructor(file: string, document: Document.Parsed, lines: LineCounter, base: FieldPath = []) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
    this.#base = base;
  }

  /** The same for a resource inside the document. */
  within(path: FieldPath): YamlSource {
    return new YamlSource(this.#file, this.#document, this.#lines, [...this.#base, ...path]);
  }

  locate(path: FieldPath): Position {
    return this.positionAt(offsetOf(this.#document, [...this.#base, ...path]));
  }

  /** The place of the field's name. */
  locateName(path: FieldPath): Position {
    return this.positionAt(offsetOf(this.#document, [...this.#base, ...path], "name"));
  }

  /** The place of a character of the file. */
  positionAt(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line, column: col };
  }
}

/**
 * Scalars are located by themselves (or by their name), maps and lists by their name, missing fields by the nearest
 * name around them.
 */
function offsetOf(
  document: Document.Parsed,
  path: FieldPath,
  scalarsBy: "value" | "name" = "value",
): number {
  const root: unknown = document.contents;
  let node: unknown = root;
  let offset = startOf(root) ?? document.range[0];
  for (const [depth, step] of path.entries()) {
    const pair = isMap(node) ? pairOf(node.items, step) : undefined;
    const inner: unknown = isSeq(node) && typeof step === "number" ? node.items[step] : pair?.value;
    if (pair === undefined && inner === undefined) break;
    const isScalarAtEnd =
      scalarsBy === "value" && depth === path.length - 1 && (isScalar(inner) || isAlias(inner));
    const keyOffset = startOf(pair?.key);
    const valueOffset = startOf(inner);
    offset = (isScalarAtEnd ? valueOffset : (keyOffset ?? valueOffset)) ?? offset;
    node = inner;
  }
  return offset;
}

function pairOf(items: readonly unknown[], step: string | number): Pair | undefined {
  return items.find(
    (item): item is Pair => isPair(item) && isScalar(item.key) && item.key.value === step,
  );
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node satisfies Node).range?.[0] : undefined;
}
