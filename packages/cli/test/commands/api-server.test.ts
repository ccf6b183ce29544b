import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ResourceClient, ResourceRefusedError, socketTransport } from "@selvedge/api";
import { parseResource, type Resource } from "@selvedge/resources";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../run.ts";

let directory: string;
let datastore: string;
let socket: string;
let audit: string;
let client: ResourceClient;
let started: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-api-server-"));
  datastore = join(directory, "state", "datastore.db");
  socket = join(directory, "run", "api.sock");
  audit = join(directory, "log", "audit.jsonl");
  client = new ResourceClient({ transport: socketTransport(socket) });
});

afterEach(async () => {
  if (started?.exitCode === null) {
    const ended = once(started, "exit");
    started.kill("SIGKILL");
    await ended;
  }
  rmSync(directory, { recursive: true });
});

function parsed(value: object): Resource {
  const outcome = parseResource(value);
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.faults));
  return outcome.resource;
}

const red = parsed({
  apiVersion: "selvedge.dev/v1alpha1",
  kind: "Tenant",
  metadata: { name: "red" },
});

const serve = (during: () => Promise<void>) =>
  run(["api-server", "--datastore", datastore, "--socket", socket, "--audit", audit], "", during);

test("serves a datastore that it makes, on a socket for its owner only, until it is told to end", async () => {
  const ended = await serve(async () => {
    await client.create(red);
    expect(await client.get("Tenant", { name: "red" })).toMatchObject({ kind: "Tenant" });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });
  expect(ended).toMatchObject({ exitCode: 0, stdout: "" });
  expect(ended.stderr).toContain(`serving ${datastore} on ${socket}`);
  expect(ended.stderr).toContain("root (unix socket) create tenants/red");
  await expect(client.list("Tenant")).rejects.toMatchObject({ code: "no-server" });
});

test("serves what commands apply, and commands see what it is given", async () => {
  const file = join(directory, "tenant.yaml");
  writeFileSync(
    file,
    "apiVersion: selvedge.dev/v1alpha1\nkind: Tenant\nmetadata: { name: blue }\n",
  );
  await serve(async () => {
    expect(await run(["apply", "-f", file, "--datastore", datastore])).toMatchObject({
      exitCode: 0,
    });
    expect(await client.get("Tenant", { name: "blue" })).toMatchObject({ kind: "Tenant" });
    await client.delete("Tenant", { name: "blue" });
    const { stdout } = await run(["get", "tenants", "--datastore", datastore]);
    expect(stdout).not.toContain("blue");
  });
});

test("refuses with words that are Kubernetes' where there is nothing, or what no path can be", async () => {
  await serve(async () => {
    const transport = socketTransport(socket);
    for (const [path, code] of [
      ["/nothing", 404],
      ["/apis/selvedge.dev/v1alpha1/tenants/%zz", 400],
      [`/apis/selvedge.dev/v1alpha1/tenants/${"x".repeat(300)}`, 404],
    ] as const) {
      const { status, body } = await transport.request({ method: "GET", path, headers: {} });
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ kind: "Status", code });
      expect(status).toBe(code);
    }
  });
});

test("says why it cannot begin", async () => {
  await serve(async () => {
    const second = await serve(async () => undefined);
    expect(second).toMatchObject({ exitCode: 1 });
    expect(second.stderr).toContain(`another process answers on ${socket}`);
  });
  socket = join(datastore, "below-a-file", "api.sock");
  expect(await serve(async () => undefined)).toMatchObject({ exitCode: 1 });
  datastore = "etcd://";
  expect(await serve(async () => undefined)).toMatchObject({ exitCode: 2 });
});

test("on SIGTERM watches end as if their time were over, and the process ends with 0", async () => {
  const root = dirname(dirname(dirname(dirname(import.meta.dirname))));
  const args = ["bin/selvedge.mjs", "api-server", "--datastore", datastore, "--socket", socket];
  args.push("--audit", audit);
  const server = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  started = server;
  await once(server.stderr, "data");
  await client.create(red);
  const { body } = await socketTransport(socket).request({
    method: "GET",
    path: "/apis/selvedge.dev/v1alpha1/tenants?watch=1&allowWatchBookmarks=true",
    headers: {},
  });
  const types: string[] = [];
  const exited = once(server, "exit");
  for await (const chunk of body) {
    for (const line of Buffer.from(chunk).toString().trim().split("\n")) {
      types.push(JSON.parse(line).type);
    }
    if (types.length === 1) server.kill("SIGTERM");
  }
  // The body has ended as HTTP bodies do, or reading it would have thrown.
  expect(types).toEqual(["ADDED", "BOOKMARK"]);
  expect(await exited).toEqual([0, null]);
  const error = await client.list("Tenant").catch((caught: unknown) => caught);
  expect(error).not.toBeInstanceOf(ResourceRefusedError);
});
