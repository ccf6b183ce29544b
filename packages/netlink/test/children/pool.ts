/**
 * Prints how many threads a fresh process has, and how many of them are in another network namespace
 * than it, after work was given to libuv's thread pool for the first time while the main thread was in
 * another one. Arguments: name of that namespace, "run" or (as a control) "setns".
 */
import { randomFill } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { setns } from "../../src/libc.ts";
import { NetworkNamespace } from "../../src/namespace.ts";
import { CLONE_NEWNET } from "../../src/thread-namespace.ts";

const [name = "", way] = process.argv.slice(2);
const home = NetworkNamespace.current();
const tenant = NetworkNamespace.open(name);

let finished: Promise<void> = Promise.resolve();
const startWork = (): void => {
  finished = new Promise((resolve) => randomFill(new Uint8Array(1), () => resolve()));
};

if (way === "run") {
  tenant.run(startWork);
} else {
  setns(tenant.fd, CLONE_NEWNET);
  startWork();
  setns(home.fd, CLONE_NEWNET);
}
await finished;

const homeLink = readlinkSync("/proc/thread-self/ns/net");
const threads = readdirSync("/proc/self/task").map((thread) =>
  readlinkSync(`/proc/self/task/${thread}/ns/net`),
);
const strays = threads.filter((link) => link !== homeLink).length;
process.stdout.write(`${threads.length} ${strays}`);
