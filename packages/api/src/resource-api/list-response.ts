/**
 * Answers with lists. A long one is made and sent in slices, with turns of the event loop between them: the process has
 * sessions to keep, and a list of all endpoints of a cluster would take longer than they may wait.
 */
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import type { ListForm } from "./answer-form.ts";
import type { ResourcePage } from "./resource-list.ts";

/** Members in a slice: a millisecond or two. */
const SLICE = 250;

/** The document of a page. */
export function sendList(reply: FastifyReply, form: ListForm, { items }: ResourcePage): object {
  if (items.length <= SLICE) return { ...form.head, [form.field]: items.map(form.member) };
  const text = Readable.from(listSlices(form, items));
  return reply.type("application/json; charset=utf-8").send(text);
}

async function* listSlices(
  { head, field, member }: ListForm,
  items: ResourcePage["items"],
): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(field)}:[`;
  for (let from = 0; from < items.length; from += SLICE) {
    const slice = items.slice(from, from + SLICE).map((item) => JSON.stringify(member(item)));
    yield `${from === 0 ? "" : ","}${slice.join(",")}`;
    await nextTurn();
  }
  yield "]}";
}
