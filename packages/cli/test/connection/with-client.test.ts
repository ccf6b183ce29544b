/** The same commands over TLS with a tenant's token, over a unix socket, and on the datastore itself. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Certificates, makeCertificates } from "../certificates.ts";
import { endpoint, NETWORK } from "../declared.ts";
import { type RunningCommand, run, start } from "../run.ts";

let directory: string;
let certificates: Certificates;
let socket: string;
let datastore: string;
let url: string;
let server: RunningCommand;

const inDirectory = (name: string) => join(directory, name);

async function tokenFile(name: string, ...role: readonly string[]): Promise<string> {
  const tokens = inDirectory("tokens.yaml");
  const { stdout } = await run(["token", "create", "--user", name, ...role, "--file", tokens]);
  writeFileSync(inDirectory(name), stdout);
  return inDirectory(name);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-client-"));
  certificates = makeCertificates(directory);
  socket = inDirectory("api.sock");
  datastore = inDirectory("datastore.db");
  await tokenFile("olga", "--role", "operator");
  await tokenFile("alice", "--role", "tenant-admin", "--tenant", "red");
  const { certificate, key } = certificates.server;
  server = start([
    ...["api-server", "--datastore", datastore, "--socket", socket, "--listen", "127.0.0.1:0"],
    ...["--certificate", certificate, "--key", key, "--client-ca", certificates.ca],
    ...["--tokens", inDirectory("tokens.yaml"), "--audit", inDirectory("audit.jsonl")],
  ]);
  await server.saysSoon("and https://");
  url = /https:\S+/.exec(server.written())?.[0] ?? "";
  await run(["apply", "-f", "-", "--datastore", datastore], NETWORK);
});

afterEach(() => vi.unstubAllEnvs());

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

const overTls = (user: string) => [
  ...["--server", url, "--ca", certificates.ca, "--token-file", inDirectory(user)],
];

test("a table is the same, wherever it comes from", async () => {
  const places = [
    ["--socket", socket],
    ["--datastore", datastore],
    overTls("olga"),
    [
      ...["--server", url, "--ca", certificates.ca],
      ...["--certificate", certificates.operator.certificate, "--key", certificates.operator.key],
    ],
  ];
  for (const place of places) {
    const { stdout, stderr } = await run(["get", "subnets", "-o", "wide", ...place]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^TENANT +NAME +VRF .*\nblue +web +main .*\nred +web +main .*\n$/);
  }
});

test("a tenant sees and changes its own, and is told how to ask for it", async () => {
  const alice = overTls("alice");
  const own = await run(["get", "ep", "-n", "red", "-o", "name", ...alice]);
  expect(own.stdout).toBe("endpoints/red/db-1\nendpoints/red/web-1\nendpoints/red/web-2\n");
  const all = await run(["get", "ep", ...alice]);
  expect(all).toMatchObject({ exitCode: 1, stdout: "" });
  expect(all.stderr).toContain("over all tenants; name your tenant with -n TENANT");
  for (const kind of ["ep", "all"]) {
    const others = await run(["get", kind, "-n", "blue", ...alice]);
    expect(others).toMatchObject({ exitCode: 1, stdout: "" });
    expect(others.stderr).toContain("is forbidden");
  }
  const vrf = await run(["get", "vrf", "main", "-n", "red", "-o", "yaml", ...alice]);
  expect(vrf.stdout).not.toContain("l3vni");
  expect((await run(["delete", "ep", "db-1", "-n", "red", ...alice])).exitCode).toBe(0);
  const others = await run(["delete", "ep", "web-1", "-n", "blue", ...alice]);
  expect(others).toMatchObject({ exitCode: 1, stdout: "" });
});

test("a tenant applies what is its own, and nothing where some of it is not", async () => {
  const alice = overTls("alice");
  const own = await run(["apply", "-f", "-", ...alice], endpoint("red", "app-1", "10.1.0.31"));
  expect(own).toMatchObject({ exitCode: 0, stdout: "endpoints/red/app-1 created\n" });
  const mixed = endpoint("red", "app-2", "10.1.0.32") + endpoint("blue", "app-2", "10.1.0.32");
  const refused = await run(["apply", "-f", "-", ...alice], mixed);
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toMatch(
    /nothing was changed, 1 fault:\n {2}<stdin>:7:1: endpoints\S* "app-2" is forbidden: .* in the tenant "blue"\n$/,
  );
  const there = await run(["get", "ep/app-2", "-n", "red", ...alice]);
  expect(there.exitCode).toBe(2);
});

test("a tenant's description has what is the tenant's", async () => {
  const alice = overTls("alice");
  const vrf = await run(["describe", "vrf", "main", "-n", "red", ...alice]);
  expect(vrf).toMatchObject({ exitCode: 0, stderr: "" });
  expect(vrf.stdout).toContain("L3VNI:                 <not yours to see>\n");
  expect(vrf.stdout).not.toContain("5000");
  const endpoint1 = await run(["describe", "ep", "web-1", "-n", "red", ...alice]);
  expect(endpoint1.stdout).toMatch(/Host: +h1\n/);
});

test("the environment says it as the options do, which come first", async () => {
  vi.stubEnv("SELVEDGE_SERVER", url);
  vi.stubEnv("SELVEDGE_CA", certificates.ca);
  vi.stubEnv("SELVEDGE_TOKEN_FILE", inDirectory("alice"));
  vi.stubEnv("SELVEDGE_DATASTORE", "/nonexistent/datastore.db");
  expect((await run(["get", "hosts"])).stderr).toContain("is forbidden");
  expect((await run(["get", "hosts", "--socket", socket])).exitCode).toBe(0);
  vi.stubEnv("SELVEDGE_SERVER", "");
  expect((await run(["get", "hosts"])).stderr).toContain("no datastore at /nonexistent/");
});

test.each([
  ["nobody there", ["--socket", "/nonexistent.sock"], 3, "nobody answers on /nonexistent.sock"],
  ["a port without a server", ["--server", "https://127.0.0.1:1"], 3, "nobody answers"],
  ["no URL", ["--server", "10.0.1.1"], 2, "write https://HOST:PORT"],
  ["two places", ["--socket", "/a", "--datastore", "/b"], 2, "contradict each other"],
  ["credentials for no server", ["--socket", "/a", "--key", "/k"], 2, "--key goes with --server"],
  ["a file that is not there", ["--server", "https://a", "--ca", "/no.pem"], 2, "cannot be read"],
  ["half a credential", ["--server", "https://a", "--key", "/dev/null"], 2, "needs --certificate"],
  ["an empty token", ["--server", "https://a", "--token-file", "/dev/null"], 2, "holds no token"],
  ["a token in plain text", ["--server", "http://a", "--token-file", "/x"], 2, "plain text"],
  ["no datastore", ["--datastore", "etcd://"], 2, "--datastore:"],
])("%s is said", async (_what, args, exitCode, message) => {
  const ended = await run(["get", "hosts", ...args]);
  expect(ended).toMatchObject({ exitCode, stdout: "" });
  expect(ended.stderr).toContain(message);
});

test("a server that is not trusted, or does not trust, is said", async () => {
  const distrusted = await run(["get", "hosts", "--server", url]);
  expect(distrusted.exitCode).toBe(1);
  expect(distrusted.stderr).toContain(`TLS with ${url} fails`);
  const unknown = await run(["get", "hosts", "--server", url, "--ca", certificates.ca]);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toContain("say who you are with --token-file");
});

test("of a datastore that has moved it is said that things were so then", async () => {
  const [from, to] = [inDirectory("from.db"), inDirectory("to.db")];
  await run(["apply", "-f", "-", "--datastore", from], NETWORK);
  await run(["datastore", "migrate", "--from", from, "--to", to]);
  const { exitCode, stderr } = await run(["get", "tenants", "--datastore", from]);
  expect(stderr).toBe(
    `warning: the datastore has moved to ${to}; this is how it was when it moved\n`,
  );
  expect(exitCode).toBe(0);
  expect((await run(["get", "tenants", "--datastore", to])).stderr).toBe("");
});
