/** TLS with client certificates, and users and roles of etcd. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Etcd3 } from "etcd3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  compactDatastore,
  type EtcdLocation,
  openEtcdStore,
  readDatastoreStatus,
} from "../../src/index.ts";
import { EtcdServer } from "./etcd-server.ts";

const WRITE = { compare: [], writes: [{ kind: "put", key: "a", value: "1" }] } as const;

describe("TLS", () => {
  let directory: string;
  let server: EtcdServer;
  const file = (name: string): string => join(directory, name);

  /** A key and a certificate NAME.key and NAME.crt, signed by `ca` or by itself. */
  function makeCertificate(name: string, ca?: string): void {
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost"];
    const signer = ca === undefined ? [] : ["-CA", file(`${ca}.crt`), "-CAkey", file(`${ca}.key`)];
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        ...["-days", "2", "-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)],
        ...subject,
        ...signer,
      ],
      { stdio: "pipe" },
    );
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "selvedge-etcd-tls-"));
    for (const name of ["ca", "other-ca"]) makeCertificate(name);
    for (const name of ["server", "client"]) makeCertificate(name, "ca");
    makeCertificate("stranger", "other-ca");
    server = await EtcdServer.start({
      tls: [
        ...["--cert-file", file("server.crt"), "--key-file", file("server.key")],
        ...["--client-cert-auth", "--trusted-ca-file", file("ca.crt")],
      ],
    });
  });

  afterAll(async () => {
    await server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  function locationAs(name: string, ca = "ca"): EtcdLocation {
    const identity = {
      certificate: readFileSync(file(`${name}.crt`)),
      key: readFileSync(file(`${name}.key`)),
    };
    const tls = { ca: readFileSync(file(`${ca}.crt`)), identity };
    return { endpoints: [server.endpoint], prefix: "/tls/", tls };
  }

  test("a client with a certificate of the server's authority reads and writes", async () => {
    await using store = openEtcdStore(locationAs("client"));
    expect(await store.commit(WRITE)).toMatchObject({ kind: "committed" });
    expect(await store.get("a")).toMatchObject({ value: "1" });
  });

  test.each([
    ["a client with a certificate of another authority", "stranger", "ca"],
    ["a server with a certificate of another authority", "client", "other-ca"],
  ])("%s is refused", { timeout: 30_000 }, async (_, name, ca) => {
    await using store = openEtcdStore(locationAs(name, ca));
    await expect(store.get("a")).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("users and roles", () => {
  let server: EtcdServer;

  beforeAll(async () => {
    server = await EtcdServer.start();
    const client = new Etcd3({ hosts: `http://${server.endpoint}` });
    await client.role("root").create();
    const role = await client.role("selvedge").create();
    await role.grant({ permission: "Readwrite", range: client.range({ prefix: "/ours/" }) });
    for (const [name, roleName] of [
      ["root", "root"],
      ["selvedge", "selvedge"],
    ] as const) {
      const user = await client.user(name).create(`${name}-password`);
      await user.addRole(roleName);
    }
    await client.auth.authEnable();
    client.close();
  });

  afterAll(() => server?.remove());

  const as = (prefix: string, password: string): EtcdLocation => ({
    endpoints: [server.endpoint],
    prefix,
    user: { name: "selvedge", password },
  });

  test("a user whose role has the prefix reads, writes and watches", async () => {
    await using store = openEtcdStore(as("/ours/", "selvedge-password"));
    const before = await store.revision();
    expect(await store.commit(WRITE)).toMatchObject({ kind: "committed" });
    for await (const event of store.watch("", before, new AbortController().signal)) {
      expect(event).toMatchObject({ kind: "changes", changes: [{ entry: { key: "a" } }] });
      break;
    }
  });

  test("beyond its prefix it is denied, of reads, commits and watches", async () => {
    await using store = openEtcdStore(as("/theirs/", "selvedge-password"));
    await expect(store.get("a")).rejects.toMatchObject({ code: "denied" });
    await expect(store.commit(WRITE)).rejects.toMatchObject({ code: "denied" });
    const watch = store.watch("", 1, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ code: "denied" });
  });

  test("a wrong password is denied, and the message says what to do", async () => {
    await using store = openEtcdStore(as("/ours/", "wrong"));
    await expect(store.get("a")).rejects.toMatchObject({
      code: "denied",
      message: expect.stringContaining("does not accept the user name or password"),
    });
  });

  test("a user of the prefix is told how the datastore is, and may compact it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "selvedge-password-"));
    const passwordFile = join(directory, "password");
    writeFileSync(passwordFile, "selvedge-password\n");
    const { endpoints, prefix } = as("/ours/", "");
    const location = { kind: "etcd", endpoints, prefix, user: "selvedge", passwordFile } as const;
    try {
      expect(await readDatastoreStatus(location)).toMatchObject({
        engine: { members: [{ endpoint: server.endpoint, answer: { isLeader: true } }] },
        commitLatency: expect.any(Number),
      });
      expect(await compactDatastore(location, { keep: 0, defragment: false })).toMatchObject({
        revision: expect.any(Number),
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("nobody in particular is denied", async () => {
    await using store = openEtcdStore({ endpoints: [server.endpoint], prefix: "/ours/" });
    await expect(store.get("a")).rejects.toMatchObject({ code: "denied" });
  });
});

test("an etcd whose quota is used up is full, and is read on", { timeout: 60_000 }, async () => {
  const server = await EtcdServer.start({ arguments: ["--quota-backend-bytes", "4194304"] });
  try {
    await using store = openEtcdStore({ endpoints: [server.endpoint], prefix: "/full/" });
    await store.commit(WRITE);
    const value = "x".repeat(512 * 1024);
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 40; index++) {
        await store.commit({ compare: [], writes: [{ kind: "put", key: `k${index}`, value }] });
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: "full" });
    expect(await store.get("a")).toMatchObject({ value: "1" });
    const location = { kind: "etcd", endpoints: [server.endpoint], prefix: "/full/" } as const;
    expect(await readDatastoreStatus(location)).toMatchObject({
      engine: { members: [{ answer: { quota: 4_194_304 }, alarms: ["NOSPACE"] }] },
      commitLatency: { refused: expect.stringContaining("quota") },
    });
  } finally {
    await server.remove();
  }
});
