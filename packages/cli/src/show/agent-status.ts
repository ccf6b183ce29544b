/** `show status`: one line for each part of the agent. */
import type { AgentStatus } from "@selvedge/api";
import { formatTable } from "../table.ts";

/** The text of `selvedge show status`. */
export function formatAgentStatus(status: AgentStatus): string {
  const head = `Agent of host ${status.host}, version ${status.version}, process ${status.pid}: ${
    status.ready ? "ready" : "not ready"
  }\n\n`;
  const table = formatTable(
    [{ title: "Part" }, { title: "Ready" }, { title: "Message" }],
    status.parts.map(({ part, ready, message }) => [part, ready ? "yes" : "no", message]),
  );
  return head + table;
}
