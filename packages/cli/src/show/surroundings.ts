/** What there is around a resource that its description is made of. */
import type { Endpoint, Host, Subnet, Vrf } from "@selvedge/resources";

export interface Surroundings {
  /** Of the tenant; of a Subnet or an Endpoint, with the one that it is in. */
  readonly vrfs: readonly Vrf[];
  /** Of a Tenant all, of a Vrf its own, of an Endpoint the one that it is in, of a Host those of its endpoints. */
  readonly subnets: readonly Subnet[];
  /** Of a Tenant and a Vrf those of the tenant, of a Subnet its own, of a Host those that are on it. */
  readonly endpoints: readonly Endpoint[];
  /** Undefined for whoever may not see hosts. */
  readonly hosts: readonly Host[] | undefined;
}
