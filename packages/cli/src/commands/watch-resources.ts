/**
 * `selvedge get -w`: what is there, and then every change. A server that goes away is waited for, and what was missed comes
 * afterwards; where that is no longer known, the whole list comes again.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ResourceClient, ResourceSelection, WatchEvent, WatchOptions } from "@selvedge/api";
import { type Resource, type ResourceKind, resourceKey } from "@selvedge/resources";
import { stringify } from "yaml";
import { Columns } from "../columns.ts";
import { isPassing, isRefusedAs } from "../connection/failures.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { type DocumentFormat, formatResource } from "../show/resource-documents.ts";
import { type TableView, tableCells, tableTitles } from "../show/resource-table.ts";
import { type GetOptions, tableViewOf } from "./get-options.ts";
import { readResources, readTable } from "./read-resources.ts";
import { type Selected, tenantFor } from "./resource-arguments.ts";

/** Milliseconds between attempts to reach a server that has gone away. */
const RETRY = 1000;

/** Prints until the process is told to end. @throws CommandError (usage) for what is not one kind */
export async function watchResources(
  client: ResourceClient,
  selected: Selected,
  options: GetOptions,
  io: CommandIo,
): Promise<void> {
  const { kind, selection } = watchedBy(selected, options);
  const source = sourceOf(client, kind, selection, options, io);
  const stop = new AbortController();
  const told = io.untilStopped().then(() => stop.abort());
  try {
    await follow(source, stop.signal, io);
  } finally {
    stop.abort();
  }
  await told;
}

function watchedBy(
  selected: Selected,
  options: GetOptions,
): { readonly kind: ResourceKind; readonly selection: ResourceSelection } {
  if (selected.kind === "named") {
    const [only, second] = selected.resources;
    if (only !== undefined && second === undefined) {
      const { kind, at } = only;
      return {
        kind,
        selection: { namespace: at.namespace, fieldSelector: `metadata.name=${at.name}` },
      };
    }
    throw new CommandError(EXIT.usage, "-w watches one resource, or all of a kind; name one");
  }
  const [kind, another] = selected.kinds;
  if (kind === undefined || another !== undefined) {
    throw new CommandError(EXIT.usage, "-w watches one kind at a time; name one");
  }
  const { selector: labelSelector, fieldSelector } = options;
  const namespace = tenantFor(kind, options);
  return { kind, selection: { namespace, labelSelector, fieldSelector } };
}

/** What there is to print, in one of the forms. */
interface WatchSource {
  /** Prints what is there; the version that it is of. */
  list(): Promise<string | undefined>;
  /** Prints changes until the watch ends. */
  watch(options: Pick<WatchOptions, "resourceVersion" | "onVersion" | "signal">): Promise<void>;
  /** Does the server answer? */
  ask(): Promise<unknown>;
}

async function follow(source: WatchSource, signal: AbortSignal, io: CommandIo): Promise<void> {
  let version = await source.list();
  const onVersion = (reached: string) => {
    version = reached;
  };
  let isLost = false;
  while (!signal.aborted) {
    try {
      if (isLost) {
        await source.ask();
        io.stderr("the server answers again\n");
        isLost = false;
      }
      version ??= await source.list();
      await source.watch({ resourceVersion: version, onVersion, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (isRefusedAs(error, "Expired")) {
        io.stderr("what has changed meanwhile is no longer known; the whole list again:\n");
        version = undefined;
        continue;
      }
      if (!isPassing(error)) throw error;
      if (!isLost) io.stderr(`${error.message}; waiting for the server\n`);
      isLost = true;
      await pause(RETRY, undefined, { signal }).catch(() => undefined);
    }
  }
}

function sourceOf(
  client: ResourceClient,
  kind: ResourceKind,
  selection: ResourceSelection,
  options: GetOptions,
  io: CommandIo,
): WatchSource {
  const { output, outputWatchEvents: saysEvents = false } = options;
  const ask = () => client.list(kind, { ...selection, limit: 1 });
  if (output === "table" || output === "wide") {
    const view = tableViewOf(kind, options, false);
    return { ask, ...tableSource(client, kind, selection, view, saysEvents, io) };
  }
  return {
    ask,
    list: async () => {
      const { items, resourceVersion } = await readResources(client, kind, selection, io);
      for (const object of items) {
        io.stdout(eventText({ type: "ADDED", object }, output, saysEvents));
      }
      return resourceVersion;
    },
    watch: async (from) => {
      for await (const event of client.watch(kind, { ...selection, ...from })) {
        io.stdout(eventText(event, output, saysEvents));
      }
    },
  };
}

function tableSource(
  client: ResourceClient,
  kind: ResourceKind,
  selection: ResourceSelection,
  view: TableView,
  saysEvents: boolean,
  io: CommandIo,
): Pick<WatchSource, "list" | "watch"> {
  let columns = new Columns([]);
  const withEvent = (event: string, cells: readonly string[]) =>
    saysEvents ? [event, ...cells] : cells;
  return {
    list: async () => {
      const table = await readTable(client, kind, selection, io);
      columns = new Columns(withEvent("EVENT", tableTitles(table, view)));
      const rows = tableCells(table, view).map((cells) => withEvent("ADDED", cells));
      io.stdout(columns.table(rows));
      return table.metadata.resourceVersion;
    },
    watch: async (from) => {
      // The columns of later events are those of the list.
      let definitions: Parameters<typeof tableCells>[0]["columnDefinitions"] = [];
      for await (const { type, object } of client.watchTable(kind, { ...selection, ...from })) {
        if (object.columnDefinitions.length > 0) definitions = object.columnDefinitions;
        for (const cells of tableCells({ ...object, columnDefinitions: definitions }, view)) {
          io.stdout(columns.line(withEvent(type, cells)));
        }
      }
    },
  };
}

/** JSON a line each, YAML a document each. */
function eventText(
  { type, object }: WatchEvent<Resource>,
  format: DocumentFormat,
  saysEvents: boolean,
): string {
  if (format === "name") return `${saysEvents ? `${type} ` : ""}${resourceKey(object)}\n`;
  if (format === "json") return `${JSON.stringify(saysEvents ? { type, object } : object)}\n`;
  const text = saysEvents ? stringify({ type, object }) : formatResource(object, format);
  return `---\n${text}`;
}
