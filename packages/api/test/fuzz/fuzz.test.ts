/** The API asked anything: a bounded run with a fixed seed. `npm run fuzz -w @selvedge/api` goes on for longer. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FuzzedServer } from "./fuzzed-server.ts";
import { requests } from "./requests.ts";

let server: FuzzedServer;

beforeAll(async () => {
  server = await FuzzedServer.start();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("whatever is asked, nothing fails, nothing invalid is written, and nobody sees another's", {
  timeout: 120_000,
}, async () => {
  const batches = fc.array(requests(await server.openApi()), {
    minLength: 1,
    maxLength: 30,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(batches, async (batch) => {
      await server.askAll(batch);
    }),
    { numRuns: 150, seed: 20_260_601, interruptAfterTimeLimit: 100_000 },
  );
  // It has come to where the rules are, and did not only knock.
  for (const what of ["200", "201", "400", "401", "403", "404", "405", "409", "415", "422"]) {
    expect(server.seen.get(what) ?? 0, what).toBeGreaterThan(0);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    const what = `${method} that changed something`;
    expect(server.seen.get(what) ?? 0, what).toBeGreaterThan(0);
  }
});
