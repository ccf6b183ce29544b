/**
 * Which process a pid means. A pid alone may be somebody else's by the time it is used; with its
 * start time (proc(5), /proc/PID/stat field 22) it names one process until the next boot.
 */
import { readFileSync } from "node:fs";

/**
 * @typedef {object} ProcessIdentity
 * @property {number} pid
 * @property {number} startTime clock ticks since boot
 */

/**
 * The process that has this pid now; undefined when there is none, or only a zombie.
 * @param {number} pid
 * @returns {ProcessIdentity | undefined}
 */
export function identityOf(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // Field 2 is the command in parentheses and may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  if (state === "Z" || state === "X") return undefined;
  return { pid, startTime: Number(fields[19]) };
}

/**
 * @param {ProcessIdentity} identity
 * @returns {boolean}
 */
export function isAlive(identity) {
  return identityOf(identity.pid)?.startTime === identity.startTime;
}

/**
 * Sends a signal to exactly this process; false when it is gone.
 * @param {ProcessIdentity} identity
 * @param {NodeJS.Signals} signal
 * @returns {boolean}
 */
export function signalProcess(identity, signal) {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}
