import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DatastoreLocation, openStore } from "../../src/index.ts";
import { openEngine } from "../../src/location.ts";
import { MARK } from "../../src/migration/mark.ts";
import { commit, Places, put } from "./stores.ts";
import { Writers } from "./writers.ts";

const PROGRAM = fileURLToPath(new URL("./migrating-process.ts", import.meta.url));
/** More than fit in two parts of a copy. */
const KEYS = 2500;

let places: Places;

beforeAll(async () => {
  places = await Places.make();
});

afterAll(() => places?.[Symbol.asyncDispose]());

function declared(location: DatastoreLocation): string {
  const { kind, ...fields } = location;
  return JSON.stringify(
    location.kind === "sqlite" ? { sqlite: location.path } : { [kind]: fields },
  );
}

async function isMarked(location: DatastoreLocation): Promise<boolean> {
  await using engine = openEngine(location);
  return (await engine.get(MARK)) !== undefined;
}

/** Runs the migration in a process of its own, which dies at its n-th commit; how many it made where it did not. */
async function run(from: DatastoreLocation, to: DatastoreLocation, mode: string, at: number) {
  const node = ["--conditions=@selvedge/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(
    process.execPath,
    [...node, PROGRAM, declared(from), declared(to), mode, String(at)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const [[code, signal], output, complaint] = await Promise.all([
    once(child, "exit"),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0 && signal !== "SIGKILL") throw new Error(complaint);
  return signal === "SIGKILL" ? undefined : Number(output);
}

describe("with writers in both stores all the time", () => {
  test.each([
    ["sqlite", "etcd", "before"],
    ["sqlite", "etcd", "sent"],
    ["etcd", "sqlite", "before"],
  ] as const)(
    "one from %s to %s that is killed at each of its commits (%s) goes on and loses no write",
    async (source, target, mode) => {
      let made: number | undefined;
      for (let at = 1; made === undefined; at++) {
        const [from, to] = [places.next(source), places.next(target)];
        {
          await using store = openStore(from);
          const keys = Array.from({ length: KEYS }, (_, index) => put(`kept/${index}`, "v"));
          await commit(store, put("counter", "0"), ...keys);
        }
        const writers = new Writers();
        writers.start("source", from);
        await writers.progress(3);
        made = await run(from, to, mode, at);
        // Without a mark it would be theirs, and no target any more.
        if (await isMarked(to)) writers.start("target", to);
        await run(from, to, "none", 0);
        writers.start("later", to);
        await writers.progress(3);
        await writers.end();
        expect(writers.codes.get("source")).toEqual(new Set(["moved"]));
        expect(writers.codes.get("later")).toEqual(new Set());
        await using store = openStore(to);
        expect(await writers.faultsIn(store)).toEqual([]);
        const page = await store.list("kept/", { limit: KEYS + 1 });
        expect(page).toHaveProperty("entries.length", KEYS);
      }
      // Three marks, three parts, the stop, what was written since, and the completion.
      expect(made).toBeGreaterThanOrEqual(8);
    },
    120_000,
  );
});
