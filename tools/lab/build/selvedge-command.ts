/** Runs the `selvedge` command as an operator would. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { NetworkNamespace } from "@selvedge/netlink";
import { NODE_FLAGS } from "../../../bin/node-runtime.mjs";
import { LabError } from "../lab-error.ts";

const LAUNCHER = fileURLToPath(new URL("../../../bin/selvedge.mjs", import.meta.url));

/**
 * @param namespace to run in, when it is not to be that of this process.
 * @returns what it printed.
 * @throws LabError with its words when it fails.
 */
export function selvedge(
  args: readonly string[],
  signal: AbortSignal,
  namespace?: NetworkNamespace,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const command = [...NODE_FLAGS, LAUNCHER, ...args];
    const start = (): void => {
      execFile(process.execPath, command, { signal }, (cause, stdout, stderr) => {
        if (cause === null) return resolve(stdout);
        const words = stderr.trim() === "" ? cause.message : stderr.trim();
        const failure = new LabError(`selvedge ${args.join(" ")} failed:\n${words}`, { cause });
        reject(signal.aborted ? signal.reason : failure);
      });
    };
    if (namespace === undefined) start();
    else namespace.run(start);
  });
}
