import { expect, test } from "vitest";
import { concernsHost } from "../../src/intent/host-concern.ts";
import { endpoint, host } from "../fixtures.ts";

test("of endpoints only those of the host concern it", () => {
  const key = "endpoints/red/web-1";
  expect(concernsHost("h1", key, endpoint("red", "web-1", "web", "h1", []))).toBe(true);
  expect(concernsHost("h1", key, endpoint("red", "web-1", "web", "h2", []))).toBe(false);
});

test("everything else concerns every host", () => {
  expect(concernsHost("h1", "hosts/h2", host("h2"))).toBe(true);
  expect(concernsHost("h1", "subnets/red/web", { spec: { host: "h2" } })).toBe(true);
});

test.each([[null], ["text"], [{}], [{ spec: null }], [{ spec: {} }], [{ spec: { host: 2 } }]])(
  "an endpoint that says nothing of a host concerns every host, so that somebody says so: %j",
  (value) => {
    expect(concernsHost("h1", "endpoints/red/web-1", value)).toBe(true);
  },
);
