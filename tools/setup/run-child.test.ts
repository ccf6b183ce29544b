import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runChild } from "../../bin/run-child.mjs";

const MODULE = fileURLToPath(new URL("../../bin/run-child.mjs", import.meta.url));

/** A process that runs `script` in a child through runChild and ends as the child ends. */
function runner(script: string): ChildProcess {
  const source = `
    import { endAs, runChild } from ${JSON.stringify(MODULE)};
    endAs(await runChild(process.execPath, ["-e", ${JSON.stringify(script)}]));`;
  return spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function outputUntil(child: ChildProcess, marker: string): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8");
  for await (const part of child.stdout ?? []) {
    text += part;
    if (text.includes(marker)) return text;
  }
  throw new Error(`ended without ${marker}: ${text}`);
}

test("the exit status of the child is ours", async () => {
  const [code] = await once(runner("process.exit(7)"), "exit");
  expect(code).toBe(7);
});

test("a child that a signal ended ends us by the same signal", async () => {
  const [code, signal] = await once(runner("process.kill(process.pid, 'SIGKILL')"), "exit");
  expect([code, signal]).toEqual([null, "SIGKILL"]);
});

test("the same signal twice in a moment reaches the child once", async () => {
  const script = `
    let seen = 0;
    process.on("SIGINT", () => { seen += 1; setTimeout(() => process.exit(seen), 1000); });
    setTimeout(() => {}, 30000);
    console.log("ready");`;
  const child = runner(script);
  const exited = once(child, "exit");
  await outputUntil(child, "ready");
  child.kill("SIGINT");
  setImmediate(() => child.kill("SIGINT"));
  const [code] = await exited;
  expect(code).toBe(1);
});

test("different signals all reach the child", async () => {
  const script = `
    const seen = new Set();
    for (const signal of ["SIGTERM", "SIGHUP"]) {
      process.on(signal, () => { seen.add(signal); if (seen.size === 2) process.exit(42); });
    }
    setTimeout(() => {}, 30000);
    console.log("ready");`;
  const child = runner(script);
  const exited = once(child, "exit");
  await outputUntil(child, "ready");
  child.kill("SIGTERM");
  child.kill("SIGHUP");
  const [code] = await exited;
  expect(code).toBe(42);
});

test("captured output holds both streams", async () => {
  const outcome = await runChild(process.execPath, ["-e", "console.log(1); console.error(2)"], {
    capture: true,
  });
  expect(outcome.code).toBe(0);
  expect(outcome.output.split("\n").sort()).toEqual(["", "1", "2"]);
});

test("a command that cannot be started is an error", async () => {
  await expect(runChild("/nonexistent/command", [])).rejects.toMatchObject({ code: "ENOENT" });
});
