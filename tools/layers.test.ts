/** Who may import whom: the written table against every package.json and tsconfig of packages/. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const PACKAGES = join(dirname(dirname(fileURLToPath(import.meta.url))), "packages");

/** Each package and the packages it may import. An arrow that is not here does not exist. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  net: [],
  resources: ["net"],
  datastore: ["resources"],
  ipam: ["datastore", "net", "resources"],
  netlink: ["net"],
  "tcp-socket": ["net", "netlink"],
  "path-mtu": ["net", "netlink"],
  "bgp-evpn": ["net", "tcp-socket"],
  "vxlan-dataplane": ["net", "netlink"],
  api: ["datastore", "ipam", "net", "resources"],
  agent: [
    "api",
    "bgp-evpn",
    "datastore",
    "ipam",
    "net",
    "netlink",
    "path-mtu",
    "resources",
    "vxlan-dataplane",
  ],
  cli: ["api", "bgp-evpn", "datastore", "ipam", "net", "resources"],
};

const packageSchema = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
const tsconfigSchema = z.object({
  references: z.array(z.object({ path: z.string() })).default([]),
});

function readJson<S extends z.ZodType>(path: string, schema: S): z.infer<S> {
  return schema.parse(JSON.parse(readFileSync(path, "utf8")));
}

/** The packages that a tsconfig refers to by `../NAME` or `../NAME/tsconfig.build.json`. */
function referencedPackages(name: string, file: string): string[] {
  return readJson(join(PACKAGES, name, file), tsconfigSchema)
    .references.map((reference) => /^\.\.\/([^/]+)/.exec(reference.path)?.[1])
    .filter((referenced) => referenced !== undefined)
    .sort();
}

test("every package is in the table", () => {
  expect(readdirSync(PACKAGES).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test("no arrows form a cycle", () => {
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    expect(path, `cycle through ${name}`).not.toContain(name);
    if (finished.has(name)) return;
    for (const imported of MAY_IMPORT[name] ?? []) visit(imported, [...path, name]);
    finished.add(name);
  };
  for (const name of Object.keys(MAY_IMPORT)) visit(name, []);
});

describe.each(Object.entries(MAY_IMPORT))("%s", (name, allowed) => {
  const manifest = readJson(join(PACKAGES, name, "package.json"), packageSchema);
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((dependency) => dependency.startsWith("@selvedge/"))
    .map((dependency) => dependency.slice("@selvedge/".length))
    .sort();

  test("has the name of its folder", () => {
    expect(manifest.name).toBe(`@selvedge/${name}`);
  });

  test("depends on no package that the table does not allow", () => {
    expect(declared.filter((dependency) => !allowed.includes(dependency))).toEqual([]);
  });

  test("lets the compiler see exactly the packages it depends on", () => {
    expect(referencedPackages(name, "tsconfig.build.json")).toEqual(declared);
    expect(referencedPackages(name, "tsconfig.json")).toEqual(declared);
  });
});
