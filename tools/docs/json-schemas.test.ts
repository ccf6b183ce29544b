import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { jsonSchemaFiles } from "./json-schemas.ts";

const root = resolve(import.meta.dirname, "../..");
const directory = join(root, "schemas/selvedge.dev/v1alpha1");
const files = jsonSchemaFiles();

test.each(files)(
  "$name is what the schemas say; after a change: npm test -- tools/docs -u",
  async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(join(directory, name));
  },
);

test("there are no other files beside them", () => {
  expect(readdirSync(directory).sort()).toEqual(files.map(({ name }) => name).sort());
});

test("every reference leads to one of the files", () => {
  const all = files.find(({ name }) => name === "all.json")?.text ?? "";
  const references = [...all.matchAll(/"\$ref": "\.\/([^"]+)"/g)].map(([, name]) => name);
  expect(references).toEqual(
    files.filter(({ name }) => name !== "all.json").map(({ name }) => name),
  );
});

const examples = readdirSync(join(root, "examples")).filter((name) => name.includes(".resources."));

test.each(examples)("examples/%s tells editors its schema in the first line", (name) => {
  const path = join(root, "examples", name);
  const [firstLine = ""] = readFileSync(path, "utf8").split("\n");
  const reference = /^# yaml-language-server: \$schema=(\S+)$/.exec(firstLine)?.[1] ?? "";
  expect(resolve(dirname(path), reference)).toBe(join(directory, "all.json"));
});
