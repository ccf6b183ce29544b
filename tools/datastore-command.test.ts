import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { openStore, parseDatastoreLocation } from "@selvedge/datastore";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { run } from "../packages/cli/test/run.ts";
import { EtcdServer } from "../packages/datastore/test/etcd/etcd-server.ts";
import { Writers } from "../packages/datastore/test/migration/writers.ts";

const MANIFEST = `apiVersion: selvedge.dev/v1alpha1
kind: Tenant
metadata: { name: red }
`;

let server: EtcdServer;
let directory: string;
let file: string;
let etcd: string;
let made = 0;

beforeAll(async () => {
  server = await EtcdServer.start();
  directory = mkdtempSync(join(tmpdir(), "selvedge-cli-datastore-"));
});

afterAll(async () => {
  await server?.remove();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  made += 1;
  file = join(directory, `${made}.db`);
  etcd = `etcd://${server.endpoint}/place-${made}/`;
  expect(await run(["apply", "-f", "-", "--datastore", file], MANIFEST)).toMatchObject({
    exitCode: 0,
  });
});

function located(text: string) {
  const parsed = parseDatastoreLocation(text);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  return parsed.location;
}

test("migrate moves everything, says what is to be done next, and can be given again", async () => {
  const migrate = ["datastore", "migrate", "--from", file, "--to", etcd];
  const plan = await run([...migrate, "--dry-run"]);
  expect(plan.stdout).toMatch(/holds 2 keys, \d+ B; .* is empty and can be used\n$/);
  const first = await run(migrate);
  expect(first).toMatchObject({
    exitCode: 0,
    stderr:
      "the source takes no more writes; copying what has changed\nboth hold the same 2 keys\n",
  });
  expect(first.stdout).toMatch(/^moved: 2 keys, \d+ B, SHA-256 [0-9a-f]{64}\n/);
  expect(first.stdout).toContain(`restart it:\n  ${etcd}\n`);
  expect((await run(migrate)).stdout).toMatch(/^had been moved already: 2 keys/);
  expect((await run([...migrate, "--dry-run"])).stdout).toContain("there is nothing to do");
  expect((await run(["get", "tenants", "-o", "name", "--datastore", etcd])).stdout).toBe(
    "tenants/red\n",
  );
  const late = await run(["delete", "tenant", "red", "--datastore", file]);
  expect(late).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(`moved to ${etcd}`) });
  const back = await run([...migrate, "--abandon"]);
  expect(back).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is complete") });
});

test("migrate makes no file for a dry run, and refuses what it cannot use with what is right", async () => {
  const other = join(directory, "not-there.db");
  const there = await run(["datastore", "migrate", "--from", file, "--to", other, "--dry-run"]);
  expect(there.stdout).toContain("is empty and can be used");
  expect(existsSync(other)).toBe(false);
  expect(await run(["datastore", "migrate", "--from", other, "--to", etcd])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--from names another"),
  });
  expect(await run(["datastore", "migrate", "--from", file, "--to", "etcd://x"])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--to: "),
  });
  expect(await run(["datastore", "migrate", "--from", file, "--to", file])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("one and the same datastore"),
  });
  expect(await run(["apply", "-f", "-", "--datastore", etcd], MANIFEST)).toMatchObject({
    exitCode: 0,
  });
  expect(await run(["datastore", "migrate", "--from", file, "--to", etcd])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("an etcd prefix without keys"),
  });
});

test("status tells members or the file, and what the datastore holds", async () => {
  const ofFile = await run(["datastore", "status", "--datastore", file]);
  expect(ofFile.exitCode).toBe(0);
  expect(ofFile.stdout).toMatch(/^Location: +\/.*\.db\nEngine: +SQLite 3\./);
  expect(ofFile.stdout).toMatch(/\nIntegrity: +ok\n/);
  expect(ofFile.stdout).toMatch(/\nresources\/tenants +1\n/);
  const ofEtcd = await run(["datastore", "status", "--datastore", etcd]);
  expect(ofEtcd.stdout).toMatch(/\nMEMBER +ENDPOINT +ROLE +VERSION +SIZE +USED +QUOTA +ALARMS\n/);
  expect(ofEtcd.stdout).toMatch(/\ndefault +127\.0\.0\.1:\d+ +leader +3\..* 2\.0 GiB +none\n/);
  const json = await run(["datastore", "status", "--datastore", etcd, "-o", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ location: etcd, engine: { kind: "etcd" } });
});

test("status ends with 3 when nobody answers", async () => {
  const nobody = "etcd://127.0.0.1:9/selvedge/";
  expect(await run(["datastore", "status", "--datastore", nobody])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("no member of etcd://127.0.0.1:9/selvedge/ answers"),
  });
});

test.each(["file", "etcd"])("compact says what it has forgotten and freed of %s", async (kind) => {
  const datastore = kind === "file" ? file : etcd;
  const compact = ["datastore", "compact", "--datastore", datastore];
  const done = await run([...compact, "--keep", "0", "--defragment"]);
  expect(done.exitCode).toBe(0);
  expect(done.stdout).toMatch(/^history is kept from revision \d+ on\nWHERE +USED BEFORE +AFTER/);
  expect(done.stderr).toBe(kind === "file" ? "" : `defragmenting ${server.endpoint}\n`);
  const all = await run([...compact, "--keep", "999999999"]);
  expect(all.stdout).toContain("there is no history older than what is kept");
  expect(await run([...compact, "--keep", "some"])).toMatchObject({ exitCode: 2 });
});

const ROOT = dirname(import.meta.dirname);

/** The command itself, which is killed after so many milliseconds; whether it came to its end before. */
async function migrateFor(milliseconds: number): Promise<boolean> {
  const args = ["bin/selvedge.mjs", "datastore", "migrate", "--from", file, "--to", etcd];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const [exit, complaint] = [once(child, "exit"), text(child.stderr)];
  // The launcher and what it has started.
  const timer = setTimeout(() => process.kill(-Number(child.pid), "SIGKILL"), milliseconds);
  const [code, signal] = await exit;
  clearTimeout(timer);
  if (code !== 0 && signal !== "SIGKILL") throw new Error(await complaint);
  return code === 0;
}

test("migrate that is killed again and again comes to its end, and loses no write", async () => {
  const writers = new Writers();
  {
    await using store = openStore(located(file));
    const writes = Array.from({ length: 3000 }, (_, index) => {
      return { kind: "put", key: `kept/${index}`, value: "v".repeat(300) } as const;
    });
    await store.commit({ compare: [], writes });
  }
  writers.start("source", located(file));
  let isDone = false;
  for (let wait = 500; !isDone; wait += 150) isDone = await migrateFor(wait);
  writers.start("target", located(etcd));
  await writers.progress(10);
  await writers.end();
  expect(writers.codes.get("source")).toEqual(new Set(["moved"]));
  await using store = openStore(located(etcd));
  expect(await writers.faultsIn(store)).toEqual([]);
  expect(await store.list("kept/", { limit: 3001 })).toHaveProperty("entries.length", 3000);
}, 300_000);
