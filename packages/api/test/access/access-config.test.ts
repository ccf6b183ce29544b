import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUDIT_FILE, accessConfigSchema } from "../../src/access/access-config.ts";
import { Authority, type KeyPair } from "./public-key-infrastructure.ts";

let authority: Authority;
let server: KeyPair;

beforeAll(() => {
  authority = new Authority("test");
  server = authority.server();
});

afterAll(() => authority?.[Symbol.dispose]());

function complete() {
  const { certificate, key } = server;
  return { listen: "127.0.0.1:6443", certificate, key, clientCa: authority.certificate };
}

function faults(value: object): string[] {
  const parsed = accessConfigSchema.safeParse(value);
  const issues = parsed.error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the configuration of access", () => {
  test("is the unix socket and an audit log, where nothing is said", () => {
    expect(accessConfigSchema.parse({})).toEqual({
      tls: undefined,
      audit: { file: AUDIT_FILE, required: false },
    });
  });

  test("takes a listener with client certificates, tokens or both", () => {
    expect(accessConfigSchema.parse({ ...complete(), tokens: "/t", audit: { file: "-" } })).toEqual(
      {
        tls: { ...complete(), listen: { host: "127.0.0.1", port: 6443 }, tokens: "/t" },
        audit: { file: "-", required: false },
      },
    );
    const { clientCa: _, ...rest } = complete();
    expect(faults({ ...rest, tokens: "/t" })).toEqual([]);
  });

  test.each<[object, string]>([
    [{ listen: "localhost:6443" }, 'listen: "localhost:6443" is no address and port'],
    [{ tokens: "/t" }, "tokens: is for TLS; write listen"],
    [{ listen: "0.0.0.0:6443" }, "certificate: is missing"],
    [{ audit: { requird: true } }, "audit"],
  ])("says what is wrong with %j", (value, fault) => {
    expect(faults(value).join("\n")).toContain(fault);
  });

  test("says what is wrong with its files", () => {
    const { clientCa: _, ...nobody } = complete();
    expect(faults(nobody)).toEqual([
      "listen: nobody could come in; write clientCa or tokens, or both",
    ]);
    expect(faults({ ...complete(), key: authority.certificate })).toEqual([
      expect.stringContaining("key: "),
    ]);
  });
});
