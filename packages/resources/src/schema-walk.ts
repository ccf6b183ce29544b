/** Finding the part of a schema that a path of a value belongs to, for messages. */

import { z } from "zod";
import type { FieldPath } from "./field-path.ts";

/** The schema at the path, or undefined where the path leaves the declared fields. */
export function schemaAt(schema: z.ZodType, path: FieldPath): z.ZodType | undefined {
  let current: z.ZodType | undefined = schema;
  for (const step of path) {
    const inner: z.core.$ZodType | undefined = current && unwrap(current);
    if (inner instanceof z.ZodObject) current = asClassic(inner.shape[step]);
    else if (inner instanceof z.ZodArray) current = asClassic(inner.element);
    else return undefined;
  }
  return current;
}

/** The names of the fields of the object at the path. */
export function fieldsAt(schema: z.ZodType, path: FieldPath): string[] {
  const found = schemaAt(schema, path);
  const inner = found && unwrap(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Without optional, default and transform around it. */
function unwrap(schema: z.ZodType): z.core.$ZodType {
  let current: z.core.$ZodType = schema;
  for (;;) {
    if (
      current instanceof z.ZodOptional ||
      current instanceof z.ZodDefault ||
      current instanceof z.ZodPrefault
    ) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPipe) {
      current = current.in;
    } else {
      return current;
    }
  }
}

function asClassic(schema: unknown): z.ZodType | undefined {
  return schema instanceof z.ZodType ? schema : undefined;
}
