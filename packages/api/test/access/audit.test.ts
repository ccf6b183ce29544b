/** The audit log of a running server: who changed what, from what to what, and who was refused what. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GuardedServer, type GuardedServerOptions, ROOT } from "./guarded-server.ts";
import { parsed } from "./resources-of-two-tenants.ts";

const RED = `${ROOT}/namespaces/red`;

let server: GuardedServer | undefined;
let alice: string;

async function start(options: GuardedServerOptions = {}): Promise<GuardedServer> {
  const started = await GuardedServer.start(options);
  server = started;
  await started.declare(parsed({ kind: "Tenant", metadata: { name: "red" } }));
  alice = await started.token("alice", ["selvedge:tenant:red:admin"]);
  return started;
}

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
});

const vrf = (metadata: object = {}) => ({
  apiVersion: "selvedge.dev/v1alpha1",
  kind: "Vrf",
  metadata: { name: "main", namespace: "red", ...metadata },
  spec: {},
});

/** The entries, once there are so many: the disk has them a moment after the answer. */
async function entries(of: GuardedServer, count: number) {
  await vi.waitFor(() => expect(of.audit().length).toBeGreaterThanOrEqual(count));
  return of.audit();
}

describe("the audit log", () => {
  let running: GuardedServer;

  beforeEach(async () => {
    running = await start();
  });

  test("tells of a change who made it, how, from where, and both states", async () => {
    const token = { token: alice };
    const body = vrf({ labels: { a: "b" } });
    await running.call(token, `${RED}/vrfs`, { method: "POST", body });
    await running.call(token, `${RED}/vrfs/main`, {
      method: "PATCH",
      body: { metadata: { labels: { a: "c" } } },
    });
    await running.call({ isLocal: true }, `${RED}/vrfs/main`, { method: "DELETE" });
    const [created, patched, deleted] = await entries(running, 3);
    expect(created).toMatchObject({
      time: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      request: expect.stringMatching(/^[-0-9a-f]{36}$/),
      user: "alice",
      how: "token",
      credential: expect.stringMatching(/^[0-9a-f]{8}$/),
      from: "127.0.0.1",
      verb: "create",
      resource: "vrfs",
      tenant: "red",
      outcome: "made",
      changes: [{ key: "vrfs/red/main", new: { spec: { l3vni: 5000 }, status: { id: 1 } } }],
    });
    expect(Object(created?.["changes"])[0]).not.toHaveProperty("old");
    expect(patched).toMatchObject({
      verb: "patch",
      name: "main",
      changes: [
        { old: { metadata: { labels: { a: "b" } } }, new: { metadata: { labels: { a: "c" } } } },
      ],
    });
    expect(deleted).toMatchObject({
      user: "root (unix socket)",
      how: "unix socket",
      verb: "delete",
      changes: [{ key: "vrfs/red/main", old: { metadata: { labels: { a: "c" } } } }],
    });
    expect(deleted).not.toHaveProperty("from");
    expect(readFileSync(running.auditFile, "utf8")).not.toContain(alice);
  });

  test("tells who was refused what, and why, also before anything was read", async () => {
    const token = { token: alice };
    await running.call(token, `${ROOT}/namespaces/blue/vrfs`, { method: "POST", body: vrf() });
    await running.call(token, `${RED}/vrfs`, { method: "POST", body: "no JSON" });
    const wanted = { ...vrf(), spec: { l3vni: 7 } };
    await running.call(token, `${RED}/vrfs`, { method: "POST", body: wanted });
    await running.call({}, `${RED}/vrfs`);
    expect(await entries(running, 4)).toMatchObject(
      [
        { user: "alice", tenant: "blue", outcome: "refused", code: 403, reason: /forbidden/ },
        { user: "alice", outcome: "refused", code: 400, reason: /JSON/ },
        {
          outcome: "refused",
          reason: /given by an operator/,
          changes: [{ new: { spec: { l3vni: 7 } } }],
        },
        { outcome: "refused", code: 401, from: "127.0.0.1" },
      ].map(({ reason, ...entry }) => ({
        ...entry,
        ...(reason === undefined ? {} : { reason: expect.stringMatching(reason) }),
      })),
    );
  });

  test("holds what an agent was told to do, and neither reads nor dry runs", async () => {
    const local = { isLocal: true };
    const body = vrf();
    await running.call(local, `${RED}/vrfs?dryRun=All`, { method: "POST", body });
    await running.call(local, `${RED}/vrfs?dryRun=All`, { method: "POST", body: {} });
    await running.call(local, `${RED}/vrfs`);
    await running.call(local, "/status");
    await running.call(local, "/attachments/red/web-1", { method: "DELETE" });
    expect(await entries(running, 1)).toMatchObject([
      { verb: "delete", resource: "agent/attachments", outcome: "made", code: 204 },
    ]);
  });

  test("holds what an agent did or refused as the request has it, whatever its query says of dry runs", async () => {
    const local = { isLocal: true };
    await running.call(local, "/attachments/red/web-1?dryRun=All", { method: "DELETE" });
    expect(running.agent.detached).toEqual(["red/web-1"]);
    await running.call(local, `${RED}/vrfs?dryRun=`, { method: "POST", body: {} });
    expect(await entries(running, 2)).toMatchObject([
      { verb: "delete", resource: "agent/attachments", outcome: "made" },
      { verb: "create", resource: "vrfs", outcome: "refused" },
    ]);
  });

  test("has one entry for a patch that others overtook", async () => {
    const local = { isLocal: true };
    await running.call(local, `${RED}/vrfs`, { method: "POST", body: vrf() });
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        running.call(local, `${RED}/vrfs/main`, {
          method: "PATCH",
          body: { metadata: { labels: { [`l${index}`]: "x" } } },
        }),
      ),
    );
    const patches = (await entries(running, 7)).filter(({ verb }) => verb === "patch");
    expect(patches).toHaveLength(6);
    expect(new Set(patches.map(({ outcome }) => outcome))).toEqual(new Set(["made"]));
  });
});

