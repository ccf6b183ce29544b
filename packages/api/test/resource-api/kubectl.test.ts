/**
 * The stock kubectl as a client. It comes from no Debian package: where it is missing, a skipped test says what
 * was not tried, and resource-api.test.ts, which makes such requests itself, is what holds.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiUnderTest, startApi } from "./api-under-test.ts";

const MANIFEST = `apiVersion: selvedge.dev/v1alpha1
kind: Tenant
metadata: { name: red }
---
apiVersion: selvedge.dev/v1alpha1
kind: Host
metadata: { name: h1 }
spec: { address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }
---
apiVersion: selvedge.dev/v1alpha1
kind: Vrf
metadata: { name: main, namespace: red }
spec: {}
---
apiVersion: selvedge.dev/v1alpha1
kind: Subnet
metadata: { name: web, namespace: red }
spec: { vrf: main, cidrs: [10.1.0.0/24] }
---
apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata: { name: web-1, namespace: red, labels: { role: web } }
spec: { subnet: web, host: h1, addresses: [10.1.0.11] }
`;

function hasKubectl(): boolean {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

const isPresent = hasKubectl();

if (!isPresent) {
  test("the API was not tried with kubectl, which is not installed here", ({ skip }) => {
    skip("install kubectl 1.32 to try it");
  });
}

describe.runIf(isPresent)("kubectl", { timeout: 60_000 }, () => {
  let api: ApiUnderTest;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "selvedge-kubectl-"));
    api = await startApi();
    await api.server.listen({ host: "127.0.0.1", port: 0 });
    const address = api.server.server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "s", cluster: { server: `http://127.0.0.1:${address.port}` } }],
      contexts: [{ name: "s", context: { cluster: "s", user: "" } }],
      "current-context": "s",
    };
    writeFileSync(join(directory, "config"), JSON.stringify(config));
    writeFileSync(join(directory, "network.yaml"), MANIFEST);
  });

  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Its output, both streams, and how it ended. */
  function kubectl(...args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const env = { ...process.env, HOME: directory, KUBECONFIG: join(directory, "config") };
      execFile("kubectl", args, { env, cwd: directory }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, output: stdout + stderr });
      });
    });
  }

  // In this order: each goes on from what the one before has left.
  test.each([
    [
      "apply -f network.yaml",
      0,
      ["tenant.selvedge.dev/red created", "endpoint.selvedge.dev/web-1 created"],
    ],
    [
      "apply -f network.yaml",
      0,
      ["tenant.selvedge.dev/red unchanged", "vrf.selvedge.dev/main unchanged"],
    ],
    ["api-resources --no-headers", 0, ["endpoints", "ep", "selvedge.dev/v1alpha1", "true"]],
    ["get endpoints -n red", 0, ["NAME", "HOST", "ADDRESSES", "web-1", "10.1.0.11"]],
    ["get ep web-1 -n red -o wide", 0, ["MAC", "auto"]],
    ["get all -n red", 0, ["endpoint.selvedge.dev/web-1", "vrf.selvedge.dev/main"]],
    ["get endpoints -A -l role=web", 0, ["NAMESPACE", "red", "web-1"]],
    ["get endpoints -A -l role=db", 0, ["No resources found"]],
    ["get ep -n red -o jsonpath={.items[0].spec.host}", 0, ["h1"]],
    ["get vrf main -n red -o yaml", 0, ["l3vni: 5000", "resourceVersion:"]],
    ["explain subnets.spec", 0, ["cidrs", "a list of prefixes"]],
    ["label ep web-1 -n red tier=front", 0, ["endpoint.selvedge.dev/web-1 labeled"]],
    ["annotate ep web-1 -n red owner=me", 0, ["annotated"]],
    ["get ep -n red -l tier=front -o name", 0, ["endpoint.selvedge.dev/web-1"]],
    ['patch ep web-1 -n red --type=merge -p {"spec":{"addresses":["10.1.0.12"]}}', 0, ["patched"]],
    ["diff -f network.yaml", 1, ["10.1.0.12", "10.1.0.11"]],
    ["apply -f network.yaml --dry-run=server", 0, ["web-1 configured (server dry run)"]],
    ["apply -f network.yaml --server-side", 1, ["use `--server-side=false`"]],
    ["delete vrf main -n red", 1, ["subnets/red/web"]],
    ["get gadgets", 1, ["the server doesn't have a resource type"]],
    ["get tenant blue", 1, ['tenants.selvedge.dev "blue" not found']],
    ["delete -f network.yaml", 1, ["deleted"]],
  ] as const)("%s", async (command, code, parts) => {
    const ended = await kubectl(...command.split(" "));
    for (const part of parts) expect(ended.output).toContain(part);
    expect(ended.code, ended.output).toBe(code);
  });

  test("refuses a misspelt field with its path", async () => {
    const manifest = MANIFEST.replace("cidrs: [10.1.0.0/24]", "cidr: [10.1.0.0/24]");
    writeFileSync(join(directory, "wrong.yaml"), manifest);
    const { code, output } = await kubectl("apply", "-f", "wrong.yaml");
    expect(code).toBe(1);
    expect(output).toContain("cidr");
  });
});
