/**
 * JSON Schemas of the declared resources for editors: one a kind, and `all.json` for files of many documents, which
 * tells kinds apart by `kind`. They say what zod's schemas can say in JSON Schema; what is refused for the meaning of
 * a value (a prefix with host bits, a reference that leads nowhere) only `selvedge validate` finds.
 */
import { KIND_NAMES, KINDS, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";

const DIALECT = "http://json-schema.org/draft-07/schema#";

/** A file below schemas/selvedge.dev/v1alpha1/ and its text. */
export interface SchemaFile {
  readonly name: string;
  readonly text: string;
}

/** All files, `all.json` last. */
export function jsonSchemaFiles(): SchemaFile[] {
  return [
    ...KIND_NAMES.map((kind) => schemaFile(fileName(kind), kindSchema(kind))),
    schemaFile("all.json", allSchema()),
  ];
}

/** What yaml-language-server makes of a document by its kind: one `if` a kind gives faults of that kind only. */
function allSchema(): object {
  return {
    $schema: DIALECT,
    title: "Selvedge resource",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: { kind: { enum: [...KIND_NAMES, "List"] } },
    allOf: [
      ...KIND_NAMES.map((kind) => whenKind(kind, { $ref: `./${fileName(kind)}` })),
      whenKind("List", {
        required: ["items"],
        properties: { items: { type: "array", items: { $ref: "#" } } },
      }),
    ],
  };
}

function whenKind(kind: string, schema: object): object {
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema; nobody awaits a schema.
  return { if: { properties: { kind: { const: kind } } }, then: schema };
}

function kindSchema(kind: ResourceKind): object {
  const { $schema, ...schema } = z.toJSONSchema(KINDS[kind].schema, {
    io: "input",
    target: "draft-7",
    unrepresentable: "any",
  });
  return { $schema, title: kind, ...schema };
}

function fileName(kind: ResourceKind): string {
  return `${kind.toLowerCase()}.json`;
}

function schemaFile(name: string, schema: object): SchemaFile {
  return { name, text: `${JSON.stringify(schema, undefined, 2)}\n` };
}
