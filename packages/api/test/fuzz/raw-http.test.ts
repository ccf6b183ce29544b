/** What is no HTTP, over TLS: refused or dropped, and the next one is served. */
import { connect } from "node:tls";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GuardedServer } from "../access/guarded-server.ts";

let server: GuardedServer;

beforeAll(async () => {
  server = await GuardedServer.start();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** What the server says before it closes, or before it goes quiet over what is sent. */
function send(octets: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const { pem: ca } = server.authority;
    const socket = connect({ host: "127.0.0.1", port: server.port, ca }, () => socket.end(octets));
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
}

test.each([
  [
    "a header of 64 KiB",
    `GET /livez HTTP/1.1\r\nx: ${"y".repeat(65_536)}\r\n\r\n`,
    /^HTTP\/1.1 431/,
  ],
  [
    "two lengths",
    "POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
    /^HTTP\/1.1 400/,
  ],
  [
    "a length and chunks",
    "POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    /^HTTP\/1.1 400/,
  ],
  ["a bare line feed", "GET /livez HTTP/1.1\nhost: x\n\n", /^HTTP\/1.1 400/],
  ["no host", "GET /livez HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400/],
  [
    "a path of another scheme",
    "GET http://evil/livez HTTP/1.1\r\nhost: x\r\n\r\n",
    /^HTTP\/1.1 [24]/,
  ],
  ["CONNECT", "CONNECT 10.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n", /^(HTTP\/1.1 [45].*)?$/s],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^(HTTP\/1.1 400.*)?$/s],
  ["nothing", "", /^$/],
])("%s", async (_, text, expected) => {
  expect(await send(Buffer.from(text, "latin1"))).toMatch(expected);
  expect((await server.call({}, "/livez")).code).toBe(200);
});

test("any octets", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (octets) => {
      expect(await send(octets)).not.toMatch(/^HTTP\/1.1 [25]/);
    }),
    { numRuns: 50 },
  );
  expect((await server.call({}, "/livez")).code).toBe(200);
  expect(server.internalErrors).toEqual([]);
});
