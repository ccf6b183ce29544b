import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endpoint, NETWORK } from "../declared.ts";
import { type RunningCommand, run, start } from "../run.ts";

let directory: string;
let datastore: string[];
let socket: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-watch-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  socket = ["--socket", join(directory, "api.sock")];
  await apply(NETWORK);
});

afterEach(() => rmSync(directory, { recursive: true }));

const apply = (text: string) => run(["apply", "-f", "-", ...datastore], text);

async function serve(): Promise<RunningCommand> {
  const audit = join(directory, "audit.jsonl");
  const server = start(["api-server", ...datastore, ...socket, "--audit", audit]);
  await server.saysSoon("serving");
  return server;
}

test("what is there comes first, and then what changes, in the same columns", async () => {
  const watch = start(["get", "ep", "-n", "red", "-w", ...datastore]);
  await watch.saysSoon("web-2");
  await apply(endpoint("red", "a-new-one", "10.1.0.99"));
  await watch.saysSoon("a-new-one");
  await run(["delete", "ep", "db-1", "-n", "red", ...datastore]);
  await apply(endpoint("blue", "another", "10.1.0.99"));
  await apply(endpoint("red", "last", "10.1.0.98"));
  await watch.saysSoon("last ");
  const { exitCode, stdout } = await watch.stop();
  expect(exitCode).toBe(0);
  const names = stdout.split("\n").map((line) => line.split(" ")[0]);
  expect(names).toEqual(["NAME", "db-1", "web-1", "web-2", "a-new-one", "db-1", "last", ""]);
});

test("one resource is watched by its name, as documents and with what became of it", async () => {
  const args = ["get", "ep", "web-1", "-n", "red", "-w", "-o", "json", "--output-watch-events"];
  const watch = start([...args, ...datastore]);
  await watch.saysSoon("ADDED");
  await run(["delete", "ep", "web-2", "web-1", "-n", "red", ...datastore]);
  await watch.saysSoon("DELETED");
  const { stdout } = await watch.stop();
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toMatchObject([
    { type: "ADDED", object: { metadata: { name: "web-1" } } },
    { type: "DELETED", object: { metadata: { name: "web-1" } } },
  ]);
});

test("a server that goes away is waited for, and nothing is missed", async () => {
  const first = await serve();
  const watch = start(["get", "ep", "-n", "red", "-w", "-o", "name", ...socket]);
  await watch.saysSoon("endpoints/red/web-2");
  await first.stop();
  await watch.saysSoon("waiting for the server");
  await apply(endpoint("red", "meanwhile", "10.1.0.99"));
  const second = await serve();
  await watch.saysSoon("the server answers again");
  await watch.saysSoon("endpoints/red/meanwhile");
  const { stdout } = await watch.stop();
  await second.stop();
  expect(stdout.match(/endpoints\/red\/meanwhile/g)).toHaveLength(1);
});

test("nobody there at the beginning ends it", async () => {
  expect(await start(["get", "ep", "-w", ...socket]).stop()).toMatchObject({ exitCode: 3 });
});

test("the whole list comes again where the changes are no longer known", async () => {
  const asked: string[] = [];
  const expired = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
  const items = [
    { apiVersion: "selvedge.dev/v1alpha1", kind: "Tenant", metadata: { name: "red" } },
  ];
  const server = createServer(({ url = "" }, response) => {
    const query = new URL(url, "http://x").searchParams;
    const isWatch = query.has("watch");
    asked.push(isWatch ? `watch ${query.get("resourceVersion")}` : "list");
    const version = asked.length === 1 ? "5" : "9";
    if (!isWatch) response.end(JSON.stringify({ items, metadata: { resourceVersion: version } }));
    else if (asked.length === 2) {
      response.end(`${JSON.stringify({ type: "ERROR", object: expired })}\n`);
    } else response.writeHead(200).flushHeaders();
  });
  server.listen(join(directory, "api.sock"));
  await once(server, "listening");
  const watch = start(["get", "tenants", "-w", "-o", "name", ...socket]);
  await watch.saysSoon("the whole list again");
  for (let attempt = 0; asked.length < 4 && attempt < 500; attempt++) await pause(10);
  const { stdout } = await watch.stop();
  server.closeAllConnections();
  server.close();
  expect(asked).toEqual(["list", "watch 5", "list", "watch 9"]);
  expect(stdout).toBe("tenants/red\ntenants/red\n");
});
