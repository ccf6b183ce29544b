import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTlsFiles, type TlsFiles } from "../../src/access/tls-files.ts";
import { Authority, type KeyPair } from "./public-key-infrastructure.ts";

let authority: Authority;
let server: KeyPair;
let other: KeyPair;
const now = Date.now();

beforeAll(() => {
  authority = new Authority("test");
  server = authority.server();
  other = authority.server();
});

afterAll(() => authority?.[Symbol.dispose]());

function files(more: Partial<TlsFiles> = {}): TlsFiles {
  const { certificate, key } = server;
  return { certificate, key, clientCa: authority.certificate, ...more };
}

function file(name: string, text: string): string {
  const path = join(authority.directory, name);
  writeFileSync(path, text);
  return path;
}

describe("readTlsFiles", () => {
  test("takes a certificate with its key and authorities", () => {
    expect(readTlsFiles(files(), now)).toMatchObject({
      kind: "usable",
      material: { cert: server.pem.cert, key: server.pem.key, ca: authority.pem },
    });
    expect(readTlsFiles(files({ clientCa: undefined }), now)).toMatchObject({
      material: { ca: undefined },
    });
  });

  test("takes a chain, and authorities one after the other", () => {
    const certificate = file("chain.pem", server.pem.cert + authority.pem);
    const clientCa = file("two.pem", `# ours\n${authority.pem}${authority.pem}`);
    expect(readTlsFiles(files({ certificate, clientCa }), now).kind).toBe("usable");
  });

  test.each<[string, () => Partial<TlsFiles>, keyof TlsFiles, string]>([
    ["a missing certificate", () => ({ certificate: "/nowhere/a.pem" }), "certificate", "ENOENT"],
    ["a missing key", () => ({ key: "/nowhere/a.key" }), "key", "no such file"],
    ["no certificate", () => ({ certificate: server.key }), "certificate", "no certificate in PEM"],
    ["another's key", () => ({ key: other.key }), "key", "is not the key of"],
    ["no key", () => ({ key: server.certificate }), "key", "is no private key"],
    ["no authority", () => ({ clientCa: server.certificate }), "clientCa", "(CA:TRUE)"],
    [
      "a torn certificate",
      () => ({ certificate: file("torn.pem", server.pem.cert.replace(/\n.{8}/, "\n")) }),
      "certificate",
      "cannot be read",
    ],
  ])("says what is wrong: %s", (_, more, field, reason) => {
    const verdict = readTlsFiles(files(more()), now);
    expect(verdict).toMatchObject({ kind: "unusable", field });
    expect(JSON.stringify(verdict)).toContain(reason);
  });

  test.each([
    [31, "the certificate of CN=selvedge has expired at"],
    [20, "the certificate of CN=selvedge expires at"],
    [-1, "is not valid before"],
  ])("warns of times, %i days from now", (days, warning) => {
    const verdict = readTlsFiles(files(), now + days * 86_400_000);
    expect(JSON.stringify(verdict)).toContain(warning);
    expect(verdict.kind).toBe("usable");
  });

  test("warns of a certificate that names no address", () => {
    const { certificate, key } = authority.server({ extensions: [] });
    const verdict = readTlsFiles(files({ certificate, key }), now);
    expect(JSON.stringify(verdict)).toContain("has no subjectAltName");
  });
});
