import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identityOfCertificate } from "../../src/access/client-certificate.ts";
import { Authority } from "./public-key-infrastructure.ts";

let authority: Authority;

beforeAll(() => {
  authority = new Authority("test");
});

afterAll(() => authority?.[Symbol.dispose]());

function verdictOf(subject: string, fault?: string, now: number = Date.now()) {
  const certificate = new X509Certificate(authority.client(subject).pem.cert);
  return identityOfCertificate(certificate, fault, now);
}

describe("identityOfCertificate", () => {
  test("takes the user from CN, the roles from every O, and no other group", () => {
    const subject = "/O=selvedge:tenant:red:admin/CN=alice/O=staff/O=selvedge:tenant:blue:viewer";
    expect(verdictOf(subject)).toMatchObject({
      kind: "good",
      identity: {
        user: "alice",
        how: "certificate",
        credential: expect.stringMatching(/^[0-9A-F]+$/),
        grants: [
          { role: "tenant-admin", tenant: "red" },
          { role: "tenant-viewer", tenant: "blue" },
        ],
      },
    });
  });

  test("takes a user without groups, who may do next to nothing", () => {
    expect(verdictOf("/CN=alice")).toMatchObject({ kind: "good", identity: { grants: [] } });
  });

  test.each([
    "/CN=alice\\/O=selvedge:operators",
    "/CN=alice+OU=selvedge:operators",
    "/CN=alice/OU=O=selvedge:operators",
    "/CN=alice, O=selvedge:operators",
  ])("finds no group in %s", (subject) => {
    expect(verdictOf(subject)).toMatchObject({ kind: "good", identity: { grants: [] } });
  });

  test.each(["/O=selvedge:operators", "/CN=alice/CN=bob", "/CN=alice\nroot"])(
    "takes no subject without one plain name: %j",
    (subject) => {
      expect(verdictOf(subject)).toMatchObject({ kind: "bad", reason: /one CN/ });
    },
  );

  test("takes none that TLS has a fault with, or that has expired since", () => {
    expect(verdictOf("/CN=alice", "UNABLE_TO_GET_ISSUER_CERT")).toEqual({
      kind: "bad",
      reason: "the server does not trust it: UNABLE_TO_GET_ISSUER_CERT",
    });
    const later = Date.now() + 30 * 86_400_000;
    expect(verdictOf("/CN=alice", undefined, later)).toMatchObject({ reason: /has expired/ });
  });
});
