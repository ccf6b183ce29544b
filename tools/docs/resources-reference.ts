/** The reference of the declared resources, from their schemas: one table of fields a kind. */
import { API_VERSION, KIND_NAMES, KINDS, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";

/** The part of JSON Schema that the tables show. */
const schemaNode = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
});

type SchemaNode = z.infer<typeof schemaNode>;

const HEAD = `# Resources

What can be declared, in YAML or JSON, with \`selvedge apply\`. Every document has \`apiVersion: ${API_VERSION}\`,
a \`kind\`, \`metadata\` and \`spec\`. Names are DNS labels: up to 63 lower-case letters, digits and hyphens.
Unknown fields are refused. \`status\` is given by the system; what a document says there is ignored.

A file is applied as a whole or not at all: references must lead somewhere, addresses must lie in their
subnet, and no address is given twice within a VRF. The same address in two VRFs is fine.

Editors with the YAML language server complete and check such a file when its first line names the JSON Schema
of all kinds (\`schemas/${API_VERSION}/\`, as seen from the file), as the examples do:
\`# yaml-language-server: $schema=../schemas/${API_VERSION}/all.json\`.
`;

/** The whole page, as Markdown. */
export function resourcesReference(): string {
  return [HEAD, ...KIND_NAMES.map(kindSection)].join("\n");
}

function kindSection(kind: ResourceKind): string {
  const { plural, isNamespaced, schema } = KINDS[kind];
  const json = schemaNode.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  const scope = isNamespaced
    ? "Belongs to a tenant: `metadata.namespace` is the tenant's name."
    : "Belongs to no tenant.";
  const rows = ["metadata", "spec"].flatMap((part) => fieldRows(child(json, part), part));
  return `## ${kind}\n\n\`${plural}\`. ${scope}\n\n| field | type | default | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function child(node: SchemaNode, name: string): SchemaNode {
  return schemaNode.parse(node.properties?.[name] ?? {});
}

function fieldRows(parent: SchemaNode, path: string): string[] {
  return Object.keys(parent.properties ?? {}).flatMap((name) => {
    const node = child(parent, name);
    const field = `${path}.${name}`;
    const row = [
      `\`${field}\``,
      typeName(node),
      parent.required.includes(name) ? "required" : defaultText(node),
      (node.description ?? "").replaceAll("|", "\\|"),
    ];
    return [`| ${row.join(" | ")} |`, ...fieldRows(node, field)];
  });
}

function typeName(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(" or ");
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.type === "array") return `list of ${typeName(schemaNode.parse(node.items ?? {}))}`;
  return node.type ?? "";
}

function defaultText(node: SchemaNode): string {
  return node.default === undefined ? "" : `\`${JSON.stringify(node.default)}\``;
}
