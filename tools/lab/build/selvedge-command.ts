/** Runs the `selvedge` command as an operator would. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NODE_FLAGS } from "../../../bin/node-runtime.mjs";
import { LabError } from "../lab-error.ts";

const LAUNCHER = fileURLToPath(new URL("../../../bin/selvedge.mjs", import.meta.url));
const run = promisify(execFile);

/**
 * @returns what it printed.
 * @throws LabError with its words when it fails.
 */
export async function selvedge(args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [...NODE_FLAGS, LAUNCHER, ...args], { signal });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw new LabError(`selvedge ${args.join(" ")} failed:\n${stderr || cause}`, { cause });
  }
}
