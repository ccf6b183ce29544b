#!/usr/bin/env node
/**
 * The `selvedge` command, started from its sources. Plain JavaScript that any Node from 18 parses.
 *
 * Sources need Node 24 and an export condition that only a start of Node can set. So unless it was
 * started with both, this process becomes one that is: in place through execve(2) where Node has
 * it, so that the pid that a supervisor knows is the agent's; else as a child.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isNewEnough, missingNodeMessage, NODE_FLAGS, nodeRuntime } from "./node-runtime.mjs";
import { endAs, runChild } from "./run-child.mjs";

const self = fileURLToPath(import.meta.url);
const root = dirname(dirname(self));
const args = process.argv.slice(2);

function isPrepared() {
  return (
    isNewEnough(process.versions.node) &&
    NODE_FLAGS.every((flag) => process.execArgv.includes(flag))
  );
}

/** @param {string} message */
function refuse(message) {
  console.error(`selvedge: ${message}`);
  process.exitCode = 1;
}

async function restartPrepared() {
  const node = isNewEnough(process.versions.node) ? process.execPath : nodeRuntime(root);
  if (node === undefined) return refuse(missingNodeMessage());
  const restart = [...NODE_FLAGS, self, ...args];
  if (typeof process.execve === "function") {
    process.execve(node, [node, ...restart], process.env);
  } else {
    endAs(await runChild(node, restart));
  }
}

async function runProgram() {
  const isAgent = args[0] === "agent";
  const program = isAgent ? "packages/agent/src/main.ts" : "packages/cli/src/main.ts";
  // The agent is a program of its own: it sees its options only.
  if (isAgent) process.argv.splice(2, 1);
  await import(pathToFileURL(join(root, program)).href);
}

if (!existsSync(join(root, "node_modules"))) {
  refuse(`its dependencies are not installed. Run: cd ${root} && npm run setup`);
} else if (isPrepared()) {
  await runProgram();
} else {
  await restartPrepared();
}
