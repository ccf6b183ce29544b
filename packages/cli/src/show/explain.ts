/** `explain` as text: what a field is and what is below it, from the JSON Schema that zod makes of a kind. */
import { API_VERSION, KINDS, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";

/** The part of JSON Schema that is explained. */
const schemaNode = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
});

type SchemaNode = z.output<typeof schemaNode>;

/** The text, or the fields that there are where the path leads nowhere. */
export type Explanation =
  | { readonly kind: "explained"; readonly text: string }
  | { readonly kind: "unknown"; readonly field: string; readonly known: readonly string[] };

/** `path` holds names of fields; a list is passed through to its items. */
export function explainField(kind: ResourceKind, path: readonly string[]): Explanation {
  let node = schemaNode.parse(
    z.toJSONSchema(KINDS[kind].schema, { io: "input", unrepresentable: "any" }),
  );
  let isRequired = false;
  for (const name of path) {
    const parent = itemOf(node);
    const known = Object.keys(parent.properties);
    if (!known.includes(name)) return { kind: "unknown", field: name, known };
    isRequired = parent.required.includes(name);
    node = schemaNode.parse(parent.properties[name]);
  }
  const { plural, isNamespaced } = KINDS[kind];
  const head = [
    `KIND:     ${kind} (${plural}), ${isNamespaced ? "belongs to a tenant" : "belongs to no tenant"}`,
    `VERSION:  ${API_VERSION}`,
  ];
  if (path.length > 0) head.push(`FIELD:    ${path.join(".")} ${typeText(node, isRequired)}`);
  if (node.description !== undefined) head.push("", `  ${node.description}`);
  const fields = fieldLines(itemOf(node));
  const lines = fields.length === 0 ? head : [...head, "", "FIELDS:", ...fields];
  return { kind: "explained", text: `${lines.join("\n")}\n` };
}

function fieldLines(parent: SchemaNode): string[] {
  return Object.entries(parent.properties).flatMap(([name, value]) => {
    const node = schemaNode.parse(value);
    const line = `  ${name} ${typeText(node, parent.required.includes(name))}`;
    return node.description === undefined ? [line] : [line, `      ${node.description}`];
  });
}

/** "<list of string> required", "<vtep|reflector> default "vtep"". */
function typeText(node: SchemaNode, isRequired: boolean): string {
  const type = `<${typeName(node)}>`;
  if (isRequired) return `${type} required`;
  return node.default === undefined ? type : `${type} default ${JSON.stringify(node.default)}`;
}

function typeName(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map(String).join("|");
  if (node.const !== undefined) return String(node.const);
  if (node.type === "array") return `list of ${typeName(schemaNode.parse(node.items ?? {}))}`;
  const range =
    node.minimum === undefined || node.maximum === undefined
      ? ""
      : ` ${node.minimum}-${node.maximum}`;
  return `${node.type ?? "any"}${range}`;
}

/** What the fields below a node belong to: the items of a list, else the node itself. */
function itemOf(node: SchemaNode): SchemaNode {
  return node.items === undefined ? node : itemOf(schemaNode.parse(node.items));
}
