/** What `check` finds wrong: allocations, Endpoints and hosts that do not say the same. */

import type { IpAddress, IpPrefix, MacAddress } from "@selvedge/net";
import type { PoolId } from "./store-key.ts";
import type { UnreadableEntry } from "./stored-pools.ts";

/** An address of a pool. */
interface Place {
  readonly pool: PoolId;
  readonly address: IpAddress;
}

/** An allocation, or the place of one that is missing. */
interface BlockPlace extends Place {
  readonly block: IpPrefix;
}

/** One fault. */
export type Finding =
  /** Given to an Endpoint that does not exist, or does not have the address. `since`: milliseconds since 1970. */
  | (BlockPlace & { readonly kind: "leaked"; readonly owner: string; readonly since: number })
  /** An Endpoint has an address that is not given to it. */
  | (BlockPlace & {
      readonly kind: "missing";
      readonly owner: string;
      readonly host: string;
      readonly mac?: MacAddress;
    })
  /** Several have the address. */
  | (Place & { readonly kind: "doubly-owned"; readonly owners: readonly string[] })
  /** Given, though the subnet does not have the address any more, or no such subnet is there. */
  | (Place & { readonly kind: "outside"; readonly owner: string })
  /** The allocation says another host than its Endpoint. */
  | (BlockPlace & {
      readonly kind: "wrong-host";
      readonly owner: string;
      readonly host: string;
      readonly declared: string;
    })
  /** The record of an owner does not list what the blocks give it. */
  | {
      readonly kind: "wrong-record";
      readonly pool: PoolId;
      readonly owner: string;
      readonly recorded: readonly IpAddress[];
      readonly given: readonly IpAddress[];
    }
  /** A host has the address in a VRF. `declared`: the host that it should be on; absent when no Endpoint has it. */
  | {
      readonly kind: "stray";
      readonly host: string;
      readonly vrf: string;
      readonly address: IpAddress;
      readonly declared?: string;
    }
  /** Several hosts have the address in a VRF. `declared` as above. */
  | {
      readonly kind: "doubly-wired";
      readonly hosts: readonly string[];
      readonly vrf: string;
      readonly address: IpAddress;
      readonly declared?: string;
    }
  /** The Endpoint is attached on its host, whose kernel does not have the address. */
  | {
      readonly kind: "unwired";
      readonly host: string;
      readonly vrf: string;
      readonly address: IpAddress;
    }
  | ({ readonly kind: "unreadable" } & UnreadableEntry);

/** What is wrong and what to do, in one line. */
export function findingMessage(finding: Finding): string {
  switch (finding.kind) {
    case "leaked":
      return `is given to ${finding.owner}, which does not have it; it should be released`;
    case "missing":
      return `is an address of ${finding.owner} and not given to it; it should be`;
    case "doubly-owned":
      return `is an address of ${finding.owners.join(" and of ")}; delete or change all but one`;
    case "outside":
      return `is given to ${finding.owner}, but the subnet does not have it; release it, or add a CIDR`;
    case "wrong-host":
      return `is given to ${finding.owner} for ${finding.host}, but that is on ${finding.declared}`;
    case "wrong-record":
      return `${finding.owner} is recorded with ${listed(finding.recorded)}, but is given ${listed(finding.given)}`;
    case "stray":
      return `is on host ${finding.host} in VRF ${finding.vrf}, but ${whereItShouldBe(finding)}`;
    case "doubly-wired":
      return `is on hosts ${finding.hosts.join(" and ")} in VRF ${finding.vrf}, but ${whereItShouldBe(finding)}`;
    case "unwired":
      return `is attached on host ${finding.host} in VRF ${finding.vrf}, whose kernel does not have it; see selvedge show endpoints there`;
    case "unreadable":
      return `cannot be read: ${finding.reason}; delete it, or use the version of Selvedge that wrote it`;
    default:
      return finding satisfies never;
  }
}

function whereItShouldBe({ declared }: { readonly declared?: string }): string {
  return declared === undefined ? "no endpoint has it" : `its endpoint is on ${declared}`;
}

function listed(addresses: readonly IpAddress[]): string {
  return addresses.length === 0 ? "nothing" : addresses.join(", ");
}
