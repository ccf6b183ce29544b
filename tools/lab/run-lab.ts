/** A lab from its plan to its end: claim the name, build, check, show, stay, take down. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { LabOptions } from "./arguments.ts";
import { buildLab } from "./build/build-lab.ts";
import { type CheckOutcome, countOutcomes } from "./checks/outcome.ts";
import { observe, type RunningLab, runCheck, runDatastoreCheck } from "./checks/run-checks.ts";
import { Interrupted } from "./interruption.ts";
import { LabError } from "./lab-error.ts";
import { checkLabName, type LoadedPlan, loadName, loadPlan } from "./load-plan.ts";
import { drawNetwork } from "./show/picture.ts";
import { Progress } from "./show/progress.ts";
import { formatOutcome, writeReport } from "./show/report.ts";
import { formatSuggestions, suggestions } from "./show/suggestions.ts";
import { formatEndpoints, formatMatrix } from "./show/tables.ts";
import { LabDirectory } from "./state/lab-directory.ts";

/** As netlab's `validate`: what a caller can tell apart. */
export const EXIT = { passed: 0, failed: 1, nothingChecked: 2 } as const;

/** File in the lab's directory for resources that stand in the topology. */
const RESOURCES = "resources.yaml";

/** @returns the exit status. */
export async function runLab(options: LabOptions, signal: AbortSignal): Promise<number> {
  const name = options.name === undefined ? undefined : checkLabName(options.name);
  const loaded = loadPlan(options.topology, name, options.datastore);
  const { lab } = loaded.plan;
  const directory = LabDirectory.claim(lab);
  if (directory.found === "kept") {
    directory.release();
    throw new LabError(
      `a lab named ${lab} was left up with --keep. Take it away first: npm start -- --down --name ${lab}`,
    );
  }
  let keep = false;
  try {
    if (directory.found === "crashed") await clearCrashed(directory);
    const status = await liveThrough(loaded, directory, options, signal);
    keep = options.keep;
    return status;
  } finally {
    if (keep) {
      directory.journal.append({ kind: "kept" });
      console.log(`\nLab ${lab} stays up. Take it away with: npm start -- --down --name ${lab}`);
    } else {
      await takeDown(directory);
    }
    directory.release();
  }
}

/** Takes away what a lab of this name left. */
export async function runDown(options: LabOptions): Promise<number> {
  const lab = options.name === undefined ? loadName(options.topology) : checkLabName(options.name);
  const directory = LabDirectory.claim(lab);
  try {
    if (directory.found === "nothing") console.log(`There is no lab ${lab}.`);
    else await takeDown(directory);
  } finally {
    directory.release();
  }
  return EXIT.passed;
}

async function clearCrashed(directory: LabDirectory): Promise<void> {
  const { processes, namespaces } = await directory.clear();
  console.log(
    `An earlier lab ${directory.lab} was killed: took away ${namespaces} namespaces and ${processes} processes that it left.`,
  );
}

async function takeDown(directory: LabDirectory): Promise<void> {
  const start = performance.now();
  const { processes, namespaces } = await directory.clear();
  if (namespaces === 0) return;
  const took = (performance.now() - start).toFixed(0);
  console.log(
    `Lab ${directory.lab} is taken down: ${processes} processes, ${namespaces} namespaces, ${took} ms.`,
  );
}

async function liveThrough(
  { plan, resources }: LoadedPlan,
  directory: LabDirectory,
  options: LabOptions,
  signal: AbortSignal,
): Promise<number> {
  console.log(`Lab ${plan.lab}, state in ${directory.path}`);
  using toClose = new DisposableStack();
  const progress = new Progress((line) => console.log(line));
  const resourcesFile = resources.kind === "file" ? resources.path : directory.file(RESOURCES);
  if (resources.kind === "inline") writeFileSync(resourcesFile, resources.text);
  const context = { directory, resourcesFile, progress, signal, toClose };
  const lab = await buildLab(plan, context);
  const outcomes = await check(lab, options, progress, signal);
  if (options.report !== undefined) writeReport(options.report, outcomes);
  if (options.mode === "check") return statusOf(outcomes);
  if (options.keep) return countOutcomes(outcomes).failed === 0 ? EXIT.passed : EXIT.failed;

  console.log(`\n${describeStay(lab, directory)}`);
  await stay(signal);
  return EXIT.passed;
}

async function check(
  lab: RunningLab,
  options: LabOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<CheckOutcome[]> {
  const { plan } = lab;
  const observation = await progress.step(
    "probes",
    () => observe(lab, signal),
    ({ matrix }) => `${matrix.sources.length} endpoints asked ${matrix.addresses.length} addresses`,
  );
  if (options.mode === "stay") console.log(`\n${drawNetwork(plan)}\n\n${formatEndpoints(plan)}`);
  console.log(`\nWho answers whom:\n\n${formatMatrix(observation.matrix)}\n`);

  const outcomes: CheckOutcome[] = [];
  for (const planned of plan.checks) {
    // It takes seconds to kill an agent and wait: only where the checks are what was asked for.
    if (planned.kind === "survives-agent-death" && options.mode !== "check") continue;
    const outcome = await runCheck(planned, lab, observation, signal);
    console.log(formatOutcome(outcome));
    outcomes.push(outcome);
  }
  if (plan.datastore.kind === "etcd" && options.mode === "check") {
    const outcome = await runDatastoreCheck(lab, signal);
    console.log(formatOutcome(outcome));
    outcomes.push(outcome);
  }
  const { passed, failed } = countOutcomes(outcomes);
  console.log(`\n${passed} checks passed, ${failed} failed`);
  return outcomes;
}

function statusOf(outcomes: readonly CheckOutcome[]): number {
  if (outcomes.length === 0) return EXIT.nothingChecked;
  return countOutcomes(outcomes).failed === 0 ? EXIT.passed : EXIT.failed;
}

function describeStay({ plan, agents }: RunningLab, directory: LabDirectory): string {
  const socketOf = (host: string): string => agents.get(host)?.socketPath ?? "";
  return [
    "Try, in another terminal:",
    formatSuggestions(suggestions(plan, socketOf)),
    "",
    `Logs, configurations and the datastore are in ${directory.path}. Ctrl-C takes everything down.`,
  ].join("\n");
}

/** Waits for the signal that ends the lab; anything else that ends it is thrown. */
async function stay(signal: AbortSignal): Promise<void> {
  // A pending promise does not keep a process alive.
  const keepAlive = setInterval(() => {}, 60_000);
  try {
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    clearInterval(keepAlive);
  }
  if (!(signal.reason instanceof Interrupted)) throw signal.reason;
}
