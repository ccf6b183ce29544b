/** The thread of one question about addresses; see ipam-thread.ts. */
import { workerData } from "node:worker_threads";
import { answerFromThread, openStore, ResourceStore } from "@selvedge/datastore";
import { answerQuestion } from "./answer-question.ts";
import type { ThreadQuestion } from "./ipam-thread.ts";

/** What its maker has passed, which is of this same program. */
const { location, question }: ThreadQuestion = workerData;

await answerFromThread(async () => {
  await using store = openStore(location);
  const resources = async () => (await new ResourceStore(store).snapshot()).resources;
  return await answerQuestion(store, resources, question);
});
