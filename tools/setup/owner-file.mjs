/**
 * A file that says which process owns something, so that two never do. Made with link(2), which is
 * atomic and refuses an existing name; a file whose process is dead is taken over.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { identityOf, isAlive } from "./process-identity.mjs";

/** @typedef {import("./process-identity.mjs").ProcessIdentity} ProcessIdentity */

/**
 * @typedef {{ kind: "claimed", release: () => void } | { kind: "held", holder: ProcessIdentity }} Claim
 */

/**
 * Makes this process the owner, unless a living process is.
 * @param {string} path in a directory that exists
 * @returns {Claim}
 */
export function claim(path) {
  const self = identityOf(process.pid);
  if (self === undefined) throw new Error("cannot read /proc: is it mounted?");
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(self));
  try {
    for (;;) {
      if (linkUnlessPresent(draft, path)) return { kind: "claimed", release: () => release(path) };
      const holder = readOwner(path);
      if (holder === undefined) continue;
      if (isAlive(holder)) return { kind: "held", holder };
      setAside(path);
    }
  } finally {
    unlinkSync(draft);
  }
}

/**
 * The process that the file names, alive or not; undefined when there is no such file.
 * @param {string} path
 * @returns {ProcessIdentity | undefined}
 */
export function readOwner(path) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { pid, startTime } = JSON.parse(text);
    return { pid: Number(pid), startTime: Number(startTime) };
  } catch {
    // Not ours, or damaged: nobody alive can have written it, as link(2) publishes whole files only.
    return { pid: 0, startTime: 0 };
  }
}

/** @param {string} path */
function release(path) {
  const owner = readOwner(path);
  if (owner?.pid === process.pid) unlinkSync(path);
}

/**
 * Removes a dead process's file. Two processes may judge the same file dead and one of them may
 * own the name by the time the other renames it: then the living owner's file is put back.
 * @param {string} path
 */
function setAside(path) {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  const moved = readOwner(aside);
  if (moved !== undefined && isAlive(moved)) linkUnlessPresent(aside, path);
  unlinkSync(aside);
}

/**
 * @param {string} from
 * @param {string} to
 */
function linkUnlessPresent(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** @param {unknown} error */
function isMissing(error) {
  return codeOf(error) === "ENOENT";
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
