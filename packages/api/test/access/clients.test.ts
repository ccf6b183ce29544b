/**
 * The stock clients, curl and kubectl, with a client certificate and with a token, as docs/access.md shows them. Where
 * one is missing, a skipped test says what was not tried; the other tests make such requests themselves.
 */
import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuardedServer, ROOT } from "./guarded-server.ts";
import { parsed } from "./resources-of-two-tenants.ts";

let server: GuardedServer;
let token: string;

beforeAll(async () => {
  server = await GuardedServer.start();
  await server.declare(
    parsed({ kind: "Tenant", metadata: { name: "red" } }),
    parsed({ kind: "Tenant", metadata: { name: "blue" } }),
    parsed({ kind: "Vrf", metadata: { name: "main", namespace: "red" } }),
  );
  token = await server.token("bob", ["selvedge:tenant:red:viewer"]);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function isThere(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** Both streams, and how it ended. */
function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const { directory } = server.authority;
    const env = { ...process.env, HOME: directory, KUBECONFIG: join(directory, "kubeconfig") };
    execFile(command, args, { env, cwd: directory }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

const hasCurl = isThere("curl", "--version");
const hasKubectl = isThere("kubectl", "version", "--client");

for (const [name, isPresent] of [
  ["curl", hasCurl],
  ["kubectl", hasKubectl],
] as const) {
  if (isPresent) continue;
  test(`access was not tried with ${name}, which is not installed here`, ({ skip }) => {
    skip(`install ${name} to try it`);
  });
}

describe.runIf(hasCurl)("curl", () => {
  const curl = (...args: readonly string[]) =>
    run("curl", ["-sS", "--cacert", server.authority.certificate, ...args]);
  const url = (path: string) => `https://127.0.0.1:${server.port}${path}`;

  test("comes in with a certificate", async () => {
    const { certificate, key } = server.authority.client("/CN=olga/O=selvedge:operators");
    const { output } = await curl("--cert", certificate, "--key", key, url(`${ROOT}/tenants`));
    expect(output).toContain('"TenantList"');
  });

  test("comes in with a token, and not without", async () => {
    const vrfs = url(`${ROOT}/namespaces/red/vrfs`);
    const { output } = await curl("-H", `Authorization: Bearer ${token}`, vrfs);
    expect(output).toContain('"main"');
    expect((await curl(vrfs)).output).toContain("show a client certificate or a bearer token");
  });
});

describe.runIf(hasKubectl)("kubectl", { timeout: 60_000 }, () => {
  beforeAll(() => {
    const { authority, port } = server;
    const alice = authority.client("/CN=alice/O=selvedge:tenant:red:admin");
    const olga = authority.client("/CN=olga/O=selvedge:operators");
    const user = ({ certificate, key }: typeof alice) => ({
      "client-certificate": certificate,
      "client-key": key,
    });
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "selvedge",
          cluster: {
            server: `https://127.0.0.1:${port}`,
            "certificate-authority": authority.certificate,
          },
        },
      ],
      users: [
        { name: "alice", user: user(alice) },
        { name: "olga", user: user(olga) },
        { name: "bob", user: { token } },
      ],
      contexts: ["alice", "olga", "bob"].map((name) => ({
        name,
        context: { cluster: "selvedge", user: name, namespace: "red" },
      })),
    };
    writeFileSync(join(authority.directory, "kubeconfig"), JSON.stringify(config));
    const subnet = {
      apiVersion: "selvedge.dev/v1alpha1",
      kind: "Subnet",
      metadata: { name: "web", namespace: "red" },
      spec: { vrf: "main", cidrs: ["10.1.0.0/24"] },
    };
    writeFileSync(join(authority.directory, "subnet.yaml"), JSON.stringify(subnet));
  });

  // In this order: each goes on from what the one before has left.
  test.each([
    ["alice", "apply -f subnet.yaml", 0, ["subnet.selvedge.dev/web created"]],
    ["alice", "apply -f subnet.yaml", 0, ["subnet.selvedge.dev/web unchanged"]],
    ["alice", "get vrf,subnet", 0, ["vrf.selvedge.dev/main", "10.1.0.0/24"]],
    ["alice", "get tenant red", 0, ["red"]],
    ["alice", "get tenants", 1, ['user "alice" cannot list resource "tenants" over all tenants']],
    ["alice", "get subnets -A", 1, ["Forbidden", 'cannot list resource "subnets"']],
    ["alice", "get subnets -n blue", 1, ["Forbidden", 'in the tenant "blue"']],
    ["alice", "explain vrf.spec", 0, ["l3vni"]],
    ["bob", "get subnet web -o name", 0, ["subnet.selvedge.dev/web"]],
    ["bob", "label subnet web a=b", 1, ['user "bob" cannot patch resource "subnets"']],
    ["bob", "delete subnet web", 1, ['user "bob" cannot delete resource "subnets"']],
    ["bob", "get subnets --as olga", 1, ["act as somebody else"]],
    ["olga", "get tenants -o name", 0, ["tenant.selvedge.dev/blue", "tenant.selvedge.dev/red"]],
    ["olga", "get vrf main -o jsonpath={.spec.l3vni}", 0, ["5000"]],
    ["alice", "delete subnet web", 0, ["deleted"]],
  ] as const)("%s: %s", async (user, command, code, parts) => {
    const ended = await run("kubectl", ["--context", user, ...command.split(" ")]);
    for (const part of parts) expect(ended.output).toContain(part);
    expect(ended.code, ended.output).toBe(code);
  });
});
