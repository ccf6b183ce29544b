/**
 * The Node that Selvedge runs on. Its sources are TypeScript that Node strips, and its datastore is
 * `node:sqlite`; both want Node 24, which npm brings as an optional dependency of its own.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Oldest major version that strips types by default and has `node:sqlite` without a flag. */
export const OLDEST_NODE = 24;

/**
 * What every program of Selvedge is started with: from source, without a word about SQLite, and with a small young
 * generation. Buffers of sockets are garbage that lies outside of the heap; a young generation that fills up often
 * gives them back before they make the collector mark the whole heap.
 */
export const NODE_FLAGS = [
  "--conditions=@selvedge/source",
  "--disable-warning=ExperimentalWarning",
  "--max-semi-space-size=2",
];

/**
 * @typedef {object} RunningNode
 * @property {string} version
 * @property {string} execPath
 * @property {string} platform
 * @property {string} arch
 */

/** @returns {RunningNode} */
function runningNode() {
  return {
    version: process.versions.node,
    execPath: process.execPath,
    platform: process.platform,
    arch: process.arch,
  };
}

/** @param {string} version such as 24.21.0 */
export function isNewEnough(version) {
  return Number.parseInt(version, 10) >= OLDEST_NODE;
}

/**
 * Path of the Node that npm brought into `root`, else of the running one when it is new enough;
 * undefined when there is neither.
 * @param {string} root
 * @param {RunningNode} [running]
 * @returns {string | undefined}
 */
export function nodeRuntime(root, running = runningNode()) {
  const brought = join(
    root,
    "node_modules",
    `node-${running.platform}-${running.arch}`,
    "bin/node",
  );
  if (existsSync(brought)) return brought;
  return isNewEnough(running.version) ? running.execPath : undefined;
}

/**
 * What to tell a user for whom `nodeRuntime` found nothing.
 * @param {RunningNode} [running]
 * @returns {string}
 */
export function missingNodeMessage(running = runningNode()) {
  return (
    `Selvedge runs on Node ${OLDEST_NODE}; this is Node ${running.version}, ` +
    `and npm brought none for ${running.platform} ${running.arch}. ` +
    `Put Node ${OLDEST_NODE} or newer on the PATH and try again.`
  );
}
