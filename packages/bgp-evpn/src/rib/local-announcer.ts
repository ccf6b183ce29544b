/**
 * Puts local routes into the table: encodes NLRI and the canonical attribute set (see canonical-attributes.ts). Which
 * routes there are is decided in local-routes.ts and local-mac-vrfs.ts, what is in them in `originate/`.
 */
import { ipBytes } from "@selvedge/net";
import { ATTRIBUTE, FLAG } from "../wire/attribute/attribute-type.ts";
import { encodeExtendedCommunities } from "../wire/attribute/extended-community.ts";
import { encodePmsiTunnel } from "../wire/attribute/pmsi-tunnel.ts";
import { type EvpnRoute, encodeEvpnRoute } from "../wire/evpn/nlri.ts";
import { writeU32 } from "../wire/octets.ts";
import { DEFAULT_LOCAL_PREFERENCE } from "./attribute-table.ts";
import { closeAttribute, LONG_HEADER } from "./attribute-walk.ts";
import type { LocRib } from "./loc-rib.ts";
import { NlriBatch } from "./nlri-batch.ts";
import type { OriginatedRoute } from "./originate/originated-route.ts";
import type { Source } from "./peer-table.ts";

const MAX_ATTRIBUTES = 0x10000;

/** Announces and withdraws routes of this speaker. */
export class LocalAnnouncer {
  readonly #rib: LocRib;
  readonly #source: Source;
  readonly #attributes = new Uint8Array(MAX_ATTRIBUTES);
  readonly #batch = new NlriBatch();

  constructor(rib: LocRib, source: Source) {
    this.#rib = rib;
    this.#source = source;
  }

  announce(originated: OriginatedRoute): void {
    const nlri = encodeEvpnRoute(originated.route);
    const length = this.#writeAttributes(originated);
    const attributes = this.#rib.attributes.intern(this.#attributes, length);
    this.#batch.read(nlri, 0, nlri.length);
    this.#rib.announce(this.#source, this.#batch, 0, attributes, 0);
    this.#rib.attributes.release(attributes);
  }

  /** Takes a route back; of the NLRI only the key counts (see nlri-key.ts). */
  withdraw(route: EvpnRoute): void {
    const nlri = encodeEvpnRoute(route);
    this.#batch.read(nlri, 0, nlri.length);
    this.#rib.withdraw(this.#source, this.#batch, 0);
  }

  #writeAttributes({ communities, nextHop, pmsiTunnel }: OriginatedRoute): number {
    const address = ipBytes(nextHop);
    this.#attributes[0] = address.length;
    this.#attributes.set(address, 1);
    let at = 1 + address.length;
    at = this.#write(at, FLAG.TRANSITIVE, ATTRIBUTE.ORIGIN, [0]);
    at = this.#write(at, FLAG.TRANSITIVE, ATTRIBUTE.AS_PATH, []);
    const preference = new Uint8Array(4);
    writeU32(preference, 0, DEFAULT_LOCAL_PREFERENCE);
    at = this.#write(at, FLAG.TRANSITIVE, ATTRIBUTE.LOCAL_PREF, preference);
    const flags = FLAG.OPTIONAL | FLAG.TRANSITIVE;
    const encoded = encodeExtendedCommunities(communities);
    at = this.#write(at, flags, ATTRIBUTE.EXTENDED_COMMUNITIES, encoded);
    if (pmsiTunnel === undefined) return at;
    return this.#write(at, flags, ATTRIBUTE.PMSI_TUNNEL, encodePmsiTunnel(pmsiTunnel));
  }

  #write(at: number, flags: number, type: number, value: ArrayLike<number>): number {
    this.#attributes.set(value, at + LONG_HEADER);
    return closeAttribute(this.#attributes, at, flags, type, at + LONG_HEADER + value.length);
  }
}
