/** The command line of a lab. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type DatastoreChoice, MOST_MEMBERS } from "./plan/datastore-plan.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/two-tenants.yaml", import.meta.url));

export interface LabOptions {
  /** stay: until a signal comes. check: end after the checks. down: only clean up. */
  readonly mode: "stay" | "check" | "down";
  readonly topology: string;
  /** Instead of the topology's own name. */
  readonly name: string | undefined;
  readonly datastore: DatastoreChoice;
  /** Leave the lab up on the way out. */
  readonly keep: boolean;
  /** Where to write the outcome of the checks as JSON. */
  readonly report: string | undefined;
}

export type Arguments =
  | { readonly kind: "help" }
  | { readonly kind: "lab"; readonly options: LabOptions }
  | { readonly kind: "wrong"; readonly message: string };

export const USAGE = `Usage: npm start -- [OPTIONS]

Builds a network of namespaces on this machine, with an agent on every host, checks it,
shows it and stays until Ctrl-C. Nothing of it is left afterwards.

  --check            end after the checks; exit status 0: all passed, 1: one failed, 2: there are none
  --topology FILE    which network; default examples/two-tenants.yaml
  --name NAME        name of the lab, with which its namespaces begin; default: the topology's
  --datastore WHICH  sqlite (default), etcd, or etcd:3 for three members
  --keep             leave the lab up when this command ends; --down takes it away
  --down             take away what a lab of this name left, after --keep or a crash
  --report FILE      write the outcome of the checks as JSON
  --help             this text`;

export function readArguments(args: readonly string[]): Arguments {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
  if (values.help === true) return { kind: "help" };
  if (values.check === true && values.down === true) {
    return { kind: "wrong", message: "--check and --down do not go together" };
  }
  const datastore = readDatastore(values.datastore);
  if (datastore === undefined) {
    const message = `--datastore ${values.datastore}: use sqlite, etcd, or etcd:N with N from 1 to ${MOST_MEMBERS}`;
    return { kind: "wrong", message };
  }
  const options: LabOptions = {
    mode: values.check === true ? "check" : values.down === true ? "down" : "stay",
    topology: values.topology === undefined ? EXAMPLE : resolve(values.topology),
    name: values.name,
    datastore,
    keep: values.keep === true,
    report: values.report,
  };
  return { kind: "lab", options };
}

function readDatastore(text = "sqlite"): DatastoreChoice | undefined {
  if (text === "sqlite") return { kind: "sqlite" };
  const found = /^etcd(?::([1-9]))?$/.exec(text);
  if (found === null) return undefined;
  const members = Number(found[1] ?? 1);
  return members > MOST_MEMBERS ? undefined : { kind: "etcd", members };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      check: { type: "boolean" },
      datastore: { type: "string" },
      down: { type: "boolean" },
      help: { type: "boolean" },
      keep: { type: "boolean" },
      name: { type: "string" },
      report: { type: "string" },
      topology: { type: "string" },
    },
  }).values;
}
