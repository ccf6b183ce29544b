/** From zod's issues to sentences that say what is wrong and what would be right. */

import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import type { FieldPath } from "./field-path.ts";
import { fieldsAt, schemaAt } from "./schema-walk.ts";

/** A fault at a field of a value. */
export interface Fault {
  readonly path: FieldPath;
  /** The field should not be there at all: its name is the fault, not its value. */
  readonly isUnknownField?: true;
  readonly message: string;
}

/** The faults of a value that zod refused. Parse with `reportInput`, or values cannot be named. */
export function faultsOf(error: z.ZodError, schema: z.ZodType): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, schema));
}

function faultsOfIssue(issue: z.core.$ZodIssue, schema: z.ZodType): Fault[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const known = fieldsAt(schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      isUnknownField: true,
      message: `unknown field "${key}"${didYouMean(key, known, knownFields(known))}`,
    }));
  }
  return [{ path, message: messageOf(issue, right(schema, path)) }];
}

function knownFields(known: readonly string[]): string {
  return known.length === 0 ? "; remove it" : `; the fields here are ${known.join(", ")}`;
}

/** "; write X", where the schema describes what X is. */
function right(schema: z.ZodType, path: FieldPath): string {
  const description = schemaAt(schema, path)?.description;
  return description === undefined ? "" : `; write ${description}`;
}

function messageOf(issue: z.core.$ZodIssue, remedy: string): string {
  if (issue.code === "custom" || issue.code === "invalid_format") return issue.message;
  if (issue.input === undefined) return `is missing${remedy}`;
  if (issue.input === null) return `is empty${remedy}`;
  switch (issue.code) {
    case "invalid_type": {
      const quotes = issue.expected === "string" ? "; put it in quotes" : "";
      return `${named(issue.input)} is not ${EXPECTED[issue.expected] ?? issue.expected}${remedy || quotes}`;
    }
    case "invalid_value": {
      const allowed = issue.values.map(String);
      const choice = allowed.length === 1 ? "" : "one of ";
      const otherwise = `; write ${choice}${allowed.join(", ")}`;
      return `${named(issue.input)} is not possible here${didYouMean(String(issue.input), allowed, otherwise)}`;
    }
    case "too_small":
      if (issue.origin === "array") return `the list is empty${remedy}`;
      return `${named(issue.input)} is below ${issue.minimum}, the least`;
    case "too_big":
      if (issue.origin === "array")
        return `the list has more than ${issue.maximum} entries, the most`;
      return `${named(issue.input)} is above ${issue.maximum}, the most`;
    default:
      return `${issue.message}${remedy}`;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a set of fields",
  record: "a set of fields",
};

/** A value as a user would recognise it. */
function named(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a set of fields";
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "number") return `the number ${value}`;
  return String(value);
}
