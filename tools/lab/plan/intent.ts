/** The declared resources as far as a lab has to know them: hosts and endpoints. */
import type { IpAddress } from "@selvedge/net";
import { formatIssue, parseManifests, type Resource } from "@selvedge/resources";
import { LabError } from "../lab-error.ts";

export interface DeclaredHost {
  readonly name: string;
  readonly address: IpAddress;
  readonly isReflector: boolean;
}

export interface DeclaredEndpoint {
  /** `tenant/endpoint`. */
  readonly name: string;
  readonly tenant: string;
  readonly vrf: string;
  readonly host: string;
  readonly addresses: readonly IpAddress[];
}

export interface Intent {
  readonly hosts: readonly DeclaredHost[];
  readonly endpoints: readonly DeclaredEndpoint[];
}

/**
 * Reads manifests. Whether they fit together is for `selvedge apply` to say.
 *
 * @param file for messages.
 * @throws LabError with every issue, a line each.
 */
export function readIntent(file: string, text: string): Intent {
  const parsed = parseManifests(text, { file });
  if (parsed.kind === "refused") throw new LabError(parsed.issues.map(formatIssue).join("\n"));
  return intentOf(parsed.manifests.map((manifest) => manifest.resource));
}

export function intentOf(resources: readonly Resource[]): Intent {
  const vrfOfSubnet = new Map<string, string>();
  for (const resource of resources) {
    if (resource.kind !== "Subnet") continue;
    vrfOfSubnet.set(`${resource.metadata.namespace}/${resource.metadata.name}`, resource.spec.vrf);
  }
  const hosts: DeclaredHost[] = [];
  const endpoints: DeclaredEndpoint[] = [];
  for (const resource of resources) {
    if (resource.kind === "Host") {
      const { address, roles } = resource.spec;
      const isReflector = roles.includes("reflector");
      hosts.push({ name: resource.metadata.name, address, isReflector });
    } else if (resource.kind === "Endpoint") {
      const { namespace: tenant, name } = resource.metadata;
      const { subnet, host, addresses } = resource.spec;
      const vrf = vrfOfSubnet.get(`${tenant}/${subnet}`) ?? "";
      endpoints.push({ name: `${tenant}/${name}`, tenant, vrf, host, addresses });
    }
  }
  return { hosts, endpoints };
}
