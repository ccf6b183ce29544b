import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteStore, type Store, StoreError } from "../../src/index.ts";
import { describeStoreContract } from "../store-contract.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-store-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describeStoreContract("the SQLite engine", () => ({
  open: async () => openSqliteStore(join(directory, "contract.db")),
  remove: async () => {},
}));

const errorOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe("a SQLite file that is no usable datastore", () => {
  test("in a missing directory is unavailable, with advice", () => {
    const error = errorOf(() => openSqliteStore(join(directory, "missing", "store.db")));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(String(error)).toContain("check that its directory exists");
  });

  test("that holds something else is corrupt", () => {
    const path = join(directory, "text.db");
    writeFileSync(
      path,
      "this is a text, much longer than the header of a database file\n".repeat(9),
    );
    expect(errorOf(() => openSqliteStore(path))).toMatchObject({ code: "corrupt" });
  });

  test("that holds the tables of another program is left alone", () => {
    const path = join(directory, "foreign.db");
    const foreign = new DatabaseSync(path);
    foreign.exec("CREATE TABLE theirs (x)");
    foreign.close();
    expect(errorOf(() => openSqliteStore(path))).toMatchObject({ code: "corrupt" });
  });

  test("that holds another program's tables under our version number is left alone", () => {
    const path = join(directory, "same-version.db");
    const foreign = new DatabaseSync(path);
    foreign.exec("CREATE TABLE theirs (x); PRAGMA user_version = 1");
    foreign.close();
    expect(errorOf(() => openSqliteStore(path))).toMatchObject({ code: "corrupt" });
  });

  test("that was removed while it is open takes no more commits", async () => {
    const path = join(directory, "removed.db");
    await using store = openSqliteStore(path);
    rmSync(path);
    const commit = store.commit({ compare: [], writes: [{ kind: "put", key: "a", value: "" }] });
    await expect(commit).rejects.toMatchObject({ code: "unavailable" });
  });

  test("of a newer version is refused as such", () => {
    const path = join(directory, "newer.db");
    const newer = new DatabaseSync(path);
    newer.exec("CREATE TABLE entry (x); PRAGMA user_version = 99");
    newer.close();
    expect(errorOf(() => openSqliteStore(path))).toMatchObject({ code: "newer-schema" });
  });

  test("that was cut short is corrupt, or opens and says so when it is read", async () => {
    const path = join(directory, "cut.db");
    const store = openSqliteStore(path);
    for (let index = 0; index < 200; index++) {
      await store.commit({
        compare: [],
        writes: [{ kind: "put", key: `k${index}`, value: "v".repeat(200) }],
      });
    }
    await store[Symbol.asyncDispose]();
    truncateSync(path, 8192);
    const read = async () => {
      await using damaged = openSqliteStore(path);
      await damaged.list("", { limit: 1000 });
    };
    await expect(read()).rejects.toMatchObject({ code: "corrupt" });
  });
});

describe("a datastore on a full disk", () => {
  let mountPoint: string;
  let store: Store;

  beforeEach(() => {
    mountPoint = mkdtempSync(join(directory, "small-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "selvedge-test", mountPoint]);
    store = openSqliteStore(join(mountPoint, "store.db"));
  });

  afterEach(async () => {
    try {
      await store[Symbol.asyncDispose]();
    } finally {
      execFileSync("umount", [mountPoint]);
    }
  });

  test("refuses commits as full, goes on reading, and commits again once there is space", async () => {
    const write = (key: string) =>
      store.commit({ compare: [], writes: [{ kind: "put", key, value: "x".repeat(20_000) }] });
    await write("first");
    const filler = join(mountPoint, "filler");
    const { bavail, bsize } = statfsSync(mountPoint);
    writeFileSync(filler, Buffer.alloc(Math.max(bavail - 2, 0) * bsize));

    const fill = async () => {
      for (let index = 0; index < 100; index++) await write(`more-${index}`);
    };
    await expect(fill()).rejects.toMatchObject({ name: "StoreError", code: "full" });
    const before = await store.revision();
    expect((await store.get("first"))?.value).toHaveLength(20_000);

    rmSync(filler);
    const watched = store.watch("", before, AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    expect(await write("after")).toEqual({ kind: "committed", revision: before + 1 });
    expect((await watched.next()).value).toMatchObject({ revision: before + 1 });
  });
});

test("a commit waits for another process's transaction without stopping the event loop", async () => {
  const path = join(directory, "locked.db");
  await using store = openSqliteStore(path);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  // Only the event loop can end the transaction that the commit waits for.
  setTimeout(() => other.exec("ROLLBACK"), 20);
  const outcome = await store.commit({ compare: [], writes: [{ kind: "delete", key: "a" }] });
  expect(outcome).toEqual({ kind: "committed", revision: 1 });
  other.close();
});

describe("several processes on one file", () => {
  const writer = fileURLToPath(new URL("./writer-process.ts", import.meta.url));
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  const startWriter = (path: string, name: string): ChildProcess => {
    const child = spawn(
      process.execPath,
      [
        "--conditions=@selvedge/source",
        "--disable-warning=ExperimentalWarning",
        writer,
        path,
        name,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    children.push(child);
    return child;
  };

  /** Resolves once the child has acknowledged `count` commits; the lines go on growing while it lives. */
  const acknowledged = async (child: ChildProcess, count: number): Promise<() => string[]> => {
    const { stdout } = child;
    if (stdout === null) throw new Error("no output to read");
    let text = "";
    const lines = () => text.split("\n").slice(0, -1);
    await new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the writer ended by itself with ${code}`)));
      stdout.on("data", (chunk) => {
        text += String(chunk);
        if (lines().length >= count) resolve();
      });
    });
    return lines;
  };

  test("may create it at the same time, and each sees the other's commits", async () => {
    const path = join(directory, "shared.db");
    const [first, second] = [startWriter(path, "a"), startWriter(path, "b")];
    await using store = openSqliteStore(path);
    await Promise.all([acknowledged(first, 5), acknowledged(second, 5)]);
    const writers = new Set<string>();
    for await (const event of store.watch("", 0, AbortSignal.timeout(20_000))) {
      if (event.kind !== "changes") continue;
      for (const change of event.changes) {
        if (change.kind === "put") writers.add(change.entry.key.slice(0, 1));
      }
      if (writers.size === 2) break;
    }
    expect([...writers].sort()).toEqual(["a", "b"]);
  });

  test("killed with SIGKILL amid its commits, one loses nothing it had acknowledged", async () => {
    const path = join(directory, "killed.db");
    const child = startWriter(path, "k");
    const lines = await acknowledged(child, 50);
    child.kill("SIGKILL");
    // "close" comes after the last of its output was read.
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
    await using store = openSqliteStore(path);
    for (const key of lines()) expect((await store.get(key))?.key).toBe(key);
    expect(await store.commit({ compare: [], writes: [] })).toMatchObject({ kind: "committed" });
  });
});
