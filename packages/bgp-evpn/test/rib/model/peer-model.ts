/**
 * The other end of a session: keeps what it is told as a BGP speaker would, and insists on what a good neighbour does.
 */

import { type EvpnRoute, encodeEvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { evpnKey } from "../../../src/wire/evpn/nlri-key.ts";
import { frameLength } from "../../../src/wire/header.ts";
import { hex } from "../../../src/wire/hex.ts";
import { encodeNlri, type Route } from "../../../src/wire/nlri.ts";
import { decodeUpdate } from "../../../src/wire/update-decode.ts";
import type { UpdateMessage } from "../../../src/wire/update-message.ts";
import { attributeHex } from "./attributes.ts";
import type { SessionSlot } from "./sessions.ts";

/** A route as a peer was told it: everything in octets, as hex. */
export interface ToldRoute {
  readonly nlri: string;
  readonly nextHop: string;
  readonly attributes: readonly string[];
}

/** The key octets of a route, as hex: equal for the same route. */
export function keyOf(route: EvpnRoute): string {
  const key = new Uint8Array(257);
  return hex(key.subarray(0, evpnKey(encodeEvpnRoute(route), 0, key, 0)));
}

/** One session's far end. */
export class PeerModel {
  readonly slot: SessionSlot;
  readonly routes = new Map<string, ToldRoute>();
  /** What it was told in the family of route target membership, by the octets of the NLRI as hex. */
  readonly memberships = new Map<string, ToldRoute>();
  endOfRibs = 0;
  membershipEndOfRibs = 0;
  /** During a refresh, the routes that have not been told again. */
  #stale: Set<string> | undefined;
  messages = 0;
  isBlocked = false;
  /** The next chunk makes it block. */
  willBlock = false;

  constructor(slot: SessionSlot) {
    this.slot = slot;
  }

  /** Takes what the RIB sends; throws on what it should not have sent. */
  take(bytes: Uint8Array, messages: number): "continue" | "blocked" {
    if (this.isBlocked) throw new Error(`${this.slot.name} was sent bytes while blocked`);
    const { context } = this.slot;
    let count = 0;
    for (let at = 0; at < bytes.length; count++) {
      const length = frameLength(bytes, at, bytes.length, context);
      if (length <= 0) throw new Error(`${this.slot.name} was sent a broken frame`);
      this.#apply(decodeUpdate(bytes, at, length, context));
      at += length;
    }
    if (count !== messages) throw new Error(`${count} messages were sent as ${messages}`);
    this.messages += count;
    this.isBlocked = this.willBlock;
    this.willBlock = false;
    return this.isBlocked ? "blocked" : "continue";
  }

  /** BoRR and EoRR: what is not told between them is gone (RFC 7313 section 4). */
  refresh(mark: "begin" | "end"): void {
    if (this.endOfRibs === 0) throw new Error("a refresh began before End-of-RIB");
    if ((mark === "begin") !== (this.#stale === undefined)) throw new Error(`${mark} out of order`);
    for (const key of this.#stale ?? []) this.routes.delete(key);
    this.#stale = mark === "begin" ? new Set(this.routes.keys()) : undefined;
  }

  get isRefreshing(): boolean {
    return this.#stale !== undefined;
  }

  #apply(update: UpdateMessage): void {
    if (update.errors.length > 0) throw new Error(JSON.stringify(update.errors));
    if (update.endOfRib === "l2vpn-evpn") this.endOfRibs++;
    if (update.endOfRib === "rtc") this.membershipEndOfRibs++;
    for (const group of update.withdrawn) {
      for (const route of "routes" in group ? group.routes : []) {
        const [table, key] = this.#entry(route);
        if (table === this.routes) this.#stale?.delete(key);
        if (!table.delete(key)) {
          throw new Error(`${this.slot.name} was told to forget what it never heard`);
        }
      }
    }
    const attributes = update.attributes
      .filter(({ kind }) => kind !== "mp-reach" && kind !== "mp-unreach")
      .map((attribute) => attributeHex(attribute, this.slot.context));
    for (const group of update.announced) {
      if (!("nextHop" in group)) throw new Error("routes were sent without next hop");
      for (const route of group.routes) {
        const [table, key, nlri] = this.#entry(route);
        if (table === this.routes) this.#stale?.delete(key);
        table.set(key, { nlri, nextHop: group.nextHop, attributes });
      }
    }
  }

  /** The table, the key and the octets of a route. */
  #entry(route: Route): readonly [Map<string, ToldRoute>, string, string] {
    const nlri = hex(encodeNlri([route]));
    switch (route.kind) {
      case "unicast":
        throw new Error("unicast routes were sent");
      case "membership":
      case "malformed-membership":
        return [this.memberships, nlri, nlri];
      default:
        return [this.routes, keyOf(route), nlri];
    }
  }
}
