import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NETWORK } from "../declared.ts";
import { run } from "../run.ts";

/** What `__complete` prints, without descriptions. */
async function complete(...words: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run(["__complete", "--", ...words]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

test.each([
  ["commands", ["de"], ["describe", "delete", "detach"]],
  ["subcommands", ["token", ""], ["create", "list", "revoke", "help"]],
  ["deeper ones", ["ipam", "sh"], ["show"]],
  ["kinds", ["get", "su"], ["subnets"]],
  ["kinds after a comma", ["get", "vrfs,su"], ["vrfs,subnets"]],
  ["kinds of explain", ["explain", "e"], ["endpoints"]],
  ["kinds beside KIND/NAME", ["get", "hosts/h1", "vr"], ["vrfs/"]],
  ["options", ["get", "ep", "--show"], ["--show-labels"]],
  ["values of an option", ["get", "ep", "-o", ""], ["table", "wide", "json", "yaml", "name"]],
  ["values after an equals sign", ["get", "--output=j"], ["--output=json"]],
  ["choices of an argument", ["completion", "f"], ["fish"]],
  ["conditions", ["wait", "ep/a", "--for", "de"], ["delete"]],
  ["files", ["apply", "-f", ""], [":files"]],
  ["files of credentials", ["get", "hosts", "--ca", "/e"], [":files"]],
  ["nothing where anything may stand", ["get", "-l", ""], []],
  ["nothing of an unknown option", ["get", "--nothing=x"], []],
  ["nothing without a kind that there is", ["get", "gadgets", ""], []],
  ["nothing without a tenant", ["get", "endpoints", ""], []],
])("%s are completed: %j", async (_what, words, expected) => {
  expect(await complete(...words)).toEqual(expected);
});

test("names come from where the line says", async () => {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-names-"));
  const datastore = `--datastore=${join(directory, "datastore.db")}`;
  await run(["apply", "-f", "-", datastore], NETWORK);
  expect(await complete("get", datastore, "hosts", "")).toEqual(["h1"]);
  expect(await complete("delete", datastore, "ep", "--namespace=red", "d")).toEqual(["db-1"]);
  expect(await complete("describe", datastore, "sn/red/")).toEqual(["sn/red/web"]);
  expect(await complete("label", datastore, "all", "-n", "blue", "")).toEqual([
    ...["main", "web", "web-1"],
  ]);
  expect(await complete("get", datastore, "ep", "-n", "")).toEqual(["blue", "red"]);
  rmSync(directory, { recursive: true });
});

test("what is hidden is not offered", async () => {
  expect(await complete("")).not.toContain("__complete");
  expect(await complete("_")).toEqual([]);
});

test("a server that is not there is no reason to say anything", async () => {
  expect(await complete("get", "hosts", "--socket", "/nonexistent.sock", "")).toEqual([]);
  expect(await complete("get", "hosts", "--server", "no-url", "")).toEqual([]);
  expect(await complete("get", "ep", "-n", "--socket", "/x", "--datastore", "/y", "")).toEqual([]);
});
