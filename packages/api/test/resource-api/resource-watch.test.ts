import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ApiUnderTest,
  type CallOptions,
  callApi,
  type Method,
  ROOT,
  resource,
  startApi,
} from "./api-under-test.ts";

let api: ApiUnderTest;

beforeEach(async () => {
  api = await startApi();
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

const TENANTS = `${ROOT}/tenants`;
const call = (method: Method, url: string, options?: CallOptions) =>
  callApi(api, method, url, options);
const createTenant = (name: string) => call("POST", TENANTS, { body: resource("Tenant", name) });

describe("a watch", () => {
  /** The first `count` events as "TYPE name", or all that come before its end. */
  async function watched(path: string, count: number, during: () => Promise<unknown>) {
    await api.server.listen({ host: "127.0.0.1", port: 0 });
    const address = api.server.server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const controller = new AbortController();
    const changing = during();
    const response = await fetch(`http://127.0.0.1:${address.port}${path}`, {
      signal: controller.signal,
    });
    const seen: string[] = [];
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString("utf8");
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object } = JSON.parse(line);
        seen.push(`${type} ${object.metadata?.name ?? object.reason ?? object.kind}`);
      }
      if (seen.length >= count) break;
    }
    await changing;
    controller.abort();
    return seen;
  }

  test("tells what changes; what begins to match is added, what ends to is deleted", async () => {
    const { body } = await createTenant("a");
    const from = body.metadata.resourceVersion;
    const label = (labels: object) =>
      call("PATCH", `${TENANTS}/b`, { body: { metadata: { labels } } });
    const path = `${TENANTS}?watch=true&resourceVersion=${from}&labelSelector=on%3Dyes`;
    const seen = await watched(path, 3, async () => {
      await createTenant("b");
      await label({ on: "yes" });
      await label({ more: "x" });
      await label({ on: "no" });
    });
    expect(seen).toEqual(["ADDED b", "MODIFIED b", "DELETED b"]);
  });

  test("without a resourceVersion begins with what is there", async () => {
    await createTenant("a");
    await createTenant("b");
    const seen = await watched(`${TENANTS}?watch=1`, 2, async () => {});
    expect(seen).toEqual(["ADDED a", "ADDED b"]);
  });

  test("from a resourceVersion of the past tells what came after it", async () => {
    const { body } = await createTenant("a");
    await createTenant("b");
    await call("DELETE", `${TENANTS}/a`);
    const from = body.metadata.resourceVersion;
    const seen = await watched(`${TENANTS}?watch=1&resourceVersion=${from}`, 2, async () => {});
    expect(seen).toEqual(["ADDED b", "DELETED a"]);
  });

  test("ends after timeoutSeconds", async () => {
    const seen = await watched(`${TENANTS}?watch=1&timeoutSeconds=1`, 1, async () => {});
    expect(seen).toEqual([]);
  });

  test("says where it was, for those who take bookmarks", async () => {
    await createTenant("a");
    const { body } = await createTenant("b");
    const bookmark = {
      kind: "Tenant",
      metadata: { resourceVersion: body.metadata.resourceVersion },
    };
    const path = `${TENANTS}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&fieldSelector=metadata.name%3Da`;
    const { payload } = await api.server.inject(path);
    const events = payload
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([{ type: "ADDED" }, { type: "BOOKMARK", object: bookmark }]);
  });

  test("marks the end of what is there first", async () => {
    await createTenant("a");
    const query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersion=1";
    const seen = await watched(`${TENANTS}?${query}`, 2, async () => {});
    expect(seen).toEqual(["ADDED a", "BOOKMARK Tenant"]);
  });

  test("of changes that are no longer known has expired", async () => {
    const { body } = await createTenant("a");
    await createTenant("b");
    await using late = await startApi(api.store);
    const path = `${TENANTS}?watch=1&resourceVersion=${body.metadata.resourceVersion}`;
    const { payload } = await late.server.inject(path);
    expect(JSON.parse(payload)).toMatchObject({
      type: "ERROR",
      object: { kind: "Status", reason: "Expired", code: 410 },
    });
  });
});
