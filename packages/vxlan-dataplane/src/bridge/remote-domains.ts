/**
 * What other hosts have of the bridge domains of one VRF, whether those are wanted here or not. Pure.
 */
import type { IpAddress } from "@selvedge/net";
import { RemoteStations } from "./remote-stations.ts";

/** Remote stations by bridge domain. */
export class RemoteDomains {
  readonly #domains = new Map<string, RemoteStations>();

  /** Names of bridge domains, and what is known of them. */
  entries(): Iterable<readonly [bridgeDomain: string, stations: RemoteStations]> {
    return this.#domains;
  }

  /** What is known of a bridge domain, to be read or changed. */
  of(bridgeDomain: string): RemoteStations {
    let stations = this.#domains.get(bridgeDomain);
    if (stations === undefined) {
      stations = new RemoteStations();
      this.#domains.set(bridgeDomain, stations);
    }
    return stations;
  }

  /** Whether nothing is known. */
  get isEmpty(): boolean {
    return [...this.#domains.values()].every(({ isEmpty }) => isEmpty);
  }

  /** All VTEPs in use. */
  *vteps(): Generator<IpAddress> {
    for (const stations of this.#domains.values()) {
      yield* stations.vteps();
    }
  }

  /** Whether another set of VTEPs is in use than at the last call. */
  takeVtepsChanged(): boolean {
    let isChanged = false;
    for (const stations of this.#domains.values()) {
      isChanged = stations.takeVtepsChanged() || isChanged;
    }
    return isChanged;
  }

  clear(): void {
    this.#domains.clear();
  }
}
