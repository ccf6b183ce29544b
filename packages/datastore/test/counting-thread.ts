/** What the tests of store-thread.ts have done in a thread: counts keys, without end when that is asked for. */
import { setTimeout as pause } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { answerFromThread, openSqliteStore } from "../src/index.ts";

const { path, isEndless, isSilent }: { path: string; isEndless: boolean; isSilent: boolean } =
  workerData;

if (isSilent) process.exit();
await answerFromThread(async () => {
  await using store = openSqliteStore(path);
  const page = await store.list("");
  while (isEndless) await pause(1000);
  return page.kind === "page" ? page.entries.length : undefined;
});
