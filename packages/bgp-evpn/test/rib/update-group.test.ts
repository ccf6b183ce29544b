import { expect, test } from "vitest";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { announcement, hostRoutes } from "./model/make.ts";
import { PeerModel } from "./model/peer-model.ts";
import type { Announcement } from "./model/reference-rib.ts";
import { OWN_ASN, OWN_ROUTER_ID, type SessionSlot, sessionSlot } from "./model/sessions.ts";

const client = (n: number): SessionSlot =>
  sessionSlot(`client ${n}`, `10.0.1.${n}`, { client: true });

interface Sent {
  readonly peer: PeerId;
  readonly bytes: Uint8Array;
}

/** A reflector with clients 1 to `count`, whose End-of-RIB has gone out. */
class Reflector {
  readonly models = new Map<PeerId, PeerModel>();
  readonly sent: Sent[] = [];
  readonly rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: (peer, bytes, messages) => {
      this.sent.push({ peer, bytes });
      return this.model(peer).take(bytes, messages);
    },
  });
  readonly peers: PeerId[] = [];
  readonly #scan = new UpdateScan();

  constructor(count: number) {
    for (let n = 1; n <= count; n++) this.peers.push(this.add(client(n)));
    this.finish();
  }

  add(slot: SessionSlot): PeerId {
    const id = this.rib.addPeer(slot.peer);
    this.models.set(id, new PeerModel(slot));
    return id;
  }

  peer(n: number): PeerId {
    const id = this.peers[n - 1];
    if (id === undefined) throw new Error(`there is no client ${n}`);
    return id;
  }

  model(id: PeerId): PeerModel {
    const model = this.models.get(id);
    if (model === undefined) throw new Error(`${id} has no session`);
    return model;
  }

  /** Routes held by the far ends of clients 1 and following. */
  get held(): number[] {
    return this.peers.map((id) => this.model(id).routes.size);
  }

  announce(id: PeerId, announcements: readonly Announcement[]): void {
    for (let first = 0; first < announcements.length; first += 100) {
      const part = announcements.slice(first, first + 100);
      const { attributes = [], nextHop } = part[0] ?? {};
      if (nextHop === undefined) return;
      const routes = part.map(({ route }) => route);
      this.#receive(id, {
        withdrawn: [],
        attributes,
        announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes }],
      });
    }
  }

  withdraw(id: PeerId, announcements: readonly Announcement[]): void {
    for (let first = 0; first < announcements.length; first += 100) {
      const routes = announcements.slice(first, first + 100).map(({ route }) => route);
      const withdrawn = [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes } as const];
      this.#receive(id, { withdrawn, attributes: [], announced: [] });
    }
  }

  finish(rows?: number): void {
    while (this.rib.work(rows));
  }

  #receive(id: PeerId, fields: Parameters<typeof encodeUpdate>[0]): void {
    const { context } = this.model(id).slot;
    const bytes = encodeUpdate(fields, context);
    expect(scanUpdate(bytes, 0, bytes.length, context, this.#scan)).toBeUndefined();
    this.rib.receive(id, this.#scan);
  }
}

test("all members get the very same array of octets, and the source of the routes none", () => {
  const reflector = new Reflector(5);
  reflector.sent.length = 0;
  reflector.announce(reflector.peer(1), hostRoutes(1000));
  reflector.finish();
  expect(reflector.held).toEqual([0, 1000, 1000, 1000, 1000]);
  const [first, ...others] = [2, 3, 4, 5].map((n) =>
    reflector.sent.filter(({ peer }) => peer === reflector.peer(n)).map(({ bytes }) => bytes),
  );
  for (const other of others) {
    expect(other).toHaveLength(first?.length ?? 0);
    expect(other.every((bytes, i) => bytes === first?.[i])).toBe(true);
  }
});

test("routes with the same attributes are packed together, also when they came in many UPDATEs", () => {
  const reflector = new Reflector(2);
  const before = reflector.model(reflector.peer(2)).messages;
  for (const one of hostRoutes(1000)) reflector.announce(reflector.peer(1), [one]);
  reflector.finish();
  // 4096 octets hold 110 routes of 36 octets beside these attributes.
  expect(reflector.model(reflector.peer(2)).messages - before).toBe(10);
});

test("when the best route becomes a peer's own, that peer alone is told to forget the other", () => {
  const reflector = new Reflector(3);
  const [one, two] = [reflector.peer(1), reflector.peer(2)];
  reflector.announce(one, [announcement("10.1.0.0/24")]);
  reflector.finish();
  expect(reflector.held).toEqual([0, 1, 1]);
  reflector.announce(two, [announcement("10.1.0.0/24", { localPreference: 200 })]);
  reflector.finish();
  expect(reflector.held).toEqual([1, 0, 1]);
  reflector.withdraw(two, [announcement("10.1.0.0/24")]);
  reflector.finish();
  expect(reflector.held).toEqual([0, 1, 1]);
});

test("a new member is told the table and End-of-RIB, and the others nothing", () => {
  const reflector = new Reflector(2);
  reflector.announce(reflector.peer(1), hostRoutes(5000));
  reflector.finish();
  reflector.sent.length = 0;
  const late = reflector.add(client(9));
  reflector.finish(500);
  expect(new Set(reflector.sent.map(({ peer }) => peer))).toEqual(new Set([late]));
  expect(reflector.model(late).routes.size).toBe(5000);
  expect(reflector.model(late).endOfRibs).toBe(1);
});

test("members that come together are told the table together: it is encoded once", () => {
  const reflector = new Reflector(1);
  reflector.announce(reflector.peer(1), hostRoutes(5000));
  reflector.finish();
  reflector.sent.length = 0;
  for (let n = 10; n < 20; n++) reflector.peers.push(reflector.add(client(n)));
  reflector.finish();
  expect(reflector.held).toEqual([0, ...Array.from({ length: 10 }, () => 5000)]);
  const different = new Set(reflector.sent.map(({ bytes }) => bytes));
  const octets = [...different].reduce((sum, { length }) => sum + length, 0);
  // Ten End-of-RIB markers are the only octets that are not shared.
  expect(octets).toBeLessThan(5000 * 38 + 10 * 29);
});

test("End-of-RIB comes after the routes that were there before, however small the slices", () => {
  const reflector = new Reflector(1);
  reflector.announce(reflector.peer(1), hostRoutes(3000));
  reflector.finish();
  const late = reflector.add(client(9));
  const model = reflector.model(late);
  while (model.endOfRibs === 0) {
    expect(reflector.rib.view.peerCounts(late).output).toBe("replaying");
    reflector.rib.work(10);
  }
  expect(model.routes.size).toBe(3000);
  expect(reflector.rib.view.peerCounts(late)).toMatchObject({
    output: "synchronised",
    advertised: 3000,
  });
});

test("a blocked member holds up nobody and no memory, and later gets what it missed, as it is then", () => {
  const reflector = new Reflector(3);
  const [one, , three] = [reflector.peer(1), reflector.peer(2), reflector.peer(3)];
  reflector.announce(one, hostRoutes(500));
  reflector.finish();
  const slow = reflector.model(three);
  slow.willBlock = true;
  reflector.announce(one, [announcement("10.1.0.0/24")]);
  reflector.finish();
  expect(reflector.rib.view.peerCounts(three).output).toBe("blocked");
  const memory = reflector.rib.view.counts().memory;
  // `take` throws when the blocked member is sent anything.
  for (let round = 0; round < 20; round++) {
    reflector.announce(one, hostRoutes(500, { label: 6000 + round }));
    reflector.finish();
  }
  reflector.withdraw(one, hostRoutes(100));
  reflector.finish();
  expect(reflector.held).toEqual([0, 401, 501]);
  expect(reflector.rib.view.counts().memory - memory).toBeLessThan(0x10000);
  const before = slow.messages;
  slow.isBlocked = false;
  reflector.rib.unblock(three);
  reflector.finish();
  expect(reflector.held).toEqual([0, 401, 401]);
  expect([...slow.routes]).toEqual(
    expect.arrayContaining([...reflector.model(reflector.peer(2)).routes]),
  );
  // 401 routes and 100 withdrawals, not twenty rounds of them.
  expect(slow.messages - before).toBeLessThan(10);
});

test("a prefix that is gone is kept for a blocked member until it has been withdrawn from it", () => {
  const reflector = new Reflector(2);
  const [one, two] = [reflector.peer(1), reflector.peer(2)];
  reflector.announce(one, hostRoutes(10));
  reflector.finish();
  const slow = reflector.model(two);
  slow.willBlock = true;
  reflector.announce(one, [announcement("10.1.0.0/24")]);
  reflector.finish();
  reflector.withdraw(one, [...hostRoutes(10), announcement("10.1.0.0/24")]);
  reflector.finish();
  expect(reflector.rib.view.counts()).toMatchObject({ paths: 0, prefixes: 11 });
  slow.isBlocked = false;
  reflector.rib.unblock(two);
  reflector.finish();
  expect(slow.routes.size).toBe(0);
  expect(reflector.rib.view.counts().prefixes).toBe(0);
});

test("a blocked member that goes away leaves nothing behind", () => {
  const reflector = new Reflector(2);
  const [one, two] = [reflector.peer(1), reflector.peer(2)];
  reflector.announce(one, hostRoutes(10));
  reflector.finish();
  reflector.model(two).willBlock = true;
  reflector.announce(one, [announcement("10.1.0.0/24")]);
  reflector.finish();
  reflector.withdraw(one, [...hostRoutes(10), announcement("10.1.0.0/24")]);
  reflector.finish();
  reflector.rib.removePeer(two);
  reflector.finish();
  expect(reflector.rib.view.counts()).toMatchObject({ paths: 0, prefixes: 0, attributeSets: 0 });
});

test("a refresh tells one member everything again, and the others nothing", () => {
  const reflector = new Reflector(3);
  reflector.announce(reflector.peer(1), hostRoutes(300));
  reflector.finish();
  const { endOfRibs, routes } = reflector.model(reflector.peer(2));
  reflector.sent.length = 0;
  routes.clear();
  reflector.rib.refresh(reflector.peer(2));
  reflector.finish();
  expect(new Set(reflector.sent.map(({ peer }) => peer))).toEqual(new Set([reflector.peer(2)]));
  expect(reflector.held).toEqual([0, 300, 300]);
  expect(reflector.model(reflector.peer(2)).endOfRibs).toBe(endOfRibs);
});

test("peers share a group when the bytes for them are the same", () => {
  const reflector = new Reflector(2);
  expect(reflector.rib.view.counts().updateGroups).toBe(1);
  const others = [
    sessionSlot("non-client", "10.0.2.1"),
    sessionSlot("two-octet client", "10.0.2.2", { client: true, fourOctetAs: false }),
    sessionSlot("client with long messages", "10.0.2.3", { client: true, extendedMessages: true }),
    sessionSlot("external", "10.0.2.4", { asn: 65009 }),
    sessionSlot("external of another AS", "10.0.2.5", { asn: 65010 }),
  ].map((slot) => reflector.add(slot));
  expect(reflector.rib.view.counts().updateGroups).toBe(5);
  for (const peer of others) reflector.rib.removePeer(peer);
  reflector.finish();
  expect(reflector.rib.view.counts().updateGroups).toBe(1);
});

test("a route whose attributes leave no room in a message is not told, and taken back when it grows so", () => {
  const reflector = new Reflector(2);
  const big = reflector.add(
    sessionSlot("long", "10.0.2.3", { client: true, extendedMessages: true }),
  );
  const bytes = "00".repeat(3900);
  const unknown = {
    kind: "unknown",
    type: 99,
    value: bytes,
    flags: ["optional", "transitive"],
  } as const;
  reflector.announce(big, [announcement("10.1.0.0/24")]);
  reflector.finish();
  expect(reflector.held).toEqual([1, 1]);
  reflector.announce(big, [announcement("10.1.0.0/24", { more: [unknown] })]);
  reflector.finish();
  expect(reflector.held).toEqual([0, 0]);
  const other = reflector.add(
    sessionSlot("long 2", "10.0.2.4", { client: true, extendedMessages: true }),
  );
  reflector.finish();
  expect(reflector.model(other).routes.size).toBe(1);
});