describe("a log that cannot be written", () => {
  test("is reported, and stops nobody", async () => {
    const running = await start({ auditFile: "/proc/nowhere/audit.jsonl" });
    const answer = await running.call({ token: alice }, `${RED}/vrfs`, {
      method: "POST",
      body: vrf(),
    });
    expect(answer.code).toBe(201);
    await vi.waitFor(() => expect(running.problems).toHaveLength(1));
    expect(running.problems[0]).toContain("the audit log cannot be written");
  });

  test("stops every change where it is required, and nothing else", async () => {
    const running = await start({ auditFile: "/proc/nowhere/audit.jsonl", auditRequired: true });
    const local = { isLocal: true };
    const post = { method: "POST", body: vrf() };
    expect(await running.call(local, `${RED}/vrfs`, post)).toMatchObject({
      code: 503,
      body: { message: expect.stringContaining("the audit log cannot be written") },
    });
    expect((await running.call({ token: alice }, `${RED}/vrfs`, post)).code).toBe(503);
    const detach = { method: "DELETE" };
    expect((await running.call(local, "/attachments/red/web-1", detach)).code).toBe(503);
    expect(running.agent.detached).toEqual([]);
    expect((await running.call(local, `${RED}/vrfs`)).body).toMatchObject({ items: [] });
    expect((await running.call(local, `${RED}/vrfs?dryRun=All`, post)).code).toBe(201);
  });

  test("that is required tells of a change before it is made, and what came of it", async () => {
    const running = await start({ auditRequired: true });
    const local = { isLocal: true };
    await running.call(local, `${RED}/vrfs`, { method: "POST", body: vrf() });
    await running.call(local, "/attachments/red/web-1", { method: "DELETE" });
    const told = await entries(running, 4);
    expect(told.map(({ outcome }) => outcome)).toEqual(["requested", "made", "requested", "made"]);
    expect(told[0]?.["request"]).toBe(told[1]?.["request"]);
    expect(told[0]).toMatchObject({ changes: [{ key: "vrfs/red/main", new: { kind: "Vrf" } }] });
  });
});

test("its directory is made", async () => {
  const parent = await start();
  const directory = join(parent.authority.directory, "deep");
  mkdirSync(directory);
  await using deep = await GuardedServer.start({ auditFile: join(directory, "er", "a.jsonl") });
  await deep.call({}, `${RED}/vrfs`);
  await vi.waitFor(() => expect(existsSync(deep.auditFile)).toBe(true));
});
