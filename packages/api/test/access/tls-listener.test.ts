/** Credentials over real TLS: which are taken, which are not and why, and what a change of the files does. */
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTokenFile } from "../../src/index.ts";
import { type Credentials, GuardedServer, ROOT } from "./guarded-server.ts";
import { Authority } from "./public-key-infrastructure.ts";
import { parsed } from "./resources-of-two-tenants.ts";

const OPERATOR = "/CN=olga/O=selvedge:operators";
const RED_ADMIN = "/CN=alice/O=selvedge:tenant:red:admin";
const RED = `${ROOT}/tenants/red`;

let server: GuardedServer;

beforeEach(async () => {
  server = await GuardedServer.start();
  await server.declare(parsed({ kind: "Tenant", metadata: { name: "red" } }));
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  expect(server.internalErrors).toEqual([]);
});

describe("client certificates", () => {
  test("make an operator, and a tenant's people", async () => {
    const olga = { certificate: server.authority.client(OPERATOR) };
    const alice = { certificate: server.authority.client(RED_ADMIN) };
    expect((await server.call(olga, `${ROOT}/hosts`)).code).toBe(200);
    expect((await server.call(alice, RED)).code).toBe(200);
    expect(await server.call(alice, `${ROOT}/hosts`)).toMatchObject({
      code: 403,
      body: {
        kind: "Status",
        reason: "Forbidden",
        message:
          'hosts.selvedge.dev is forbidden: user "alice" cannot list resource "hosts" over all tenants',
      },
    });
  });

  test("without a group of ours may read what the API is, and no more", async () => {
    const somebody = { certificate: server.authority.client("/CN=eve/O=system:masters") };
    expect((await server.call(somebody, ROOT)).code).toBe(200);
    expect((await server.call(somebody, RED)).code).toBe(403);
  });

  test("of another authority, for servers, or expired are not taken, and the answer says so", async () => {
    using other = new Authority("others");
    const { authority } = server;
    for (const [certificate, reason] of [
      [other.client(OPERATOR), "the server does not trust it"],
      [authority.issue(OPERATOR, { extensions: ["extendedKeyUsage=serverAuth"] }), "purpose"],
      [authority.client(OPERATOR, { days: -1 }), "it has expired at"],
    ] as const) {
      const answer = await server.call({ certificate }, `${ROOT}/hosts`);
      expect(answer).toMatchObject({ code: 401, body: { reason: "Unauthorized" } });
      expect(answer.body?.["message"]).toMatch(new RegExp(reason, "i"));
    }
  });

  test("that are bad are not helped by a token that is good", async () => {
    using other = new Authority("others");
    const token = await server.token("olga", ["selvedge:operators"]);
    const both = { token, certificate: other.client(OPERATOR) };
    expect((await server.call(both, `${ROOT}/hosts`)).code).toBe(401);
  });
});

describe("tokens", () => {
  test("are taken until they are revoked or expire", async () => {
    const token = await server.token("alice", ["selvedge:tenant:red:viewer"]);
    expect((await server.call({ token }, RED)).code).toBe(200);
    writeFileSync(server.tokensFile, "tokens: []\n");
    await server.server.reload();
    expect(await server.call({ token }, RED)).toMatchObject({
      code: 401,
      headers: { "www-authenticate": 'Bearer realm="selvedge"' },
      body: { message: "the token is not known here" },
    });
    const old = await server.token("alice", ["selvedge:operators"], "2020-01-01T00:00:00Z");
    expect(await server.call({ token: old }, RED)).toMatchObject({
      code: 401,
      body: { message: "the token has expired" },
    });
  });

  test.each<[Record<string, string>, string]>([
    [{}, "show a client certificate or a bearer token"],
    [{ authorization: "Basic cm9vdDpyb290" }, "holds no bearer token"],
    [{ authorization: "Bearer" }, "holds no bearer token"],
    [{ authorization: "Bearer a b" }, "holds no bearer token"],
    [{ authorization: "Bearer __proto__" }, "is not known here"],
  ])("are asked for: %j", async (headers, message) => {
    const answer = await server.call({}, RED, { headers });
    expect(answer.code).toBe(401);
    expect(answer.body?.["message"]).toContain(message);
  });

  test("stay in force when their file is spoilt, and are gone when it is", async () => {
    const token = await server.token("olga", ["selvedge:operators"]);
    writeFileSync(server.tokensFile, "tokens: [");
    await server.server.reload();
    await server.server.reload();
    expect((await server.call({ token }, RED)).code).toBe(200);
    expect(server.problems).toEqual([expect.stringContaining("is not YAML")]);
    rmSync(server.tokensFile);
    await server.server.reload();
    expect((await server.call({ token }, RED)).code).toBe(401);
    expect(server.problems[1]).toContain("no token is good any more");
  });

  test("that fail are answered with 429 after ten of an address in a minute; good ones go on", async () => {
    const good = await server.token("olga", ["selvedge:operators"]);
    const codes: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      codes.push((await server.call({ token: "guess" }, RED)).code);
    }
    expect(codes).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect((await server.call({ token: "guess" }, RED)).headers["retry-after"]).toMatch(/^\d+$/);
    expect((await server.call({ token: good }, RED)).code).toBe(200);
    expect(server.audit()).toHaveLength(10);
    expect(server.audit()[9]).toMatchObject({
      outcome: "refused",
      code: 401,
      from: "127.0.0.1",
      reason: expect.stringContaining("further ones within the minute are not recorded"),
    });
    expect(JSON.stringify(server.audit())).not.toContain("guess");
  });
});

