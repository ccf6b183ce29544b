/** JSON Patch, RFC 6902, on plain values of JSON. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

/** Operations in a patch. */
const MOST_OPERATIONS = 1000;
/** Characters that `copy` may add in one patch: each can double the value. */
const MOST_COPIED = 1024 * 1024;
/** Steps of a pointer; no resource is as deep. */
const MOST_STEPS = 64;

const pointerSchema = z
  .string()
  .regex(/^(\/([^~/]|~0|~1)*)*$/, "is no JSON pointer (RFC 6901), such as /spec/host")
  .transform((text) => text.split("/").slice(1).map(unescaped))
  .refine((steps) => steps.length <= MOST_STEPS, "is too long");

const operationSchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal(["add", "replace", "test"]), path: pointerSchema, value: z.unknown() }),
  z.object({ op: z.literal("remove"), path: pointerSchema }),
  z.object({ op: z.literal(["move", "copy"]), from: pointerSchema, path: pointerSchema }),
]);

/** The schema of a patch. */
export const jsonPatchSchema = z.array(operationSchema).max(MOST_OPERATIONS);

export type JsonPatch = z.infer<typeof jsonPatchSchema>;
type Operation = JsonPatch[number];
type Pointer = readonly string[];

/** An operation that does not suit the value; the message names it. */
export class JsonPatchError extends Error {
  override readonly name = "JsonPatchError";
}

/** The value after every operation; it is not changed itself. @throws JsonPatchError */
export function applyJsonPatch(value: unknown, patch: JsonPatch): unknown {
  let result = value;
  let copied = 0;
  for (const [index, operation] of patch.entries()) {
    try {
      if (operation.op === "copy") {
        copied += (JSON.stringify(get(result, operation.from)) ?? "").length;
        if (copied > MOST_COPIED) throw new JsonPatchError("the patch copies too much");
      }
      result = applyOne(result, operation);
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      throw new JsonPatchError(`operation ${index} (${operation.op}): ${error.message}`);
    }
  }
  return result;
}

function applyOne(value: unknown, operation: Operation): unknown {
  switch (operation.op) {
    case "add":
      return add(value, operation.path, operation.value);
    case "replace":
      get(value, operation.path);
      return operation.path.length === 0
        ? operation.value
        : at(value, operation.path, (parent, step) => put(parent, step, operation.value));
    case "remove":
      return remove(value, operation.path);
    case "test": {
      if (isDeepStrictEqual(get(value, operation.path), operation.value)) return value;
      throw new JsonPatchError(`${pointerText(operation.path)} is not the value that is tested`);
    }
    case "copy":
      return add(value, operation.path, get(value, operation.from));
    case "move": {
      const { from, path } = operation;
      if (path.length > from.length && from.every((step, depth) => step === path[depth])) {
        throw new JsonPatchError(`${pointerText(from)} cannot be moved into itself`);
      }
      return add(remove(value, from), path, get(value, from));
    }
    default:
      return operation satisfies never;
  }
}

function get(value: unknown, pointer: Pointer): unknown {
  let current = value;
  for (const [depth, step] of pointer.entries()) {
    const field = Array.isArray(current)
      ? current[indexOf(step, current.length - 1)]
      : fieldOf(current, step);
    if (field === undefined) {
      throw new JsonPatchError(`${pointerText(pointer.slice(0, depth + 1))} is not there`);
    }
    current = field;
  }
  return current;
}

function add(value: unknown, pointer: Pointer, added: unknown): unknown {
  if (pointer.length === 0) return added;
  return at(value, pointer, (parent, step) => {
    if (!Array.isArray(parent)) return put(parent, step, added);
    const index = step === "-" ? parent.length : indexOf(step, parent.length);
    return parent.toSpliced(index, 0, added);
  });
}

function remove(value: unknown, pointer: Pointer): unknown {
  if (pointer.length === 0) throw new JsonPatchError("the whole value cannot be removed");
  get(value, pointer);
  return at(value, pointer, (parent, step) => {
    if (Array.isArray(parent)) return parent.toSpliced(indexOf(step, parent.length - 1), 1);
    const fields = Object.entries(parent ?? {}).filter(([name]) => name !== step);
    return Object.fromEntries(fields);
  });
}

/** The value with what `change` makes of the parent of the place that the pointer is for. */
function at(
  value: unknown,
  [step = "", ...rest]: Pointer,
  change: (parent: unknown, step: string) => unknown,
): unknown {
  if (rest.length === 0) return change(value, step);
  return put(value, step, at(get(value, [step]), rest, change));
}

/** A computed name makes a field of its own of "__proto__" too. */
function put(parent: unknown, step: string, field: unknown): unknown {
  if (Array.isArray(parent)) return parent.with(indexOf(step, parent.length - 1), field);
  if (typeof parent === "object" && parent !== null) return { ...parent, [step]: field };
  throw new JsonPatchError(`${step} cannot be set in what is neither a list nor a set of fields`);
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function indexOf(step: string, last: number): number {
  const index = /^(0|[1-9]\d{0,9})$/.test(step) ? Number(step) : -1;
  if (index >= 0 && index <= last) return index;
  throw new JsonPatchError(`"${step}" is no index of a list whose last is ${last}`);
}

function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function pointerText(pointer: Pointer): string {
  return pointer.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
