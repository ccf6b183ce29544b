/**
 * What must hold of the table for any sequence of UPDATEs in three sessions, ends of sessions and slices of work: no
 * exception, and table and peers as the naive reference has them (test/rib/model).
 *
 * The input is a program. Each step is one octet, of which the low three bits say what to do and the next two in which
 * session; an UPDATE follows as two octets of length and its body.
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { PathAttribute } from "../../src/wire/attribute/path-attribute.ts";
import type { EvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { MESSAGE } from "../../src/wire/header.ts";
import { decodeUpdate } from "../../src/wire/update-decode.ts";
import type {
  AnnouncedRoutes,
  UpdateMessage,
  WithdrawnRoutes,
} from "../../src/wire/update-message.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { attributeHex } from "../rib/model/attributes.ts";
import { keyOf, PeerModel, type ToldRoute } from "../rib/model/peer-model.ts";
import { ReferenceRib } from "../rib/model/reference-rib.ts";
import {
  OWN_ASN,
  OWN_CLUSTER_ID,
  OWN_ROUTER_ID,
  type SessionSlot,
  SLOTS,
} from "../rib/model/sessions.ts";
import { framed } from "../wire/mutation.ts";

/** Two clients and an external neighbour, all with four-octet AS numbers. */
const SESSIONS: readonly SessionSlot[] = [0, 1, 5].flatMap((index) => SLOTS[index] ?? []);

interface Session {
  readonly id: PeerId;
  readonly model: PeerModel;
  readonly isUp: boolean;
}

/** Runs a program and compares at its end. */
export function rib(input: Uint8Array): void {
  const world = new FuzzWorld();
  for (const slot of SESSIONS) world.up(slot);
  let at = 0;
  while (at < input.length) {
    const step = input[at++] ?? 0;
    const slot = SESSIONS[((step >>> 3) & 3) % SESSIONS.length];
    if (slot === undefined) return;
    if ((step & 7) < 4) {
      const length = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
      world.receive(slot, framed(MESSAGE.UPDATE, input.subarray(at + 2, at + 2 + length)));
      at += 2 + length;
    } else {
      world.happen(step, slot);
    }
  }
  world.compare();
}

