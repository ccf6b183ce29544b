/** Says whether koffi is in the process: after the import of the package, and after its first use. */
import { readFileSync } from "node:fs";
import { NetworkNamespace } from "../../src/index.ts";

const loaded = (): boolean => readFileSync("/proc/self/maps", "utf8").includes("koffi.node");

const before = loaded();
NetworkNamespace.current().close();
process.stdout.write(`${before} ${loaded()}\n`);
