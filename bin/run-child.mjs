/**
 * Runs one command to its end and passes signals on to it exactly once.
 *
 * The child gets a session of its own, so a Ctrl-C in the terminal reaches this process only and
 * is forwarded from here. npm forwards the same Ctrl-C to its script a second time: equal signals
 * within SAME_SIGNAL_MS count as one.
 */
import { spawn } from "node:child_process";

/** @type {readonly NodeJS.Signals[]} */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
const SAME_SIGNAL_MS = 300;
const PARENT_POLL_MS = 500;

/**
 * @typedef {object} ChildOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [capture] keep stdout and stderr instead of passing them through
 * @property {boolean} [withParent] end the child when the process that started us ends
 */

/**
 * @typedef {object} ChildOutcome
 * @property {number | null} code exit status; null when a signal ended it
 * @property {NodeJS.Signals | null} signal
 * @property {NodeJS.Signals | undefined} interruptedBy the last signal that was passed on
 * @property {string} output what was captured
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<ChildOutcome>} rejects when the command cannot be started
 */
export function runChild(command, args, options = {}) {
  const { capture = false, withParent = false, cwd, env } = options;
  const output = capture ? "pipe" : "inherit";
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    stdio: [capture ? "ignore" : "inherit", output, output],
    detached: true,
  });

  let captured = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      captured += text;
    });
  }

  const forwarding = forwardSignals((signal) => child.kill(signal));
  const parentWatch = withParent ? watchParent(() => child.kill("SIGTERM")) : undefined;

  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal, interruptedBy: forwarding.last(), output: captured });
    });
  }).finally(() => {
    forwarding.stop();
    clearInterval(parentWatch);
  });
}

/**
 * Ends this process as the child ended, so that whoever waits for us sees the same status.
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} outcome
 */
export function endAs(outcome) {
  if (outcome.signal !== null) process.kill(process.pid, outcome.signal);
  else process.exitCode = outcome.code ?? 1;
}

/** @param {(signal: NodeJS.Signals) => void} forward */
function forwardSignals(forward) {
  /** @type {Map<NodeJS.Signals, number>} */
  const lastSeen = new Map();
  /** @type {NodeJS.Signals | undefined} */
  let last;
  const listener = (/** @type {NodeJS.Signals} */ signal) => {
    const now = performance.now();
    const before = lastSeen.get(signal);
    lastSeen.set(signal, now);
    if (before !== undefined && now - before < SAME_SIGNAL_MS) return;
    last = signal;
    forward(signal);
  };
  for (const signal of FORWARDED) process.on(signal, listener);
  return {
    last: () => last,
    stop: () => {
      for (const signal of FORWARDED) process.off(signal, listener);
    },
  };
}

/**
 * npm passes SIGTERM to the shell between itself and us, which dies of it without a word to us:
 * then we have a new parent.
 * @param {() => void} onGone
 */
function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS);
  timer.unref();
  return timer;
}
