/**
 * Forgets history that nobody will ask for, and gives space back. A watch that is up to date is not touched; one that
 * comes back from further behind than what is kept is told `compacted`, and reads everything anew.
 */
import {
  type DatastoreLocation,
  formatDatastoreLocation,
  openEngine,
  readEtcdLocation,
} from "../location.ts";
import { readMark, revisionsOf } from "../migration/mark.ts";
import { defragmentMember, readEtcdMembers } from "./etcd-members.ts";
import { readSqliteFile, tidySqliteFile } from "./sqlite-file.ts";

export interface CompactionOptions {
  /** So many revisions before the latest are kept. */
  readonly keep: number;
  /** etcd: each member in turn, the leader last, none of which answers meanwhile. SQLite: the file is written anew. */
  readonly defragment: boolean;
  /** Told of each member before its turn. */
  readonly onMember?: (endpoint: string) => void;
}

/** Octets before and after. */
export interface Freed {
  readonly name: string;
  /** Of the file, with its write-ahead log. */
  readonly size: readonly [before: number, after: number];
  /** Of them in use. */
  readonly used: readonly [before: number, after: number];
}

export interface Compaction {
  /** History is kept from here on, as programs see revisions; 0: nothing was old enough. */
  readonly revision: number;
  /** One for SQLite's file, or one for each member that answers. */
  readonly freed: readonly Freed[];
}

type Sizes = ReadonlyMap<string, { readonly size: number; readonly used: number }>;

/** In an etcd that several share the history of all of them is compacted: etcd has one. @throws StoreError */
export async function compactDatastore(
  location: DatastoreLocation,
  { keep, defragment, onMember = () => {} }: CompactionOptions,
): Promise<Compaction> {
  await using engine = openEngine(location);
  const { offset } = revisionsOf(await readMark(engine, formatDatastoreLocation(location))) ?? {
    offset: 0,
  };
  const target = (await engine.revision()) - keep;
  const before = await sizesOf(location);
  if (target > 0) await engine.compact(target);
  if (location.kind === "sqlite") {
    tidySqliteFile(location.path, { vacuum: defragment });
  } else if (defragment) {
    const etcd = readEtcdLocation(location);
    const members = await readEtcdMembers(etcd);
    const isLast = ({ answer }: (typeof members)[number]) => (answer?.isLeader ? 1 : 0);
    for (const { endpoint, answer } of members.sort((a, b) => isLast(a) - isLast(b))) {
      if (endpoint === undefined || answer === undefined) continue;
      onMember(endpoint);
      await defragmentMember(etcd, endpoint);
    }
  }
  const after = await sizesOf(location);
  return { revision: target > 0 ? target + offset : 0, freed: freedOf(before, after) };
}

async function sizesOf(location: DatastoreLocation): Promise<Sizes> {
  if (location.kind === "sqlite") {
    const { size, free, log } = readSqliteFile(location.path);
    return new Map([[location.path, { size: size + log, used: size - free }]]);
  }
  const members = await readEtcdMembers(readEtcdLocation(location));
  return new Map(
    members.flatMap(({ endpoint, answer }) =>
      endpoint === undefined || answer === undefined ? [] : [[endpoint, answer] as const],
    ),
  );
}

function freedOf(before: Sizes, after: Sizes): Freed[] {
  return [...before].flatMap(([name, { size, used }]) => {
    const now = after.get(name);
    return now === undefined ? [] : [{ name, size: [size, now.size], used: [used, now.used] }];
  });
}
