import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endpoint, NETWORK, tenant } from "../declared.ts";
import { run } from "../run.ts";

let directory: string;
let datastore: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-diff-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  await run(["apply", "-f", "-", ...datastore], NETWORK);
});

afterEach(() => rmSync(directory, { recursive: true }));

const diff = (text: string) => run(["diff", "-f", "-", ...datastore], text);

test("nothing is said, with exit code 0, where nothing would change", async () => {
  expect(await diff(NETWORK)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  const { stdout } = await run(["get", "selvedge", "-o", "yaml", ...datastore]);
  expect(await diff(stdout)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("what would change is a unified diff, without what nobody declares, with exit code 1", async () => {
  const { exitCode, stdout, stderr } = await diff(
    NETWORK.replace("gateway: [10.1.0.1]", "gateway: [10.1.0.254]"),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
  expect(stdout).toBe(`\
--- now/subnets/red/web
+++ then/subnets/red/web
@@ -7,6 +7,6 @@
   cidrs:
     - 10.1.0.0/24
   gateway:
-    - 10.1.0.1
+    - 10.1.0.254
   mode: routed
   vrf: main
`);
});

test("what would be new is there as a whole, with what would be given, and is not made", async () => {
  const { exitCode, stdout } = await diff(tenant("green"));
  expect(exitCode).toBe(1);
  expect(stdout).toContain("--- /dev/null\n+++ then/vrfs/green/main\n");
  expect(stdout).toContain("+  l3vni: 5002\n");
  expect((await run(["get", "tenant", "green", ...datastore])).exitCode).toBe(2);
});

test.each([
  ["a refusal", endpoint("red", "web-9", "10.9.0.9"), "<stdin>:5:"],
  ["a fault of the file", "kind: [", "<stdin>:1:"],
  ["no resource", "", "no resources in -"],
])("%s is exit code 2, so that nobody takes it for a difference", async (_what, text, message) => {
  const { exitCode, stdout, stderr } = await diff(text);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(message);
});
