/** Entry point of `selvedge agent`: the only file of this package that exits or touches the process. */
import { once } from "node:events";
import { RefusedError, TlsListenerError } from "@selvedge/api";
import { NetlinkError } from "@selvedge/netlink";
import { Command } from "commander";
import { Agent } from "./agent.ts";
import { cleanUp } from "./cleanup.ts";
import { type AgentConfig, ConfigError, loadConfig } from "./config.ts";
import { createLogger } from "./log.ts";
import { AGENT_VERSION } from "./version.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

const command = new Command("selvedge agent")
  .description("the daemon of a host: BGP EVPN, VRF namespaces and VXLAN")
  .requiredOption("--config <file>", "configuration file (YAML)")
  .option("--cleanup", "remove everything of ours from this host, and end")
  .version(AGENT_VERSION)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE))
  .parse(process.argv);
const options = command.opts<{ config: string; cleanup?: boolean }>();

try {
  const config = loadConfig(options.config);
  process.exitCode = options.cleanup === true ? await runCleanup(config) : await runAgent(config);
} catch (error) {
  process.exitCode = reportFailure(error);
}

async function runAgent(config: AgentConfig): Promise<number> {
  const log = createLogger(config.host, config.log.level);
  const stop = new AbortController();
  const { signal } = stop;
  const ended = Promise.race([
    once(process, "SIGTERM", { signal }),
    once(process, "SIGINT", { signal }),
  ]);
  const agent = await Agent.start(config, log);
  process.on("SIGHUP", () => void agent.hangUp());
  const [signalName] = await ended;
  stop.abort();
  log.info({ signal: signalName }, "stopping; the data path stays as it is");
  await agent[Symbol.asyncDispose]();
  return 0;
}

async function runCleanup(config: AgentConfig): Promise<number> {
  const log = createLogger(config.host, config.log.level);
  const { operations, failures } = await cleanUp(config, log);
  for (const { code, object, message } of failures) log.error({ code, object }, message);
  log.info({ operations, failures: failures.length }, "cleaned up");
  return failures.length === 0 ? 0 : EXIT_FAILURE;
}

/** A message for what the operator can mend; anything else is a fault of ours and keeps its stack. */
function reportFailure(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.issues.join("\n")}\n`);
    return EXIT_USAGE;
  }
  if (
    error instanceof RefusedError ||
    error instanceof TlsListenerError ||
    error instanceof NetlinkError
  ) {
    const isRoot = process.getuid?.() === 0;
    const hint = error instanceof NetlinkError && !isRoot ? " (run the agent as root)" : "";
    process.stderr.write(`selvedge agent: ${error.message}${hint}\n`);
    return EXIT_FAILURE;
  }
  throw error;
}
