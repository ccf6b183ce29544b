import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";

test("without arguments the example stays up until a signal", () => {
  const read = readArguments([]);
  expect(read).toMatchObject({ kind: "lab", options: { mode: "stay", keep: false } });
  if (read.kind === "lab") expect(read.options.topology).toMatch(/examples\/two-tenants\.yaml$/);
});

test("a topology is found from where the command is run", () => {
  const read = readArguments(["--topology", "mine.yaml", "--check", "--name", "x"]);
  expect(read).toMatchObject({
    kind: "lab",
    options: { mode: "check", name: "x", topology: `${process.cwd()}/mine.yaml` },
  });
});

test.each([
  [[], { kind: "sqlite" }],
  [["--datastore", "sqlite"], { kind: "sqlite" }],
  [["--datastore", "etcd"], { kind: "etcd", members: 1 }],
  [["--datastore=etcd:3"], { kind: "etcd", members: 3 }],
])("%j is on %j", (args, datastore) => {
  expect(readArguments(args)).toMatchObject({ kind: "lab", options: { datastore } });
});

test.each(["etcd:0", "etcd:8", "etcd:", "etcd:33", "postgres", ""])(
  "no lab is on %j, and the message says what there is",
  (text) => {
    const read = readArguments(["--datastore", text]);
    expect(read).toMatchObject({ kind: "wrong" });
    if (read.kind === "wrong") expect(read.message).toContain("use sqlite, etcd, or etcd:N");
  },
);

test("help is help, whatever else is there", () => {
  expect(readArguments(["--check", "--help"])).toEqual({ kind: "help" });
});

test.each([[["--chekc"]], [["--check", "--down"]], [["extra"]], [["--name"]]])(
  "%j is refused",
  (args) => {
    expect(readArguments(args).kind).toBe("wrong");
  },
);
