/**
 * Keeps Debian from starting the services of a package while it is installed, through the policy
 * file that invoke-rc.d(8) asks. The file that was there before is put back afterwards; when the
 * set-up was killed in between, by the next set-up.
 */
import {
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";

const POLICY_FILE = "/usr/sbin/policy-rc.d";
const MARK = "# Written by the set-up of Selvedge, which takes it away again.";
const POLICY = `#!/bin/sh\n${MARK}\nexit 101\n`;

/**
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [path]
 * @returns {Promise<T>}
 */
export async function withoutServiceStarts(work, path = POLICY_FILE) {
  const saved = `${path}.before-selvedge`;
  putBack(path, saved);
  if (isPresent(path)) renameSync(path, saved);
  writeFileSync(path, POLICY, { mode: 0o755 });
  try {
    return await work();
  } finally {
    putBack(path, saved);
  }
}

/**
 * @param {string} path
 * @param {string} saved
 */
function putBack(path, saved) {
  if (isPresent(saved)) renameSync(saved, path);
  else if (isOurs(path)) unlinkSync(path);
}

/** @param {string} path */
function isOurs(path) {
  return existsSync(path) && readFileSync(path, "utf8").includes(MARK);
}

/**
 * Also true for a dangling link, which existsSync does not see.
 * @param {string} path
 */
function isPresent(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
