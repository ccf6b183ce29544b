/**
 * Installs the npm dependencies when they are not what package-lock.json says. npm keeps a record
 * of what it installed in node_modules/.package-lock.json, written last: an interrupted
 * installation has none.
 */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runChild } from "../../bin/run-child.mjs";
import { SetupError } from "./setup-error.mjs";

/** @typedef {{ version?: string, integrity?: string, resolved?: string, link?: boolean, optional?: boolean }} LockedPackage */

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
  const { command, args } = npmCommand(root);
  const outcome = await runChild(command, [...args, ...INSTALL, QUIETLY], { cwd: root });
  if (outcome.interruptedBy !== undefined) {
    throw new SetupError("stopped while installing dependencies", outcome.interruptedBy);
  }
  if (outcome.code !== 0) {
    throw new SetupError(`npm ${INSTALL.join(" ")} failed; its message is above`);
  }
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
 * The first package that is missing or another version. Optional ones may be missing: npm leaves
 * out those of other platforms.
 * @param {Record<string, LockedPackage>} wanted
 * @param {Record<string, LockedPackage>} installed
 * @returns {string | undefined}
 */
export function differingPackage(wanted, installed) {
  for (const [path, want] of Object.entries(wanted)) {
    if (!path.includes("node_modules/")) continue;
    const have = installed[path];
    if (have === undefined) {
      if (want.optional !== true) return path;
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

/**
 * How to run npm so that it does not run on the Node below the directory that it replaces.
 * @param {string} root
 */
function npmCommand(root) {
  const { npm_execpath: script } = process.env;
  const node = outsideNode(root);
  if (script !== undefined && node !== undefined) return { command: node, args: [script] };
  return { command: "npm", args: [] };
}

/** @param {string} root */
function outsideNode(root) {
  const inside = join(root, "node_modules");
  if (!process.execPath.startsWith(inside)) return process.execPath;
  const { PATH = "" } = process.env;
  return PATH.split(delimiter)
    .filter((directory) => directory !== "" && !directory.startsWith(inside))
    .map((directory) => join(directory, "node"))
    .find((path) => existsSync(path));
}
