/** `selvedge get`: what is declared, in the server's columns or as documents that can be applied again. */
import type { ResourceClient } from "@selvedge/api";
import { KINDS, type ResourceKind } from "@selvedge/resources";
import { Command, Option } from "commander";
import { Columns } from "../columns.ts";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { withClient } from "../connection/with-client.ts";
import { withEach } from "../error-report.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import {
  type DocumentFormat,
  formatResource,
  formatResourceList,
  RESOURCE_FORMATS,
} from "../show/resource-documents.ts";
import { tableCells, tableTitles } from "../show/resource-table.ts";
import { type GetOptions, tableViewOf } from "./get-options.ts";
import { readResources, readTable } from "./read-resources.ts";
import {
  type NamedResource,
  requireKinds,
  type Selected,
  selectedBy,
  tenantFor,
} from "./resource-arguments.ts";
import { watchResources } from "./watch-resources.ts";

/** `get`. */
export function getCommand(io: CommandIo): Command {
  const command = new Command("get")
    .description("print declared resources; the YAML and JSON can be applied again")
    .argument("<kinds>", "tenants, hosts, vrfs, subnets, endpoints, several with commas, or all")
    .argument("[names...]", "only these; KIND/NAME names resources of several kinds")
    .option("-n, --namespace <tenant>", "only this tenant's")
    .option("-A, --all-namespaces", "of all tenants, as without -n")
    .option("-l, --selector <labels>", "such as role=web,tier in (a,b),!spare")
    .option("--field-selector <fields>", "such as spec.host=h1")
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(RESOURCE_FORMATS)
        .default("table"),
    )
    .option("-w, --watch", "go on with what changes")
    .option("--output-watch-events", "with -w, say what became of each: ADDED, MODIFIED, DELETED")
    .option("--show-labels", "with a column of the labels");
  return addConnectionOptions(command).action(
    async (kinds: string, names: string[], options: GetOptions) => {
      const selected = selectedBy([kinds, ...names], options.namespace);
      checkSelectors(selected, options);
      await withClient(connectionOf(command), "read", io, (client) => {
        if (options.watch === true) return watchResources(client, selected, options, io);
        return selected.kind === "named"
          ? printNamed(client, selected.resources, options, io)
          : printKinds(client, requireKinds(kinds), options, io);
      });
    },
  );
}

function checkSelectors(selected: Selected, { selector, fieldSelector }: GetOptions): void {
  if (selected.kind === "kinds" || (selector ?? fieldSelector) === undefined) return;
  throw new CommandError(EXIT.usage, "names and selectors exclude each other; give one of them");
}

async function printKinds(
  client: ResourceClient,
  kinds: readonly ResourceKind[],
  options: GetOptions,
  io: CommandIo,
): Promise<void> {
  const { selector: labelSelector, fieldSelector, output } = options;
  const selections = kinds.map((kind) => ({
    kind,
    selection: { namespace: tenantFor(kind, options), labelSelector, fieldSelector },
  }));
  let count = 0;
  if (output === "table" || output === "wide") {
    for (const { kind, selection } of selections) {
      const table = await readTable(client, kind, selection, io);
      if (table.rows.length === 0) continue;
      const view = tableViewOf(kind, options, kinds.length > 1);
      // Tables of several kinds stand apart from each other.
      if (count > 0) io.stdout("\n");
      io.stdout(new Columns(tableTitles(table, view)).table(tableCells(table, view)));
      count += table.rows.length;
    }
  } else {
    const items = [];
    for (const { kind, selection } of selections) {
      items.push(...(await readResources(client, kind, selection, io)).items);
    }
    count = items.length;
    io.stdout(formatResourceList(items, output));
  }
  if (count === 0) throw new CommandError(EXIT.usage, nothingFound(kinds, options));
}

async function printNamed(
  client: ResourceClient,
  resources: readonly NamedResource[],
  options: GetOptions,
  io: CommandIo,
): Promise<void> {
  const { output } = options;
  if (output === "table" || output === "wide") {
    const isMixed = new Set(resources.map(({ kind }) => kind)).size > 1;
    await printNamedTables(client, resources, options, isMixed, io);
  } else {
    await printNamedDocuments(client, resources, output, io);
  }
}

async function printNamedDocuments(
  client: ResourceClient,
  resources: readonly NamedResource[],
  output: DocumentFormat,
  io: CommandIo,
): Promise<void> {
  const items: Awaited<ReturnType<ResourceClient["get"]>>[] = [];
  const print = () => {
    const [only] = items;
    if (only === undefined) return;
    const isOne = resources.length === 1;
    io.stdout(isOne ? formatResource(only, output) : formatResourceList(items, output));
  };
  try {
    await withEach(resources, io, async ({ kind, at }) => {
      items.push(await client.get(kind, at));
    });
  } finally {
    print();
  }
}

/** Resources of one kind that follow each other are rows of one table. */
async function printNamedTables(
  client: ResourceClient,
  resources: readonly NamedResource[],
  options: GetOptions,
  isMixed: boolean,
  io: CommandIo,
): Promise<void> {
  const tables: { readonly kind: ResourceKind; titles: string[]; rows: string[][] }[] = [];
  const print = () => {
    const texts = tables.map(({ titles, rows }) => new Columns(titles).table(rows));
    io.stdout(texts.join("\n"));
  };
  try {
    await withEach(resources, io, async ({ kind, at }) => {
      const table = await client.getTable(kind, at);
      const view = tableViewOf(kind, options, isMixed);
      const rows = tableCells(table, view);
      const last = tables.at(-1);
      if (last?.kind === kind) last.rows.push(...rows);
      else tables.push({ kind, titles: tableTitles(table, view), rows });
    });
  } finally {
    print();
  }
}

function nothingFound(kinds: readonly ResourceKind[], options: GetOptions): string {
  const { namespace, selector, fieldSelector } = options;
  const plurals = kinds.map((kind) => KINDS[kind].plural).join(", ");
  const where = namespace === undefined ? "" : ` of tenant ${namespace}`;
  const became = (selector ?? fieldSelector) === undefined ? "declared" : "match the selector";
  return `no ${plurals}${where} ${became}`;
}
