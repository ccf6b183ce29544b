/** The agent that a command talks to: `--socket`, SELVEDGE_SOCKET or the default path. */
import { ApiClient } from "@selvedge/api";
import { Option } from "commander";

/** Where an agent listens. */
export const DEFAULT_SOCKET = "/run/selvedge/api.sock";

/** The option of commands that ask an agent. */
export function socketOption(): Option {
  return new Option("--socket <path>", "unix socket of the agent")
    .env("SELVEDGE_SOCKET")
    .default(DEFAULT_SOCKET);
}

/** A client of the agent that the options name. */
export function agentClient(options: { readonly socket: string }): ApiClient {
  return new ApiClient({ socketPath: options.socket });
}