test("nobody acts as somebody else: to overlook Impersonate-User would be to do more than was asked", async () => {
  const token = await server.token("olga", ["selvedge:operators"]);
  const headers = { "Impersonate-User": "alice" };
  expect(await server.call({ token }, RED, { headers })).toMatchObject({
    code: 403,
    body: { message: expect.stringContaining("act as somebody else") },
  });
});

test("the unix socket is root's, with no credentials and whatever it is given", async () => {
  expect((await server.call({ isLocal: true, token: "guess" }, `${ROOT}/hosts`)).code).toBe(200);
});

describe("TLS", () => {
  function handshake(options: object): Promise<string> {
    return new Promise((resolve) => {
      const socket: TLSSocket = connect(
        { host: "127.0.0.1", port: server.port, rejectUnauthorized: false, ...options },
        () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
          socket.destroy();
        },
      );
      socket.on("error", ({ message }) => resolve(`refused: ${message}`));
    });
  }

  test.each([
    [{}, /^TLSv1.3 TLS_/],
    [{ maxVersion: "TLSv1.2" }, /^TLSv1.2 ECDHE-ECDSA-.*(GCM|POLY1305)/],
    [{ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" }, /^refused/],
    [{ maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }, /^refused/],
    [{ minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" }, /^refused/],
  ])("is %j", async (options, expected) => {
    expect(await handshake(options)).toMatch(expected);
  });

  test("is there for everything: HTTP without it is not answered", async () => {
    const outcome = await new Promise<string>((resolve) => {
      const request = httpRequest({ host: "127.0.0.1", port: server.port, path: RED });
      request.on("response", ({ statusCode }) => resolve(String(statusCode)));
      request.on("error", () => resolve("closed"));
      request.end();
    });
    expect(outcome).toBe("closed");
  });

  test("is never resumed, so that every connection is checked", async () => {
    const certificate = server.authority.client(OPERATOR);
    const agent = new Agent({ maxCachedSessions: 10 });
    const reused: boolean[] = [];
    for (const maxVersion of ["TLSv1.3", "TLSv1.3", "TLSv1.2", "TLSv1.2"] as const) {
      await new Promise<void>((resolve, reject) => {
        const request = httpsRequest({
          ...{ host: "127.0.0.1", port: server.port, path: RED, agent, maxVersion },
          ...{ ca: server.authority.pem, ...certificate.pem },
        });
        request.on("response", (response) => {
          reused.push((response.socket as TLSSocket).isSessionReused());
          response.resume();
          response.on("end", resolve);
        });
        request.on("error", reject);
        request.end();
      });
    }
    expect(reused).toEqual([false, false, false, false]);
  });

  test("gets a new certificate while it runs, and keeps the old one when the new is no good", async () => {
    const who = { certificate: server.authority.client(OPERATOR) };
    const renewed = server.authority.server();
    writeFileSync(server.keys.certificate, "torn");
    await server.server.reload();
    expect((await server.call(who, RED)).code).toBe(200);
    expect(server.problems).toEqual([expect.stringContaining("stays in use")]);
    copyFileSync(renewed.certificate, server.keys.certificate);
    copyFileSync(renewed.key, server.keys.key);
    await server.server.reload();
    expect((await server.call(who, RED)).code).toBe(200);
    const seen = await new Promise<string | undefined>((resolve) => {
      const { pem: ca } = server.authority;
      const socket = connect({ host: "127.0.0.1", port: server.port, ca }, () => {
        resolve(socket.getPeerX509Certificate()?.toString());
        socket.destroy();
      });
    });
    expect(seen).toBe(renewed.pem.cert);
  });

  test("takes the users of a new authority, and those of the old one no more", async () => {
    using next = new Authority("next");
    const old = { certificate: server.authority.client(OPERATOR) };
    const { pem } = server.authority;
    writeFileSync(server.authority.certificate, next.pem);
    await server.server.reload();
    const trusting = { ca: pem };
    expect((await server.call(old, RED, {}, trusting)).code).toBe(401);
    const certificate = next.client(OPERATOR);
    expect((await server.call({ certificate }, RED, {}, trusting)).code).toBe(200);
  });
});

describe("an open watch", () => {
  /** Resolves with how it ended. */
  function watch({ token, certificate }: Credentials): Promise<{ ended: Promise<string> }> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({
        ...{ host: "127.0.0.1", port: server.port, ca: server.authority.pem, agent: false },
        path: `${ROOT}/namespaces/red/vrfs?watch=1`,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        ...certificate?.pem,
      });
      request.on("error", reject);
      request.on("response", (response) => {
        const ended = new Promise<string>((settle) => {
          response.on("end", () => settle("ended"));
          response.on("error", () => settle("broken off"));
        });
        response.resume();
        resolve({ ended });
      });
      request.end();
    });
  }

  test("is broken off when its token is revoked", async () => {
    const token = await server.token("alice", ["selvedge:tenant:red:viewer"]);
    const other = await server.token("bob", ["selvedge:tenant:red:viewer"]);
    const { ended } = await watch({ token });
    const kept = await watch({ token: other });
    writeFileSync(
      server.tokensFile,
      JSON.stringify({
        tokens: (await readTokenFile(server.tokensFile)).filter(({ user }) => user === "bob"),
      }),
    );
    await server.server.reload();
    expect(await ended).toBe("broken off");
    await server.server[Symbol.asyncDispose]();
    expect(await kept.ended).toBe("ended");
  });

  test("is broken off when the authority of its certificate is one no more", async () => {
    using next = new Authority("next");
    const { ended } = await watch({ certificate: server.authority.client(RED_ADMIN) });
    writeFileSync(server.authority.certificate, next.pem);
    await server.server.reload();
    expect(await ended).toBe("broken off");
  });
});
