import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  datastoreLocationSchema,
  formatDatastoreLocation,
  openStore,
  parseDatastoreLocation,
} from "../src/index.ts";

function located(text: string) {
  const parsed = parseDatastoreLocation(text);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  return parsed.location;
}

test.each(["/var/lib/selvedge/datastore.db", "here.db", "etcd"])("%s is a SQLite file", (path) => {
  expect(located(path)).toEqual({ kind: "sqlite", path });
});

test("an etcd has its members, and a prefix of which there is a default", () => {
  expect(located("etcd://one:2379,10.0.0.2:2379,[2001:db8::3]:2379")).toEqual({
    kind: "etcd",
    endpoints: ["one:2379", "10.0.0.2:2379", "[2001:db8::3]:2379"],
    prefix: "/selvedge/",
  });
  expect(located("etcd://one:2379/")).toMatchObject({ prefix: "/selvedge/" });
  expect(located("etcd://one:2379/cloud-a/")).toMatchObject({ prefix: "/cloud-a/" });
});

test("the parameters name the files for TLS and for the password", () => {
  const text = "etcds://one:2379/p/?ca=/ca.crt&cert=/c.crt&key=/c.key&user=me&passwordFile=/pw";
  expect(located(text)).toEqual({
    kind: "etcd",
    endpoints: ["one:2379"],
    prefix: "/p/",
    tls: true,
    ca: "/ca.crt",
    certificate: "/c.crt",
    key: "/c.key",
    user: "me",
    passwordFile: "/pw",
  });
});

test.each([
  ["", "not nothing"],
  ["http://one:2379", "is no datastore"],
  ["etcd://", "is no datastore"],
  ["etcd://one", '"one" is no endpoint; write HOST:PORT'],
  ["etcd://one:2379,", '"" is no endpoint'],
  ["etcd://me:secret@one:2379", "is no endpoint"],
  ["etcd://one:2379?password=x", "there is no parameter password; use ca, cert, key, user"],
  ["etcd://one:2379?__proto__=x", "there is no parameter __proto__"],
  ["etcd://one:2379?cert=/c", "a certificate needs its key"],
  ["etcd://one:2379?user=me", "a user needs a password"],
])("%j is refused: %s", (text, reason) => {
  expect(parseDatastoreLocation(text)).toEqual({
    kind: "refused",
    message: expect.stringContaining(reason),
  });
});

test("what is written is read back as the same", () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,10}$/);
  const location = fc.record(
    {
      endpoints: fc.array(
        fc
          .tuple(name, fc.integer({ min: 1, max: 65_535 }))
          .map(([host, port]) => `${host}:${port}`),
        { minLength: 1, maxLength: 3 },
      ),
      prefix: name.map((text) => `/${text}/`),
      ca: fc.string({ minLength: 1 }),
    },
    { requiredKeys: ["endpoints", "prefix"] },
  );
  fc.assert(
    fc.property(location, (declared) => {
      const text = formatDatastoreLocation({ kind: "etcd", ...declared });
      expect(located(text)).toMatchObject({ kind: "etcd", ...declared });
    }),
  );
});

test("in a configuration it is one of the two", () => {
  expect(datastoreLocationSchema.parse({ sqlite: "/a.db" })).toEqual({
    kind: "sqlite",
    path: "/a.db",
  });
  expect(datastoreLocationSchema.parse({ etcd: { endpoints: ["one:2379"] } })).toMatchObject({
    kind: "etcd",
    prefix: "/selvedge/",
  });
  for (const wrong of [{}, { sqlite: "/a", etcd: { endpoints: ["one:2379"] } }, { etcd: {} }]) {
    expect(datastoreLocationSchema.safeParse(wrong).success).toBe(false);
  }
});

test("a file that cannot be read is named when the datastore is opened", () => {
  const location = located("etcds://one:2379/?ca=/does/not/exist");
  expect(() => openStore(location)).toThrow(/cannot get into etcds:.*\/does\/not\/exist/);
});

test("a SQLite file is opened by its path", async () => {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-location-"));
  writeFileSync(join(directory, "password"), "secret\n");
  try {
    await using store = openStore(located(join(directory, "a.db")));
    expect(await store.list("")).toMatchObject({ entries: [] });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
