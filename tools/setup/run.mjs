/**
 * What `npm start`, `npm test`, `npm run setup` and `npm run bench` call: puts on this machine what
 * the job needs and lacks, then runs the job. Plain JavaScript on nothing but Node (18 or newer),
 * because it is what brings everything else.
 */
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingNodeMessage, NODE_FLAGS, nodeRuntime } from "../../bin/node-runtime.mjs";
import { endAs, runChild } from "../../bin/run-child.mjs";
import { installMissing } from "./apt.mjs";
import { findJob, requirementsOf } from "./jobs.mjs";
import { installDependencies, reasonToInstall } from "./npm.mjs";
import { claim } from "./owner-file.mjs";
import { isCommandPresent, missingRequirements } from "./requirements.mjs";
import { withoutServiceStarts } from "./service-guard.mjs";
import { SetupError } from "./setup-error.mjs";

/** @typedef {import("./jobs.mjs").Job} Job */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const isRoot = process.getuid?.() === 0;
const LOCK_POLL_MS = 250;

/** @param {string} line */
function say(line) {
  console.error(`set-up: ${line}`);
}

/**
 * @param {Job} job
 * @param {readonly string[]} args
 */
async function setUp(job, args) {
  const requirements = requirementsOf(job, args);
  if (reasonToInstall(root) === undefined && missingRequirements(requirements).length === 0) return;

  const release = await waitForTurn();
  try {
    await installDependencies(root, say);
    await installMissing(missingRequirements(requirements), job.title, {
      isRoot,
      hasApt: isCommandPresent("apt-get"),
      run: (command, commandArgs, environment) =>
        runChild(command, commandArgs, {
          env: { ...process.env, ...environment },
          capture: true,
        }),
      withoutServiceStarts,
      say,
    });
  } finally {
    release();
  }
}

/** One set-up at a time: two would write the same node_modules. */
async function waitForTurn() {
  const path = join(isRoot ? "/run" : tmpdir(), `selvedge-setup-${process.getuid?.() ?? 0}.lock`);
  for (let waiting = false; ; waiting = true) {
    const turn = claim(path);
    if (turn.kind === "claimed") return turn.release;
    if (!waiting) say(`waits for another set-up to finish (pid ${turn.holder.pid})`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

/**
 * @param {readonly string[]} program
 * @param {readonly string[]} args
 */
async function runJob(program, args) {
  const node = nodeRuntime(root);
  if (node === undefined) throw new SetupError(missingNodeMessage());
  const [script = "", ...fixed] = program;
  const { PATH = "", npm_lifecycle_event: npmScript } = process.env;
  const outcome = await runChild(node, [...NODE_FLAGS, join(root, script), ...fixed, ...args], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(root, "node_modules/.bin")}${delimiter}${PATH}`,
      // The lab has a session of its own and would outlive us unnoticed.
      SELVEDGE_LAUNCHER: String(process.pid),
    },
    withParent: npmScript !== undefined,
  });
  endAs(outcome);
}

async function main() {
  const [name, ...args] = process.argv.slice(2);
  const job = findJob(name);
  if (job === undefined) {
    throw new SetupError("usage: node tools/setup/run.mjs lab|test|setup|bench [ARGUMENTS]");
  }
  await setUp(job, args);
  if (job.program === undefined) say("everything is in place");
  else await runJob(job.program, args);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`selvedge: ${error.message}`);
  if (error.signal !== undefined) process.kill(process.pid, error.signal);
  else process.exitCode = 1;
}
