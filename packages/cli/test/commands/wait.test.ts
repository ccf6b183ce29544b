import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endpoint, NETWORK } from "../declared.ts";
import { run, start } from "../run.ts";

let directory: string;
let datastore: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-wait-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  await run(["apply", "-f", "-", ...datastore], NETWORK);
});

afterEach(() => rmSync(directory, { recursive: true }));

const wait = (...args: readonly string[]) => run(["wait", ...args, ...datastore]);
const web1 = ["endpoint/web-1", "-n", "red"];

test("what is so already ends it", async () => {
  expect(await wait(...web1, "--for", "jsonpath={.spec.host}=h1")).toEqual({
    exitCode: 0,
    stdout: "endpoints/red/web-1 condition met\n",
    stderr: "",
  });
  expect(await wait("ep/web-9", "-n", "red", "--for", "delete", "--timeout", "0")).toMatchObject({
    exitCode: 0,
    stdout: "endpoints/red/web-9 deleted\n",
  });
});

test("what becomes so ends it", async () => {
  const gone = start(["wait", ...web1, "--for=delete", ...datastore]);
  const made = start(["wait", "ep/new", "-n", "red", "--for=create", ...datastore]);
  await run(["delete", "ep", "web-1", "-n", "red", ...datastore]);
  await run(["apply", "-f", "-", ...datastore], endpoint("red", "new", "10.1.0.99"));
  expect((await gone.stop()).stdout).toBe("endpoints/red/web-1 deleted\n");
  expect((await made.stop()).stdout).toBe("endpoints/red/new condition met\n");
});

test("the end of the time is exit code 3, and 4 where others were in time", async () => {
  const host = ["--for", "jsonpath={.spec.host}=h2", "--timeout", "50ms"];
  expect(await wait(...web1, ...host)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("timed out waiting for endpoints/red/web-1 to be jsonpath"),
  });
  const address = ["--for", "jsonpath={.spec.addresses[0]}=10.1.0.11", "--timeout", "0"];
  expect(await wait("ep", "-l", "role=web", "-n", "red", ...address)).toMatchObject({
    exitCode: 4,
    stdout: "endpoints/red/web-1 condition met\n",
  });
});

test.each([
  [
    ["ep/web-9", "-n", "red", "--for", "condition=Ready"],
    'endpoints.selvedge.dev "web-9" not found',
  ],
  [["ep", "-l", "role=none", "-n", "red", "--for", "delete"], "nothing that the selector is for"],
  [["ep", "-n", "red", "--for", "delete"], "name them, or select them"],
  [["ep/web-1", "-n", "red"], "--for"],
  [["ep/web-1", "-n", "red", "--for", "soon"], "write delete, create"],
  [["ep/web-1", "-n", "red", "--for", "delete", "--timeout", "soon"], "write 30s, 1m30s or 2h"],
])("%j is exit code 2", async (args, message) => {
  const ended = await wait(...args);
  expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ended.stderr).toContain(message);
});
