/**
 * Which endpoint of a VRF has an address when several want it. Pure.
 */
import type { IpAddress } from "@selvedge/net";

/** Claims on the addresses of one VRF. The endpoint whose name sorts first has the address. */
export class AddressClaims {
  readonly #claimants = new Map<IpAddress, readonly string[]>();

  /** Adds claims. Returns the other endpoints that want one of these addresses. */
  add(endpoint: string, addresses: readonly IpAddress[]): Set<string> {
    const rivals = new Set<string>();
    for (const address of addresses) {
      const others = (this.#claimants.get(address) ?? []).filter((name) => name !== endpoint);
      for (const other of others) {
        rivals.add(other);
      }
      this.#claimants.set(address, [...others, endpoint].sort());
    }
    return rivals;
  }

  /** Takes claims back. Returns the other endpoints that want one of these addresses. */
  remove(endpoint: string, addresses: readonly IpAddress[]): Set<string> {
    const rivals = new Set<string>();
    for (const address of addresses) {
      const others = (this.#claimants.get(address) ?? []).filter((name) => name !== endpoint);
      for (const other of others) {
        rivals.add(other);
      }
      if (others.length === 0) {
        this.#claimants.delete(address);
      } else {
        this.#claimants.set(address, others);
      }
    }
    return rivals;
  }

  /** The endpoint that has the address. */
  owner(address: IpAddress): string | undefined {
    return this.#claimants.get(address)?.[0];
  }
}
