/**
 * Installs the npm dependencies when they are not what package-lock.json says. npm keeps a record
 * of what it installed in node_modules/.package-lock.json, written last: an interrupted
 * installation has none.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../bin/run-child.mjs";
import { withNpm } from "./npm-command.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {string} [resolved]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {readonly string[]} [os]
 * @property {readonly string[]} [cpu]
 * @property {readonly string[]} [libc]
 */

/**
 * @typedef {object} Machine
 * @property {string} os
 * @property {string} cpu
 * @property {string} libc
 */

const INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
/** Packages that ask for a newer Node than runs npm here run on the Node that npm brings. */
const QUIETLY = "--loglevel=error";

/**
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {Promise<void>}
 * @throws {SetupError}
 */
export async function installDependencies(root, say) {
  const reason = reasonToInstall(root);
  if (reason === undefined) return;
  say(`installs the npm dependencies into node_modules: ${reason}`);
  await withNpm(root, say, async (npm) => {
    const outcome = await runChild(npm.command, [...npm.args, ...INSTALL, QUIETLY], { cwd: root });
    if (outcome.interruptedBy !== undefined) {
      throw new SetupError("stopped while installing dependencies", outcome.interruptedBy);
    }
    if (outcome.code !== 0) {
      throw new SetupError(`npm ${INSTALL.join(" ")} failed; its message is above`);
    }
  });
}

/**
 * Why node_modules does not do; undefined when it does.
 * @param {string} root
 * @returns {string | undefined}
 */
export function reasonToInstall(root) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) {
    return existsSync(join(root, "node_modules"))
      ? "an earlier installation was not finished"
      : "there are none yet";
  }
  const wanted = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(record);
  const differing = differingPackage(wanted, installed);
  return differing === undefined ? undefined : `${differing} is not as package-lock.json says`;
}

/**
 * The first package that is missing or another version. npm leaves out optional packages of other
 * machines, which may be missing; it also leaves out those whose engines do not accept the Node that
 * it runs on, and these may not.
 * @param {Record<string, LockedPackage>} wanted
 * @param {Record<string, LockedPackage>} installed
 * @param {Machine} [machine]
 * @returns {string | undefined}
 */
export function differingPackage(wanted, installed, machine = thisMachine()) {
  for (const [path, want] of Object.entries(wanted)) {
    if (!path.includes("node_modules/")) continue;
    const have = installed[path];
    if (have === undefined) {
      if (want.optional !== true || isMadeFor(want, machine)) return path;
    } else if (
      have.version !== want.version ||
      have.integrity !== want.integrity ||
      (want.link === true && have.resolved !== want.resolved)
    ) {
      return path;
    }
  }
  return undefined;
}

/** @returns {Machine} */
function thisMachine() {
  const isMusl = existsSync(`/lib/ld-musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`);
  return { os: process.platform, cpu: process.arch, libc: isMusl ? "musl" : "glibc" };
}

/**
 * Whether an optional package names this machine, rather than none.
 * @param {LockedPackage} locked
 * @param {Machine} machine
 */
function isMadeFor({ os, cpu, libc }, machine) {
  return (
    os?.includes(machine.os) === true &&
    cpu?.includes(machine.cpu) === true &&
    (libc === undefined || libc.includes(machine.libc))
  );
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage>}
 */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages ?? {};
  } catch (error) {
    throw new SetupError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
