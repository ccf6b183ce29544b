/** `show endpoints`: the endpoints of this host, their state and where they are attached. */
import type { EndpointListDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "Endpoint" },
  { title: "VRF" },
  { title: "State" },
  { title: "Addresses" },
  { title: "MAC" },
  { title: "Interface" },
  { title: "Workload" },
  { title: "Dropped", align: "right" },
];

/** The text of `selvedge show endpoints`. */
export function formatEndpoints({ endpoints, ahead }: EndpointListDocument): string {
  const expected = ahead.map(
    ({ name, workloadNamespace, workloadInterface }) =>
      `${name}: is on another host; attached to ${workloadNamespace}:${workloadInterface} when it is declared for this one\n`,
  );
  if (endpoints.length === 0) {
    return ["No endpoint is declared for this host\n", ...expected].join("");
  }
  const table = formatTable(
    COLUMNS,
    endpoints.map((endpoint) => [
      endpoint.name,
      endpoint.vrf,
      endpoint.state,
      endpoint.addresses.join(","),
      endpoint.mac,
      endpoint.hostInterface ?? "-",
      endpoint.workloadNamespace === undefined
        ? "-"
        : `${endpoint.workloadNamespace}:${endpoint.workloadInterface ?? ""}`,
      String(endpoint.droppedPackets ?? "-"),
    ]),
  );
  const reasons = endpoints.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [`${name}: ${reason}\n`],
  );
  return [table, ...reasons, ...expected].join("");
}
