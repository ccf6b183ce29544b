/** Values that a JSON schema of the OpenAPI document allows. */
import fc from "fast-check";
import { z } from "zod";
import { RARE_FIELDS, valueOfField } from "./field-values.ts";

export const schemaSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
  additionalProperties: z.unknown().optional(),
  minItems: z.number().default(0),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** `field` is the property that the value is of, `namespace` the tenant of the request. */
export function valueFor(
  schema: unknown,
  namespace: string | undefined,
  field = "",
): fc.Arbitrary<unknown> {
  const { type, enum: values, ...parsed } = schemaSchema.parse(schema);
  const likely = valueOfField(field, namespace);
  if (likely !== undefined) return likely;
  if (values !== undefined) return fc.constantFrom(...values);
  if (parsed.anyOf.length > 0) {
    return fc.oneof(...parsed.anyOf.map((one) => valueFor(one, namespace, field)));
  }
  switch (type) {
    case "object":
      return objectOf(parsed, namespace);
    case "array":
      return fc.array(valueFor(parsed.items, namespace), {
        minLength: parsed.minItems,
        maxLength: 2,
      });
    case "string":
      return fc.string({ maxLength: 12 });
    case "integer":
    case "number":
      return fc.integer({ min: parsed.minimum ?? 0, max: Math.min(parsed.maximum ?? 999, 999) });
    case "boolean":
      return fc.boolean();
    default:
      return fc.constantFrom(null, 0, "", [], {});
  }
}

function objectOf(
  { properties, required }: Pick<z.infer<typeof schemaSchema>, "properties" | "required">,
  namespace: string | undefined,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = valueFor(schema, namespace, name);
    if (required.includes(name)) return [name, value] as const;
    const absent = { weight: RARE_FIELDS.has(name) ? 30 : 1, arbitrary: fc.constant(undefined) };
    return [name, fc.oneof(absent, { weight: 2, arbitrary: value })] as const;
  });
  return fc.record(Object.fromEntries(fields)).map(withoutUndefined);
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
