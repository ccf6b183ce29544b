import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/index.ts";
import { oldestRevision } from "../../src/upkeep/oldest-revision.ts";

test("history begins where it was compacted, and with 0 where it was not", async () => {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-oldest-"));
  try {
    await using store = openSqliteStore(join(directory, "datastore.db"));
    expect(await oldestRevision(store)).toBe(0);
    for (const value of ["1", "2", "3"]) {
      await store.commit({ compare: [], writes: [{ kind: "put", key: "a", value }] });
    }
    expect(await oldestRevision(store)).toBe(0);
    await store.compact(2);
    expect(await oldestRevision(store)).toBe(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
