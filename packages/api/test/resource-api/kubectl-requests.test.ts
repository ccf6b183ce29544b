/** What kubectl has sent to the API (kubectl.test.ts), sent again in the same order, with or without a kubectl. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiUnderTest, startApi } from "./api-under-test.ts";
import { readRecording } from "./recorded-requests.ts";

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

test.each(readRecording())(
  "$method $url is $status",
  async ({ method, url, accept, type, body, status }) => {
    const answer = await api.server.inject({
      method,
      url,
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(body === undefined ? {} : { payload: body }),
    });
    expect(answer.statusCode, answer.payload).toBe(status);
  },
);
