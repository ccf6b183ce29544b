/** Reading all resources of a kind that a selector is for, page by page, with progress. */
import {
  type ListMetadata,
  type ResourceClient,
  ResourceRefusedError,
  type ResourceSelection,
  type TableDocument,
} from "@selvedge/api";
import { KINDS, type Resource, type ResourceKind } from "@selvedge/resources";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { withProgress } from "../progress.ts";

/** Resources in a page. */
const PAGE = 500;

/** Resources, and the version of the state that they are of. */
export interface ReadResources {
  readonly items: readonly Resource[];
  readonly resourceVersion: string | undefined;
}

export async function readResources(
  client: ResourceClient,
  kind: ResourceKind,
  selection: ResourceSelection,
  io: CommandIo,
): Promise<ReadResources> {
  const items: Resource[] = [];
  const metadata = await readPages(
    kind,
    selection,
    io,
    () => items.length,
    async (page) => {
      const list = await client.list(kind, page);
      items.push(...list.items);
      return list.metadata;
    },
  );
  return { items, resourceVersion: metadata.resourceVersion };
}

export async function readTable(
  client: ResourceClient,
  kind: ResourceKind,
  selection: ResourceSelection,
  io: CommandIo,
): Promise<TableDocument> {
  const tables: TableDocument[] = [];
  let count = 0;
  const metadata = await readPages(
    kind,
    selection,
    io,
    () => count,
    async (page) => {
      const table = await client.listTable(kind, page);
      tables.push(table);
      count += table.rows.length;
      return table.metadata;
    },
  );
  return {
    kind: "Table",
    columnDefinitions: tables[0]?.columnDefinitions ?? [],
    rows: tables.flatMap(({ rows }) => rows),
    metadata,
  };
}

/** @returns the metadata of the last page */
async function readPages(
  kind: ResourceKind,
  selection: ResourceSelection,
  io: CommandIo,
  count: () => number,
  readPage: (page: object) => Promise<ListMetadata>,
): Promise<ListMetadata> {
  const { plural } = KINDS[kind];
  let left = 0;
  const words = () => `reading ${plural}: ${count()}${left === 0 ? "" : ` of ${count() + left}`}`;
  try {
    return await withProgress(io, words, async () => {
      for (let next: string | undefined; ; ) {
        const metadata = await readPage({ ...selection, limit: PAGE, continue: next });
        next = metadata.continue;
        left = metadata.remainingItemCount ?? 0;
        if (next === undefined) return metadata;
      }
    });
  } catch (error) {
    throw withHint(error, kind, selection);
  }
}

function withHint(error: unknown, kind: ResourceKind, { namespace }: ResourceSelection): unknown {
  if (!(error instanceof ResourceRefusedError)) return error;
  if (error.reason === "Forbidden" && namespace === undefined && KINDS[kind].isNamespaced) {
    const message = `${error.message}; name your tenant with -n TENANT`;
    return new CommandError(EXIT.failure, message, { cause: error });
  }
  return error;
}
