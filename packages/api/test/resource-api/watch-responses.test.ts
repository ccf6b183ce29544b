import { once } from "node:events";
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WatchTexts } from "../../src/resource-api/resource-watch.ts";
import { WatchResponses } from "../../src/resource-api/watch-responses.ts";

let server: FastifyInstance;
let watches: WatchResponses;
let texts: WatchTexts;
let port: number;
/** Signals of the watches that have ended. */
let ended: AbortSignal[];

/** Says what it is given, and then waits until it is to end. */
function saying(...first: string[]): WatchTexts {
  return async function* (signal) {
    try {
      yield* first;
      if (!signal.aborted) await once(signal, "abort");
      yield "last\n";
    } finally {
      ended.push(signal);
    }
  };
}

beforeEach(async () => {
  ended = [];
  watches = new WatchResponses();
  server = Fastify({ forceCloseConnections: true });
  server.get("/", (request, reply) => {
    const { seconds } = request.query as { seconds?: string };
    watches.send(reply, texts, Number(seconds ?? 0));
    return reply;
  });
  server.addHook("preClose", () => watches.end());
  await server.listen({ host: "127.0.0.1", port: 0 });
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  port = address.port;
});

afterEach(() => server.close());

async function open(query = ""): Promise<[ClientRequest, IncomingMessage]> {
  const request = get(`http://127.0.0.1:${port}/${query}`);
  const [response] = await once(request, "response");
  return [request, response];
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

test("the head of a watch is there before there is anything to tell", async () => {
  texts = saying();
  const [request, response] = await open();
  expect(response.statusCode).toBe(200);
  expect(response.headers["content-type"]).toBe("application/json");
  request.destroy();
});

test("a watch ends for whoever reads it when its time is over", async () => {
  texts = saying("first\n");
  const [, response] = await open("?seconds=1");
  expect(await textOf(response)).toBe("first\nlast\n");
});

test("a watch ends in order when the server is closed", async () => {
  texts = saying("first\n");
  const [, response] = await open();
  const [text] = await Promise.all([textOf(response), server.close()]);
  expect(text).toBe("first\nlast\n");
  expect(ended).toHaveLength(1);
});

test("a watch whose client has gone is over", async () => {
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  texts = async function* (signal) {
    yield "first\n";
    await once(signal, "abort");
    isOver();
  };
  const [request] = await open();
  request.destroy();
  await over;
});

test("a client that does not read holds neither the server's memory nor its end", async () => {
  let said = 0;
  texts = async function* () {
    while (true) {
      said += 1;
      yield "x".repeat(1024 * 1024);
    }
  };
  const [, response] = await open();
  response.on("error", () => undefined);
  response.pause();
  // Once the socket is full nothing more is asked for.
  let before = -1;
  while (before !== said) {
    before = said;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(said).toBeLessThan(50);
  await server.close();
});

test("what goes wrong in the middle of a watch is its last event", async () => {
  // biome-ignore lint/correctness/useYield: it fails before it has said anything
  texts = async function* () {
    throw new Error("the store is gone");
  };
  const [, response] = await open();
  const event = JSON.parse(await textOf(response));
  expect(event).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 500 } });
});
