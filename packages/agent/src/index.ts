export { Agent } from "./agent.ts";
export { cleanUp } from "./cleanup.ts";
export { type AgentConfig, ConfigError, loadConfig, parseConfig } from "./config.ts";
export { createLogger, type Logger, type LogLevel } from "./log.ts";
