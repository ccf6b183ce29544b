import { expect, test } from "vitest";
import { type JournalEntry, parseJournal, remainsOf } from "./journal.ts";

const MADE: JournalEntry[] = [
  { kind: "namespace", name: "lab-a" },
  { kind: "namespace-made", name: "lab-a", id: "4:1" },
  { kind: "agent-namespaces", prefix: "lab-h1." },
  { kind: "process", role: "agent h1", pid: 10, startTime: 20 },
];

test("what was made adds up", () => {
  expect(remainsOf(MADE)).toEqual({
    namespaces: [{ name: "lab-a", id: "4:1" }],
    agentPrefixes: ["lab-h1."],
    processes: [{ kind: "process", role: "agent h1", pid: 10, startTime: 20 }],
    kept: false,
  });
});

test("a namespace that was announced and may have been made counts, without an identity", () => {
  const entries: JournalEntry[] = [{ kind: "namespace", name: "lab-a" }];
  expect(remainsOf(entries).namespaces).toEqual([{ name: "lab-a", id: undefined }]);
});

test("a namespace that somebody else has does not count", () => {
  const entries: JournalEntry[] = [
    { kind: "namespace", name: "lab-a" },
    { kind: "namespace-refused", name: "lab-a" },
  ];
  expect(remainsOf(entries).namespaces).toEqual([]);
});

test("a restarted agent counts twice as a process and once as a prefix", () => {
  const again: JournalEntry[] = [
    { kind: "agent-namespaces", prefix: "lab-h1." },
    { kind: "process", role: "agent h1", pid: 11, startTime: 30 },
  ];
  const remains = remainsOf([...MADE, ...again]);
  expect(remains.agentPrefixes).toEqual(["lab-h1."]);
  expect(remains.processes.map((process) => process.pid)).toEqual([10, 11]);
});

test("a last line that was cut off is left out", () => {
  const text = MADE.map((entry) => `${JSON.stringify(entry)}\n`).join("");
  expect(parseJournal(text)).toEqual(MADE);
  expect(parseJournal(text.slice(0, -5))).toEqual(MADE.slice(0, -1));
});
