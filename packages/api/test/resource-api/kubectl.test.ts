/**
 * The stock kubectl as a client. It comes from no Debian package: where it is missing, a test says so, and what it has
 * sent elsewhere is sent by kubectl-requests.test.ts.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiUnderTest, startApi } from "./api-under-test.ts";
import { isRepeatable, RECORDING, type RecordedRequest, recordOf } from "./recorded-requests.ts";

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

const GENERATED = `apiVersion: selvedge.dev/v1alpha1
kind: Tenant
metadata: { generateName: t- }
`;

const WRONG = `apiVersion: selvedge.dev/v1alpha1
kind: Vrf
metadata: { name: other, namespace: red }
spec: { l3vnii: 7, l3vni: 6000 }
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
  test("the API is tried with what kubectl has sent, by kubectl-requests.test.ts: kubectl is not installed here", () => {
    expect(existsSync(RECORDING)).toBe(true);
  });
}

describe.runIf(isPresent)("kubectl", { timeout: 60_000 }, () => {
  let api: ApiUnderTest;
  let directory: string;
  const recorded: RecordedRequest[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "selvedge-kubectl-"));
    api = await startApi();
    api.server.addHook("onResponse", (request, reply, done) => {
      recorded.push(recordOf(request, reply.statusCode));
      done();
    });
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
    writeFileSync(join(directory, "generated.yaml"), GENERATED);
    writeFileSync(join(directory, "wrong.yaml"), WRONG);
  });

  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  function environment() {
    const env = {
      ...process.env,
      HOME: directory,
      KUBECONFIG: join(directory, "config"),
      // What `edit` makes of a resource.
      KUBE_EDITOR: "sed -i s/10.1.0.12/10.1.0.13/",
    };
    return { env, cwd: directory };
  }

  /** Its output, both streams, and how it ended. */
  function kubectl(...args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      execFile("kubectl", args, environment(), (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, output: stdout + stderr });
      });
    });
  }

  // In this order: each goes on from what the one before has left.
  test.each<readonly [command: string, code: number, parts: readonly string[]]>([
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
    ["version", 0, ["Server Version: v1.32"]],
    ["api-versions", 0, ["selvedge.dev/v1alpha1"]],
    ["api-resources --no-headers", 0, ["endpoints", "ep", "selvedge.dev/v1alpha1", "true"]],
    // Tables
    ["get endpoints -n red", 0, ["NAME", "HOST", "ADDRESSES", "AGE", "web-1", "10.1.0.11"]],
    ["get ep web-1 -n red -o wide", 0, ["MAC", "auto"]],
    ["get ep -n red --show-labels --sort-by=.spec.host", 0, ["role=web"]],
    ["get hosts -o wide", 0, ["ROUTER-ID", "vtep", "10.0.1.1"]],
    ["get vrf,subnet -A", 0, ["vrf.selvedge.dev/main", "subnet.selvedge.dev/web"]],
    ["get all -n red", 0, ["endpoint.selvedge.dev/web-1", "vrf.selvedge.dev/main"]],
    ["get selvedge -A", 0, ["tenant.selvedge.dev/red", "host.selvedge.dev/h1"]],
    ["get vrf main -n red --subresource=status", 0, ["main", "5000"]],
    // Selectors
    ["get endpoints -A -l role=web", 0, ["NAMESPACE", "red", "web-1"]],
    ["get endpoints -A -l role=db", 0, ["No resources found"]],
    ["get ep -n red --field-selector spec.host=h1,spec.subnet!=db -o name", 0, ["web-1"]],
    ["get ep -n red --field-selector spec.colour=red", 1, ["the fields are", "spec.host"]],
    // Documents
    ["get ep -n red -o jsonpath={.items[0].spec.host}", 0, ["h1"]],
    ["get ep -n red -o custom-columns=A:.spec.addresses", 0, ["[10.1.0.11]"]],
    ["get vrf main -n red -o yaml", 0, ["l3vni: 5000", "resourceVersion:"]],
    ["describe subnet web -n red", 0, ["Cidrs:", "10.1.0.0/24"]],
    ["explain subnets.spec", 0, ["cidrs", "a list of prefixes"]],
    ["explain vrf", 0, ["one routing domain of a tenant"]],
    ["explain endpoints --recursive", 0, ["addresses", "metadata", "labels"]],
    // Changes
    ["label ep web-1 -n red tier=front", 0, ["endpoint.selvedge.dev/web-1 labeled"]],
    ["annotate ep web-1 -n red owner=me", 0, ["annotated"]],
    ["get ep -n red -l tier=front -o name", 0, ["endpoint.selvedge.dev/web-1"]],
    ["label ep web-1 -n red tier-", 0, ["unlabeled"]],
    ['patch ep web-1 -n red --type=merge -p {"spec":{"addresses":["10.1.0.12"]}}', 0, ["patched"]],
    [
      'patch ep web-1 -n red --type=json -p [{"op":"test","path":"/spec/host","value":"h9"}]',
      1,
      ['The Endpoint "web-1" is invalid: patch: operation 0 (test)'],
    ],
    [
      'patch ep web-1 -n red --type=json -p [{"op":"add","path":"/metadata/labels/a","value":"b"}]',
      0,
      ["patched"],
    ],
    ['patch ep web-1 -n red -p {"spec":{}}', 1, ["use `--type=merge` or `--type=json`"]],
    ['patch ep web-1 -n red --type=merge -p {"spec":{"host":"h9"}}', 1, ['no Host "h9"']],
    ['patch vrf main -n red --subresource=status --type=merge -p {"status":{}}', 1, ["only GET"]],
    ["edit ep web-1 -n red", 0, ["endpoint.selvedge.dev/web-1 edited"]],
    ["get ep web-1 -n red -o jsonpath={.spec.addresses[0]}", 0, ["10.1.0.13"]],
    ["diff -f network.yaml", 1, ["10.1.0.13", "10.1.0.11"]],
    ["apply -f network.yaml --dry-run=server", 0, ["web-1 configured (server dry run)"]],
    ["apply -f network.yaml --server-side", 1, ["use `--server-side=false`"]],
    ["apply -f network.yaml", 0, ["web-1 configured", "vrf.selvedge.dev/main unchanged"]],
    ["diff -f network.yaml", 0, []],
    ["replace -f network.yaml", 0, ["endpoint.selvedge.dev/web-1 replaced"]],
    ["create -f network.yaml", 1, ['endpoints.selvedge.dev "web-1" already exists']],
    ["create -f generated.yaml", 0, ["tenant.selvedge.dev/t-"]],
    // Validation
    ["apply -f wrong.yaml", 1, ['The Vrf "other" is invalid: spec.l3vnii: unknown field']],
    ["apply -f wrong.yaml --validate=warn --dry-run=server", 0, ["Warning: unknown field"]],
    ["apply -f wrong.yaml --validate=ignore", 0, ["vrf.selvedge.dev/other created"]],
    // Waiting
    ["wait ep/web-1 -n red --for=jsonpath={.spec.host}=h1 --timeout=5s", 0, ["condition met"]],
    ["wait ep/web-1 -n red --for=delete --timeout=1s", 1, ["timed out waiting"]],
    // What is not there
    ["get gadgets", 1, ["the server doesn't have a resource type"]],
    ["get tenant blue", 1, ['tenants.selvedge.dev "blue" not found']],
    ["get ep nobody -n red", 1, ['endpoints.selvedge.dev "nobody" not found']],
    ["get ep web-1 -n blue", 1, ['namespaces "blue" not found']],
    // Deletion
    ["delete vrf main -n red", 1, ["Conflict", "subnets/red/web"]],
    ["delete ep -l role=web -n red --dry-run=server", 0, ["deleted (server dry run)"]],
    ["get ep -n red --chunk-size=1", 0, ["web-1"]],
    ["delete -f network.yaml", 1, ["is still used by", 'endpoint.selvedge.dev "web-1" deleted']],
    ["delete subnet web -n red", 0, ['subnet.selvedge.dev "web" deleted']],
    ["delete vrf --all -n red", 0, ['"main" deleted', '"other" deleted']],
    ["delete tenants --all", 0, ['tenant.selvedge.dev "red" deleted']],
    ["delete hosts --all", 0, ['host.selvedge.dev "h1" deleted']],
    ["get selvedge -A", 0, ["No resources found"]],
  ])("%s", async (command, code, parts) => {
    const ended = await kubectl(...command.split(" "));
    for (const part of parts) expect(ended.output).toContain(part);
    expect(ended.code, ended.output).toBe(code);
  });

  test("has asked what is recorded, which kubectl-requests.test.ts asks where there is no kubectl", async () => {
    const lines = recorded.filter(isRepeatable).map((request) => JSON.stringify(request));
    // After a change of the table above: npx vitest run --project @selvedge/api test/resource-api/kubectl.test.ts -u
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(RECORDING);
  });

  test("get -w tells of changes as they come", async () => {
    const watching = spawn(
      "kubectl",
      ["get", "tenants", "-w", "--output-watch-events"],
      environment(),
    );
    try {
      const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
      const next = async () => (await lines.next()).value?.split(/\s+/).slice(0, 2).join(" ");
      await kubectl("create", "-f", "generated.yaml");
      expect(await next()).toBe("EVENT NAME");
      expect(await next()).toMatch(/^ADDED t-/);
      await kubectl("label", "tenants", "--all", "a=b");
      expect(await next()).toMatch(/^MODIFIED t-/);
      await kubectl("delete", "tenants", "--all");
      expect(await next()).toMatch(/^DELETED t-/);
    } finally {
      watching.kill();
    }
  });

  test("delete waits until the last finalizer is gone", async () => {
    const held =
      "apiVersion: selvedge.dev/v1alpha1\nkind: Tenant\nmetadata: { name: held, finalizers: [example.com/hold] }\n";
    writeFileSync(join(directory, "held.yaml"), held);
    await kubectl("apply", "-f", "held.yaml");
    const deleting = kubectl("delete", "tenant", "held");
    const going = await kubectl(
      "wait",
      "tenant/held",
      "--for=jsonpath={.metadata.deletionTimestamp}",
      "--timeout=20s",
    );
    expect(going).toMatchObject({ code: 0 });
    const patch = '{"metadata":{"finalizers":[]}}';
    expect(await kubectl("patch", "tenant", "held", "--type=merge", "-p", patch)).toMatchObject({
      code: 0,
    });
    expect(await deleting).toMatchObject({ code: 0 });
    expect(await kubectl("get", "tenant", "held")).toMatchObject({ code: 1 });
  });
});
