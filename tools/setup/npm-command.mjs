/**
 * Finds an npm that installs everything. npm leaves out optional packages whose engines do not accept
 * the Node that it runs on, and the platform's part of several tools is such a package; so on an old
 * Node a newer npm and the Node that Selvedge brings are fetched first, for this one installation.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runChild } from "../../bin/run-child.mjs";
import { SetupError } from "./setup-error.mjs";

/** The npm that wrote package-lock.json. */
const NPM_VERSION = "11.19.1";

/**
 * How to run npm: the program and its first arguments.
 * @typedef {{ command: string, args: string[] }} NpmCommand
 */

/**
 * Calls `work` with an npm that runs outside of the node_modules that it is to replace.
 * @param {string} root
 * @param {(line: string) => void} say
 * @param {(npm: NpmCommand) => Promise<void>} work
 * @returns {Promise<void>}
 * @throws {SetupError}
 */
export async function withNpm(root, say, work) {
  const node = outsideNode(root);
  const npm = outsideNpm(node);
  const version = node === undefined ? process.versions.node : versionOf(node);
  if (isAcceptedByTools(version)) {
    await work(npm);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), "selvedge-npm-"));
  try {
    say(
      `fetches npm ${NPM_VERSION} and Node 24 to install with: Node ${version} is too old for it`,
    );
    await work(await fetchNpm(npm, root, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Whether the engines of the tools (vitest and what it is built on) accept a Node.
 * @param {string} version such as 20.19.0
 */
export function isAcceptedByTools(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major === 20) return minor >= 19;
  if (major === 22) return minor >= 12;
  return major >= 24;
}

/**
 * @param {NpmCommand} npm
 * @param {string} root
 * @param {string} directory
 * @returns {Promise<NpmCommand>}
 */
async function fetchNpm(npm, root, directory) {
  const name = `node-${process.platform}-${process.arch}`;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const node = optionalDependencies?.[name];
  if (node === undefined) throw new SetupError(`there is no package ${name} to fetch Node from`);
  const options = ["--prefix", directory, "--no-save", "--no-package-lock", "--ignore-scripts"];
  const packages = [`npm@${NPM_VERSION}`, `${name}@${node}`];
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
  const outcome = await runChild(
    npm.command,
    [...npm.args, "install", ...options, ...quietly, ...packages],
    { cwd: directory },
  );
  if (outcome.interruptedBy !== undefined) {
    throw new SetupError("stopped while fetching npm", outcome.interruptedBy);
  }
  if (outcome.code !== 0) throw new SetupError("npm cannot be fetched; its message is above");
  const modules = join(directory, "node_modules");
  return {
    command: join(modules, name, "bin", "node"),
    args: [join(modules, "npm", "bin", "npm-cli.js")],
  };
}

/**
 * @param {string | undefined} node
 * @returns {NpmCommand}
 */
function outsideNpm(node) {
  const { npm_execpath: script } = process.env;
  if (script !== undefined && node !== undefined) return { command: node, args: [script] };
  return { command: "npm", args: [] };
}

/**
 * The Node that npm runs on, which must not be the one below the directory that it replaces.
 * @param {string} root
 */
function outsideNode(root) {
  const inside = join(root, "node_modules");
  if (!process.execPath.startsWith(inside)) return process.execPath;
  const { PATH = "" } = process.env;
  return PATH.split(delimiter)
    .filter((directory) => directory !== "" && !directory.startsWith(inside))
    .map((directory) => join(directory, "node"))
    .find((path) => existsSync(path));
}

/** @param {string} node */
function versionOf(node) {
  if (node === process.execPath) return process.versions.node;
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return (stdout ?? "").trim().replace(/^v/, "");
}
