import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { endpointCompanion } from "@selvedge/ipam";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IpamThread } from "../../src/index.ts";
import { leak, NETWORK } from "./declared-network.ts";

let directory: string;
let path: string;
let ipam: IpamThread;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-ipam-thread-"));
  path = join(directory, "store.db");
  ipam = new IpamThread({ kind: "sqlite", path });
  await using store = openSqliteStore(path);
  const companion = endpointCompanion(store);
  await new ResourceStore(store).apply(
    NETWORK.map((resource) => ({ kind: "put", resource })),
    { companion },
  );
});

afterEach(() => rmSync(directory, { recursive: true }));

const { signal: never } = new AbortController();

test("answers without that the event loop waits for it", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const answer = await ipam.ask({ kind: "pools", of: {} }, never);
  clearInterval(timer);
  expect(answer).toMatchObject({ kind: "answered", document: { pools: [{ given: 1 }] } });
  expect(turns).toBeGreaterThan(2);
});

test("one question after the other: who asks later sees what was repaired before", async () => {
  await using store = openSqliteStore(path);
  await leak(store);
  const repairs = ipam.ask({ kind: "repairs", of: {} }, never);
  const findings = ipam.ask({ kind: "findings", of: {} }, never);
  expect(await repairs).toMatchObject({ changes: [{ key: "ipam/red/web/10.1.0.5" }] });
  expect(await findings).toMatchObject({ document: { findings: [] }, changes: [] });
});

test("a question that nobody waits for any more is not asked, and others get their answers", async () => {
  await using store = openSqliteStore(path);
  await leak(store);
  const left = new AbortController();
  const first = ipam.ask({ kind: "pools", of: {} }, never);
  const second = ipam.ask({ kind: "repairs", of: {} }, left.signal);
  left.abort();
  await expect(second).rejects.toMatchObject({ name: "StoreError", code: "closed" });
  expect(await first).toMatchObject({ kind: "answered" });
  expect(await ipam.ask({ kind: "findings", of: {} }, never)).toMatchObject({
    document: { findings: [{ kind: "leaked" }] },
  });
});

test("a datastore that cannot be read is said, each time", async () => {
  const lost = new IpamThread({ kind: "sqlite", path: join(directory, "no", "store.db") });
  for (let time = 0; time < 2; time++) {
    await expect(lost.ask({ kind: "pools", of: {} }, never)).rejects.toMatchObject({
      ...{ name: "StoreError", code: "unavailable" },
    });
  }
});
