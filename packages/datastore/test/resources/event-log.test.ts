import { parseResource, type Resource } from "@selvedge/resources";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventLog } from "../../src/resources/event-log.ts";

const parsed = parseResource({
  apiVersion: "selvedge.dev/v1alpha1",
  kind: "Tenant",
  metadata: { name: "red" },
});
if (parsed.kind === "refused") throw new Error("no tenant");
const resource: Resource = parsed.resource;

function logged(revision: number) {
  return { kind: "put", key: "tenants/red", revision, resource } as const;
}

/** The revisions of the first `count` events after `revision`, "gone" among them. */
async function read(log: EventLog, revision: number, count: number): Promise<(number | "gone")[]> {
  const seen: (number | "gone")[] = [];
  if (count === 0) return seen;
  for await (const told of log.after(revision, new AbortController().signal)) {
    if (told.kind === "gone") seen.push("gone");
    else seen.push(...told.events.map((event) => event.revision));
    if (seen.length >= count) break;
  }
  return seen;
}

test("a reader gets what came after its revision, wherever that is", async () => {
  const commits = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(commits, fc.nat(25), async (sizes, from) => {
      const log = new EventLog();
      log.begin(0);
      const revisions = sizes.flatMap((size, index) => Array(size).fill(index + 1));
      for (const revision of revisions) log.append(logged(revision));
      const wanted = revisions.filter((revision) => revision > from);
      expect(await read(log, from, wanted.length)).toEqual(wanted);
    }),
  );
});

test("what was before the log began is gone", async () => {
  const log = new EventLog();
  log.begin(5);
  expect(await read(log, 4, 2)).toEqual(["gone"]);
  log.append(logged(6));
  expect(await read(log, 5, 1)).toEqual([6]);
});

test("a log that has not begun knows nothing", async () => {
  expect(await read(new EventLog(), 1_000, 2)).toEqual(["gone"]);
});

test("of more events than are kept the oldest are gone, also for a slow reader", async () => {
  const log = new EventLog(10);
  log.begin(0);
  const slow = log.after(0, new AbortController().signal);
  log.append(logged(1));
  expect((await slow.next()).value).toMatchObject({ events: [{ revision: 1 }] });
  for (let revision = 2; revision <= 100; revision++) log.append(logged(revision));
  expect((await slow.next()).value).toEqual({ kind: "gone" });
  expect((await slow.next()).done).toBe(true);
  expect(await read(log, 50, 2)).toEqual(["gone"]);
  expect(await read(log, 98, 2)).toEqual([99, 100]);
});

test("a reader waits for what is published, and ends when its signal aborts", async () => {
  const log = new EventLog();
  log.begin(0);
  const controller = new AbortController();
  const events = log.after(0, controller.signal);
  const first = events.next();
  log.append(logged(1));
  log.append(logged(1));
  log.publish();
  expect((await first).value).toMatchObject({ events: [{ revision: 1 }, { revision: 1 }] });
  const second = events.next();
  controller.abort();
  expect((await second).done).toBe(true);
});
