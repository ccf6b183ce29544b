import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AttachmentStore } from "../src/attachments.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "selvedge-attachments-"));
});

afterEach(() => rm(directory, { recursive: true }));

const attachment = { endpoint: "red/web-1", namespace: "w1", interface: "eth0" };

describe("the attachment store", () => {
  test("finds after a restart what was set before", async () => {
    const { store } = await AttachmentStore.open(directory);
    await store.set(attachment);
    const again = await AttachmentStore.open(directory);
    expect(again.store.get("red/web-1")).toEqual(attachment);
    expect(again.unreadable).toEqual([]);
  });

  test("forgets after a restart what was deleted before", async () => {
    const { store } = await AttachmentStore.open(directory);
    await store.set(attachment);
    expect(await store.delete("red/web-1")).toBe(true);
    expect(await store.delete("red/web-1")).toBe(false);
    const again = await AttachmentStore.open(directory);
    expect([...again.store.values()]).toEqual([]);
  });

  test("keeps equal names of two tenants apart", async () => {
    const { store } = await AttachmentStore.open(directory);
    await store.set(attachment);
    await store.set({ ...attachment, endpoint: "blue/web-1", namespace: "w2" });
    await store.delete("red/web-1");
    const again = await AttachmentStore.open(directory);
    expect([...again.store.values()].map(({ namespace }) => namespace)).toEqual(["w2"]);
  });

  test("reports a damaged file, keeps it and reads the others", async () => {
    const { store } = await AttachmentStore.open(directory);
    await store.set(attachment);
    await writeFile(join(directory, "red_web-2.json"), '{"endpoint":');
    const again = await AttachmentStore.open(directory);
    expect(again.store.get("red/web-1")).toEqual(attachment);
    expect(again.unreadable.map(({ path }) => path)).toEqual([join(directory, "red_web-2.json")]);
    expect(await readdir(directory)).toContain("red_web-2.json");
  });

  test("removes the draft of a process that died while it wrote", async () => {
    await writeFile(join(directory, "red_web-1.json.4711.draft"), '{"endp');
    const { store, unreadable } = await AttachmentStore.open(directory);
    expect([...store.values()]).toEqual([]);
    expect(unreadable).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  test("has nothing new after a write that failed", async () => {
    const { store } = await AttachmentStore.open(directory);
    await rm(directory, { recursive: true });
    await expect(store.set(attachment)).rejects.toThrow("ENOENT");
    expect(store.get("red/web-1")).toBeUndefined();
    await AttachmentStore.open(directory);
  });
});