class FuzzWorld {
  readonly #reference = new ReferenceRib();
  readonly #sessions = new Map<SessionSlot, Session>();
  readonly #models = new Map<PeerId, PeerModel>();
  readonly #scan = new UpdateScan();
  readonly #rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    clusterId: OWN_CLUSTER_ID,
    send: (peer, bytes, messages) => this.#models.get(peer)?.take(bytes, messages) ?? "continue",
  });

  up(slot: SessionSlot): void {
    const known = this.#sessions.get(slot);
    if (known?.isUp) return;
    const model = new PeerModel(slot);
    const id = known?.id ?? this.#rib.addPeer(slot.peer);
    if (known !== undefined) this.#rib.resumePeer(id, slot.peer);
    this.#models.set(id, model);
    this.#sessions.set(slot, { id, model, isUp: true });
  }

  happen(step: number, slot: SessionSlot): void {
    const session = this.#sessions.get(slot);
    const isUp = session?.isUp === true;
    switch (step & 7) {
      case 4:
        if (session !== undefined) this.#down(slot, session);
        break;
      case 5:
        if (session !== undefined && isUp) this.#retain(slot, session);
        break;
      case 6:
        if (session === undefined || !isUp) this.up(slot);
        else if ((step & 32) === 0) this.#rib.refresh(session.id);
        else this.#sweep(slot, session);
        break;
      default:
        this.#rib.work(1 + (step >>> 5));
    }
  }

  receive(slot: SessionSlot, bytes: Uint8Array): void {
    const session = this.#sessions.get(slot);
    if (!session?.isUp) return;
    // Too short for an UPDATE: framing does not let it through.
    if (bytes.length < 23 || bytes.length > 4096) return;
    const update = decodeUpdate(bytes, 0, bytes.length, slot.context);
    const reset = scanUpdate(bytes, 0, bytes.length, slot.context, this.#scan);
    deepStrictEqual(reset !== undefined, update.treatment === "session-reset");
    if (reset !== undefined) {
      this.#down(slot, session);
      return;
    }
    this.#rib.receive(session.id, this.#scan);
    bytes.fill(0xee);
    this.#tell(slot, update);
  }

  compare(): void {
    for (let slices = 0; this.#rib.work(3); slices++) ok(slices < 10_000, "work without end");
    this.#compareTable();
    for (const [slot, { id, model, isUp }] of this.#sessions) {
      if (!isUp) continue;
      deepStrictEqual(sorted(model.routes), sorted(this.#reference.toldTo(slot)), slot.name);
      deepStrictEqual(
        this.#rib.view.peerCounts(id).paths,
        this.#reference.received.get(slot)?.size ?? 0,
      );
    }
    for (const [slot, session] of [...this.#sessions]) this.#down(slot, session);
    while (this.#rib.work(100)) this.#rib.work(100);
    const { paths, prefixes, attributeSets } = this.#rib.view.counts();
    deepStrictEqual([paths, prefixes, attributeSets], [0, 0, 0], "something is left");
  }

  #tell(slot: SessionSlot, { withdrawn, announced, attributes, treatment }: UpdateMessage): void {
    for (const route of routesIn(withdrawn)) this.#reference.withdraw(slot, route);
    const kept = attributes.filter(isKept);
    for (const group of announced) {
      for (const route of routesIn([group])) {
        if (treatment !== "accept" || !("nextHop" in group)) this.#reference.withdraw(slot, route);
        else this.#reference.announce(slot, { route, nextHop: group.nextHop, attributes: kept });
      }
    }
  }

  #down(slot: SessionSlot, { id }: Session): void {
    this.#reference.drop(slot);
    this.#sessions.delete(slot);
    this.#models.delete(id);
    this.#rib.removePeer(id);
  }

  #retain(slot: SessionSlot, session: Session): void {
    this.#reference.markStale(slot);
    this.#sessions.set(slot, { ...session, isUp: false });
    this.#models.delete(session.id);
    this.#rib.retainPeer(session.id, "all");
  }

  #sweep(slot: SessionSlot, { id }: Session): void {
    this.#reference.sweep(slot);
    this.#rib.sweepPeer(id);
  }

  #compareTable(): void {
    const slots = new Map([...this.#sessions].map(([slot, { id }]) => [id, slot.name]));
    const shown = [...this.#rib.view.routes()].map(
      ({ route, peer, nextHop, attributes, best, stale }) =>
        [
          `${keyOf(route)} ${peer === "local" ? peer : slots.get(peer)}`,
          route,
          nextHop,
          attributes.map(plain),
          best,
          stale,
        ] as const,
    );
    const expected = [...this.#reference.table()].flatMap(([key, paths]) =>
      paths.map(
        ({ route, slot, nextHop, attributes, stale }, index) =>
          [
            `${key} ${slot?.name}`,
            route,
            nextHop,
            attributes.map(plain),
            index === 0,
            stale,
          ] as const,
      ),
    );
    const byKey = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]) =>
      a < b ? -1 : 1;
    deepStrictEqual(shown.sort(byKey), expected.sort(byKey));
  }
}

/** Those of L2VPN EVPN that have a key. */
function routesIn(groups: readonly (AnnouncedRoutes | WithdrawnRoutes)[]): EvpnRoute[] {
  return groups.flatMap((group) => {
    if (!("routes" in group) || group.family !== "l2vpn-evpn") return [];
    return group.routes.flatMap((route) =>
      "routeType" in route && route.kind !== "malformed" ? [route] : [],
    );
  });
}

function isKept({ kind }: PathAttribute): boolean {
  return !["mp-reach", "mp-unreach", "next-hop", "malformed"].includes(kind);
}

const WIDE = SESSIONS[0]?.context;

/** Octets of an attribute, but not how many its length has. */
function plain(attribute: PathAttribute): string {
  if (WIDE === undefined) throw new Error("there is no session");
  return shortHeader(attributeHex(attribute, WIDE));
}

function shortHeader(attribute: string): string {
  const flags = Number.parseInt(attribute.slice(0, 2), 16);
  const value = attribute.slice((flags & 0x10) === 0 ? 6 : 8);
  return `${(flags & 0xe0).toString(16)} ${attribute.slice(2, 4)} ${value}`;
}

function sorted(routes: ReadonlyMap<string, ToldRoute>): unknown[] {
  return [...routes]
    .map(([key, { attributes, ...route }]) => ({
      key,
      ...route,
      attributes: attributes.map(shortHeader),
    }))
    .sort(({ key: a }, { key: b }) => (a < b ? -1 : 1));
}
