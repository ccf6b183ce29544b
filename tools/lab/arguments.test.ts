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

test("help is help, whatever else is there", () => {
  expect(readArguments(["--check", "--help"])).toEqual({ kind: "help" });
});

test.each([[["--chekc"]], [["--check", "--down"]], [["extra"]], [["--name"]]])(
  "%j is refused",
  (args) => {
    expect(readArguments(args).kind).toBe("wrong");
  },
);
