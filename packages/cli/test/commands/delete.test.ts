import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOST, NETWORK, tenant } from "../declared.ts";
import { run, start } from "../run.ts";

let directory: string;
let datastore: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-delete-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  await run(["apply", "-f", "-", ...datastore], NETWORK);
});

afterEach(() => rmSync(directory, { recursive: true }));

const remove = (...args: readonly string[]) => run(["delete", ...args, ...datastore]);
const names = async (kind: string) =>
  (await run(["get", kind, "-o", "name", ...datastore])).stdout.trimEnd().split("\n");

test("what is named goes, and what `get -o name` has printed", async () => {
  expect((await remove("endpoint", "web-1", "-n", "red")).stdout).toBe(
    "endpoints/red/web-1 deleted\n",
  );
  expect((await remove("endpoints/red/web-2", "endpoints/blue/web-1")).exitCode).toBe(0);
  expect(await names("endpoints")).toEqual(["endpoints/red/db-1"]);
});

test("a file goes in the order in which nothing is missed, whatever its own", async () => {
  const ended = await run(["delete", "-f", "-", ...datastore], NETWORK);
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ended.stdout).toMatch(/^endpoints\/(.*\n)*tenants\/blue deleted\n$/);
  expect(await names("selvedge")).toEqual([""]);
});

test("what is selected goes, of one tenant unless all are meant", async () => {
  expect((await remove("ep", "-l", "role=web", "-n", "red")).stdout).toBe(
    "endpoints/red/web-1 deleted\nendpoints/red/web-2 deleted\n",
  );
  expect(await remove("ep", "--all")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("-n TENANT, or all of them with -A"),
  });
  expect((await remove("all", "--all", "-n", "red")).exitCode).toBe(0);
  expect(await names("all")).toEqual([
    "vrfs/blue/main",
    "subnets/blue/web",
    "endpoints/blue/web-1",
  ]);
  expect(await remove("ep", "-l", "role=web", "-A")).toMatchObject({ exitCode: 2, stdout: "" });
});

test("what others refer to stays, and is exit code 4 beside what went", async () => {
  const refused = await remove("tenant", "red");
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain("is still used by endpoints/red/db-1");
  const partial = await remove("endpoints/red/web-1", "tenants/red");
  expect(partial).toMatchObject({ exitCode: 4, stdout: "endpoints/red/web-1 deleted\n" });
  expect(partial.stderr).toContain("1 of 2 failed");
  const again = await remove("ep", "web-1", "web-2", "-n", "red");
  expect(again).toMatchObject({ exitCode: 4, stdout: "endpoints/red/web-2 deleted\n" });
});

test("what is not there is a failure, unless that is said to be none", async () => {
  expect(await remove("host", "h9")).toMatchObject({ exitCode: 2, stdout: "" });
  expect(await remove("host", "h9", "--ignore-not-found")).toMatchObject({ exitCode: 0 });
  const file = await run(["delete", "-f", "-", ...datastore], HOST + tenant("green"));
  expect(file.exitCode).toBe(1);
});

test("a dry run says what would be, and does not do it", async () => {
  const dry = await remove("ep", "web-1", "-n", "red", "--dry-run", "server");
  expect(dry.stdout).toBe("endpoints/red/web-1 deleted (server dry run)\n");
  expect(await names("endpoints")).toContain("endpoints/red/web-1");
});

test("what a finalizer holds is being deleted", async () => {
  const held = NETWORK.replace("name: db-1,", "name: db-1, finalizers: [example.com/clean-up],");
  await run(["apply", "-f", "-", ...datastore], held);
  expect((await remove("ep", "db-1", "-n", "red")).stdout).toBe(
    "endpoints/red/db-1 is being deleted, held by example.com/clean-up\n",
  );
});

test("what a finalizer holds is waited for, until it is gone or the time is over", async () => {
  const held = NETWORK.replace("name: db-1,", "name: db-1, finalizers: [example.com/clean-up],");
  await run(["apply", "-f", "-", ...datastore], held);
  const late = await remove("ep", "db-1", "-n", "red", "--wait", "--timeout", "50ms");
  expect(late.exitCode).toBe(3);
  expect(late.stderr).toBe("selvedge: timed out waiting for endpoints/red/db-1 to be deleted\n");
  const waiting = start(["delete", "ep", "db-1", "-n", "red", "--wait", ...datastore]);
  await waiting.saysSoon("is being deleted");
  const released = held.replace("[example.com/clean-up]", "[]");
  await run(["apply", "-f", "-", ...datastore], released);
  expect((await waiting.stop()).stdout).toMatch(/\nendpoints\/red\/db-1 deleted\n$/);
});

test.each([
  [[], "name a kind and what to delete"],
  [["hosts"], "name them, or select them"],
  [["hosts", "h1", "--all"], "exclude each other"],
  [["hosts", "h1", "-f", "-"], "exclude each other"],
])("wrong usage is said: %j", async (args, message) => {
  const ended = await remove(...args);
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain(message);
});
