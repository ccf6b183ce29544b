import type { DatastoreStatus } from "@selvedge/datastore";
import { expect, test } from "vitest";
import { formatDatastoreStatus, octetsInWords } from "../../src/show/datastore.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1_572_864, "1.5 MiB"],
  [2 * 1024 ** 3, "2.0 GiB"],
  [3 * 1024 ** 5, "3072.0 TiB"],
])("%d octets are %s", (octets, words) => {
  expect(octetsInWords(octets)).toBe(words);
});

const status: DatastoreStatus = {
  location: "etcd://one:2379,two:2379/selvedge/",
  engine: {
    kind: "etcd",
    members: [
      {
        name: "one",
        endpoint: "one:2379",
        answer: { version: "3.4.23", isLeader: true, isLearner: false, size: 2048, used: 1024 },
        alarms: ["NOSPACE"],
      },
      { name: "", endpoint: "two:2379", alarms: [] },
      { name: "three", alarms: [] },
    ],
  },
  revision: 12,
  compactRevision: 3,
  keys: { total: 1, octets: 10, leased: 0, areas: [{ area: "generation", keys: 1 }] },
  readLatency: 0.123,
  commitLatency: { refused: "it is full" },
  migration: { kind: "moved", to: "/new.db", time: "2026-11-23T12:00:00.000Z" },
};

test("members that do not answer or are not named are told as such, and a refused commit with why", () => {
  expect(formatDatastoreStatus(status)).toBe(`Location:  etcd://one:2379,two:2379/selvedge/
Engine:    etcd, 3 members, 1 of them did not answer
Migration: moved to /new.db on 2026-11-23T12:00:00.000Z; takes no writes
Revision:  12, history since 3
Read:      0.12 ms
Commit:    refused: it is full
Keys:      1 (10 B), 0 under leases

MEMBER  ENDPOINT     ROLE       VERSION     SIZE     USED    QUOTA  ALARMS
one     one:2379     leader     3.4.23   2.0 KiB  1.0 KiB  unknown  NOSPACE
?       two:2379     no answer                                      none
three   (not named)  not asked                                      none

AREA        KEYS
generation     1
`);
});
