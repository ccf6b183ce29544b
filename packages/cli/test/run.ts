/** Runs the command in this process, with its input and output in memory. */
import { type CommandIo, runCommand } from "../src/index.ts";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `untilStopped`: what a command that serves does before it is told to end. */
export async function run(
  args: readonly string[],
  stdin = "",
  untilStopped: () => Promise<void> = async () => undefined,
): Promise<CommandResult> {
  let stdout = "";
  let stderr = "";
  const io: CommandIo = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    readStdin: async () => new TextEncoder().encode(stdin),
    untilStopped,
    onHangUp: () => undefined,
  };
  const exitCode = await runCommand(args, io);
  return { exitCode, stdout, stderr };
}
