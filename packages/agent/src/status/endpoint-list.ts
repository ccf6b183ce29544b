/** The endpoints of this host as the API's document. */
import type { EndpointListDocument, EndpointStatusDocument } from "@selvedge/api";
import type { EndpointStatus } from "@selvedge/vxlan-dataplane";
import type { Attachment } from "../attachments.ts";
import type { EndpointIntent } from "../intent/endpoint-intent.ts";

/** All endpoints of the host, in the order of their names. */
export function endpointListDocument(
  intents: Iterable<EndpointIntent>,
  statuses: readonly EndpointStatus[],
  drops: ReadonlyMap<string, number>,
  attachments: readonly Attachment[],
): EndpointListDocument {
  const byName = new Map(statuses.map((status) => [status.name, status]));
  const endpoints = [...intents].map((intent) => {
    const droppedPackets = drops.get(intent.name);
    return {
      ...endpointDocument(intent, byName.get(intent.name)),
      ...(droppedPackets === undefined ? {} : { droppedPackets }),
    };
  });
  const here = new Set(endpoints.map(({ name }) => name));
  const ahead = attachments.flatMap(({ endpoint: name, namespace, interface: device, ahead }) =>
    ahead === true && !here.has(name)
      ? [{ name, workloadNamespace: namespace, workloadInterface: device }]
      : [],
  );
  return { endpoints: endpoints.sort(compareNames), ahead: ahead.sort(compareNames) };
}

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** `status` is absent for an endpoint without a workload. */
export function endpointDocument(
  intent: EndpointIntent,
  status: EndpointStatus | undefined,
): EndpointStatusDocument {
  return {
    name: intent.name,
    vrf: intent.vrf,
    subnet: intent.subnet,
    addresses: [...intent.addresses],
    mac: intent.mac,
    ...stateFields(status),
    ...(status === undefined
      ? {}
      : {
          workloadNamespace: status.workload.namespace,
          workloadInterface: status.workload.interface,
        }),
  };
}

function stateFields(
  status: EndpointStatus | undefined,
): Pick<EndpointStatusDocument, "state" | "reason" | "hostInterface"> {
  if (status === undefined) return { state: "Declared" };
  const { state, failures } = status;
  const reason = failures.map(({ message }) => message).join("; ");
  const because = reason === "" ? {} : { reason };
  switch (state.kind) {
    case "pending":
      return { state: "Pending", ...because };
    case "attached":
      return { state: "Attached", hostInterface: state.hostInterface, ...because };
    case "not-attached":
      return { state: "Failed", reason: state.message };
    default:
      return state satisfies never;
  }
}
