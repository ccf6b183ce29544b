/**
 * The MACs that this host originates as route type 2: that of each attached endpoint of a bridged subnet, alone and with
 * each of its addresses (RFC 7432, section 10). Follows what the dataplane has wired, so that nothing is advertised that
 * would not be delivered.
 */
import type { IpAddress, MacAddress } from "@selvedge/net";
import type { EndpointStatus } from "@selvedge/vxlan-dataplane";

/** A MAC of a bridge domain (`tenant/subnet`), alone or with an IP address. */
export interface LocalMac {
  readonly bridgeDomain: string;
  readonly mac: MacAddress;
  readonly ip?: IpAddress;
}

/** What begins or ceases to be here. */
export type LocalMacChange =
  | { readonly kind: "originate"; readonly local: LocalMac }
  | { readonly kind: "withdraw"; readonly local: LocalMac };

/** MACs of attached endpoints by bridge domain. */
export class LocalMacTable {
  #originated = new Map<string, LocalMac>();

  /** Takes the endpoints as they are now and returns what that changes, withdrawals first. */
  follow(endpoints: readonly EndpointStatus[]): LocalMacChange[] {
    const wanted = new Map<string, LocalMac>();
    for (const endpoint of endpoints) {
      for (const local of macsOf(endpoint)) wanted.set(keyOf(local), local);
    }
    const changes: LocalMacChange[] = [];
    for (const [key, local] of this.#originated) {
      if (!wanted.has(key)) changes.push({ kind: "withdraw", local });
    }
    for (const [key, local] of wanted) {
      if (!this.#originated.has(key)) changes.push({ kind: "originate", local });
    }
    this.#originated = wanted;
    return changes;
  }

  /** What is here of a bridge domain. */
  *of(bridgeDomain: string): Generator<LocalMac> {
    for (const local of this.#originated.values()) {
      if (local.bridgeDomain === bridgeDomain) yield local;
    }
  }

  /** Whether a MAC is that of an endpoint here. */
  has(bridgeDomain: string, mac: MacAddress): boolean {
    return this.#originated.has(keyOf({ bridgeDomain, mac }));
  }
}

function* macsOf({ bridgeDomain, mac, addresses, state }: EndpointStatus): Generator<LocalMac> {
  if (bridgeDomain === undefined || state.kind !== "attached") return;
  yield { bridgeDomain, mac };
  for (const ip of addresses) yield { bridgeDomain, mac, ip };
}

function keyOf({ bridgeDomain, mac, ip }: LocalMac): string {
  return `${bridgeDomain} ${mac} ${ip ?? ""}`;
}
