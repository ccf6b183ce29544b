/** A RIB with one peer, and what the changes of its MAC-VRFs add up to. */
import { expect } from "vitest";
import type { MacVrfChange } from "../../../src/rib/mac-vrf-change.ts";
import type { PeerId } from "../../../src/rib/peer.ts";
import { Rib } from "../../../src/rib/rib.ts";
import type { EvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { encodeUpdate } from "../../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../../src/wire/update-scan.ts";
import type { Announcement } from "./reference-rib.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./sessions.ts";

const SLOT = sessionSlot("reflector", "10.0.0.11");

/** Texts of changes by what they are about, for one MAC-VRF. */
export type ToldTable = Map<string, string>;

export class MacVrfWorld {
  readonly batches: { readonly macVrf: string; readonly size: number }[] = [];
  readonly #told = new Map<string, ToldTable>();
  #changes: string[] = [];
  readonly rib: Rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: () => "continue",
    onMacVrfChanges: (macVrf, changes) => {
      this.batches.push({ macVrf, size: changes.length });
      for (const change of changes) this.#note(macVrf, change);
    },
  });
  readonly #peer: PeerId = this.rib.addPeer(SLOT.peer);

  announce(...announcements: readonly Announcement[]): this {
    for (const { attributes, nextHop, route } of announcements) {
      const announced = [
        { carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] } as const,
      ];
      this.#receive({ withdrawn: [], attributes, announced });
    }
    return this;
  }

  withdraw(...routes: readonly (Announcement | EvpnRoute)[]): this {
    for (const each of routes) {
      const route = "route" in each ? each.route : each;
      const withdrawn = [
        { carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [route] } as const,
      ];
      this.#receive({ withdrawn, attributes: [], announced: [] });
    }
    return this;
  }

  /** The session ends, and its routes go. */
  loseSession(): this {
    this.rib.removePeer(this.#peer);
    return this;
  }

  /** What has been told since the last call, after all work, or after one slice. */
  changes(slice?: number): string[] {
    if (slice === undefined) while (this.rib.work());
    else this.rib.work(slice);
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** What all changes of a MAC-VRF add up to. */
  told(macVrf: string): ToldTable {
    return this.#told.get(macVrf) ?? new Map();
  }

  /** Forgets what was told of a MAC-VRF that is removed. */
  forget(macVrf: string): void {
    this.#told.delete(macVrf);
  }

  #note(macVrf: string, change: MacVrfChange): void {
    const table = this.told(macVrf);
    this.#told.set(macVrf, table);
    const [key, value] = textOf(change);
    this.#changes.push(`${macVrf} ${value === undefined ? "-" : "+"} ${key} ${value ?? ""}`.trim());
    if (value === undefined) expect(table.delete(key), `${key} was there`).toBe(true);
    else {
      expect(table.get(key), `${key} has changed`).not.toBe(value);
      table.set(key, value);
    }
  }

  #receive(fields: Parameters<typeof encodeUpdate>[0]): void {
    const bytes = encodeUpdate(fields, SLOT.context);
    const scan = new UpdateScan();
    expect(scanUpdate(bytes, 0, bytes.length, SLOT.context, scan)).toBeUndefined();
    expect(scan.errors).toEqual([]);
    this.rib.receive(this.#peer, scan);
  }
}

/** What a change is about and what it says; undefined: it is gone. */
function textOf(change: MacVrfChange): readonly [string, string | undefined] {
  switch (change.kind) {
    case "remote-mac": {
      const { defaultGateway, esi, mac, nextHops, sequence, sticky } = change;
      expect(nextHops.length).toBeGreaterThan(0);
      const flags = `${sticky ? " sticky" : ""}${defaultGateway ? " gateway" : ""}`;
      const hops = nextHops.map(({ vni, vtep }) => `${vtep}/${vni}`).join(" ");
      const segment = esi.startsWith("00") ? "" : " segment";
      return [`mac ${mac}`, `seq ${sequence}${flags}${segment} via ${hops}`];
    }
    case "remote-mac-gone":
      return [`mac ${change.mac}`, undefined];
    case "neighbour": {
      const { immutable, ip, mac, override, router } = change;
      const flags = `${router ? " router" : ""}${override ? " override" : ""}${immutable ? " immutable" : ""}`;
      return [`ip ${ip}`, `${mac}${flags}`];
    }
    case "neighbour-gone":
      return [`ip ${change.ip}`, undefined];
    case "remote-vtep":
      return [`vtep ${change.vtep}`, `${change.vni}`];
    case "remote-vtep-gone":
      return [`vtep ${change.vtep}`, undefined];
    default:
      return change satisfies never;
  }
}
