/**
 * The sequence numbers with which MACs of this host are announced (MAC mobility, RFC 7432 section 15).
 *
 * A number is remembered while the MAC is here: the remote place that it was counted from is told no more once this one
 * counts, and all routes of a MAC have one number, also those that come later. It never falls meanwhile.
 */
import { type LocalMac, localMac, type RemoteMacChange, ZERO_ESI } from "@selvedge/bgp-evpn";
import type { MacAddress } from "@selvedge/net";

/** Numbers of the MACs that are here. */
export class MacSequences {
  readonly #numbers = new Map<string, number>();
  /** MACs that must not be announced, since they do not move from where they are. */
  readonly #withheld = new Set<string>();

  /** What to do with a MAC of this host while `place` is its best remote one. */
  next(bridgeDomain: string, mac: MacAddress, place: RemoteMacChange | undefined): LocalMac {
    const key = keyOf(bridgeDomain, mac);
    const [nextHop] = place?.nextHops ?? [];
    const held = place && nextHop && { ...place, vtep: nextHop.vtep };
    const verdict = localMac({ esi: ZERO_ESI, sticky: false }, held);
    if (verdict.kind === "sticky-elsewhere") {
      this.#withheld.add(key);
      return verdict;
    }
    this.#withheld.delete(key);
    const sequence = Math.max(verdict.sequence, this.#numbers.get(key) ?? 0);
    this.#numbers.set(key, sequence);
    return { kind: "announce", sequence };
  }

  /** Whether it was not announced because it is sticky elsewhere. */
  isWithheld(bridgeDomain: string, mac: MacAddress): boolean {
    return this.#withheld.has(keyOf(bridgeDomain, mac));
  }

  /** It is here no more. */
  forget(bridgeDomain: string, mac: MacAddress): void {
    const key = keyOf(bridgeDomain, mac);
    this.#numbers.delete(key);
    this.#withheld.delete(key);
  }
}

function keyOf(bridgeDomain: string, mac: MacAddress): string {
  return `${bridgeDomain} ${mac}`;
}
