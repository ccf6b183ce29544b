/** What `selvedge wait --for` waits for: an expression, and whether a resource is so. Pure. */
import { type FieldPath, parseFieldPath } from "@selvedge/resources";
import { CommandError, EXIT } from "../io.ts";

export type WaitCondition =
  | { readonly kind: "delete" }
  | { readonly kind: "create" }
  /** `value` is absent where any will do. */
  | { readonly kind: "field"; readonly path: FieldPath; readonly value?: string }
  /** One of `status.conditions`, by its type. */
  | { readonly kind: "condition"; readonly type: string; readonly status: string };

const FORMS =
  "write delete, create, condition=TYPE[=STATUS], or jsonpath={.spec.host}=VALUE (without =VALUE: until it is there)";

/** @throws CommandError (usage) */
export function parseWaitCondition(text: string): WaitCondition {
  if (text === "delete" || text === "create") return { kind: text };
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (condition !== null) {
    const [, type = "", status = "True"] = condition;
    return { kind: "condition", type, status };
  }
  const field = /^jsonpath=(?:'?\{\.?([^{}]+)\}'?|\.?([^={}]+))(?:=(.*))?$/.exec(text);
  const path = parseFieldPath(field?.[1] ?? field?.[2] ?? "");
  if (field === null || path === undefined || path.length === 0) {
    throw new CommandError(EXIT.usage, `--for: "${text}" is no condition; ${FORMS}`);
  }
  const value = field[3];
  return { kind: "field", path, ...(value === undefined ? {} : { value }) };
}

/** Is it so? `resource` is undefined where there is none. */
export function isMet(condition: WaitCondition, resource: object | undefined): boolean {
  switch (condition.kind) {
    case "delete":
      return resource === undefined;
    case "create":
      return resource !== undefined;
    case "field": {
      const found = fieldAt(resource, condition.path);
      if (found === undefined || found === null) return false;
      return condition.value === undefined || textOf(found) === condition.value;
    }
    case "condition": {
      const conditions = fieldAt(resource, ["status", "conditions"]);
      return Array.isArray(conditions) && conditions.some((one) => isCondition(one, condition));
    }
    default:
      return condition satisfies never;
  }
}

function isCondition(one: unknown, { type, status }: { type: string; status: string }): boolean {
  const isEqual = (name: string, wanted: string) =>
    textOf(fieldAt(one, [name]) ?? "").toLowerCase() === wanted.toLowerCase();
  return isEqual("type", type) && isEqual("status", status);
}

function fieldAt(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}

/** Lists and objects as JSON, so that they can be compared too. */
function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
