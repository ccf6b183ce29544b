/** A RIB under test and the reference beside it: every event goes to both, and at rest both must agree. */
import { expect } from "vitest";
import type { PeerId, RibPeer } from "../../../src/rib/peer.ts";
import type { ReceiveOutcome } from "../../../src/rib/receive.ts";
import { Rib } from "../../../src/rib/rib.ts";
import type { RibOptions } from "../../../src/rib/rib-options.ts";
import type { RoutePage } from "../../../src/rib/route-page.ts";
import type { RibVrf, VrfNextHop, VrfRouteChange } from "../../../src/rib/vrf.ts";
import type { PathAttribute } from "../../../src/wire/attribute/path-attribute.ts";
import { type EvpnRoute, encodeEvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { hex } from "../../../src/wire/hex.ts";
import type { MembershipRoute } from "../../../src/wire/route-target-membership.ts";
import { encodeUpdate } from "../../../src/wire/update-encode.ts";
import type { UpdateFields } from "../../../src/wire/update-message.ts";
import { scanUpdate, UpdateScan } from "../../../src/wire/update-scan.ts";
import type { Event } from "./arbitraries.ts";
import { attributeHex, narrowAttributes } from "./attributes.ts";
import { keyOf, PeerModel, type ToldRoute } from "./peer-model.ts";
import { type PolicyName, policiesWith, type Switch } from "./policies.ts";
import {
  isConstrained,
  type MembershipAnnouncement,
  ReferenceMemberships,
} from "./reference-memberships.ts";
import { type Announcement, ReferenceRib } from "./reference-rib.ts";
import { OWN_ASN, OWN_CLUSTER_ID, OWN_ROUTER_ID, type SessionSlot, SLOTS } from "./sessions.ts";

const WIDE = { ...(SLOTS[0]?.context ?? fail("there is no session")) };

function fail(message: string): never {
  throw new Error(message);
}

/** What happens to one session, without further particulars. */
type SessionEvent = Exclude<
  Extract<Event, { slot: number }>,
  { kind: "announce" | "withdraw" | "policies" | "reevaluate" }
>;

/** A session that is up, or that was and whose paths are retained. */
interface Session {
  readonly id: PeerId;
  readonly model: PeerModel;
  readonly isUp: boolean;
}

export class World {
  readonly rib: Rib;
  readonly reference = new ReferenceRib();
  readonly memberships = new ReferenceMemberships();
  readonly #sessions = new Map<SessionSlot, Session>();
  readonly #models = new Map<PeerId, PeerModel>();
  /** What the changes of each VRF add up to. */
  readonly #imported = new Map<string, Map<string, readonly VrfNextHop[]>>();
  readonly #scan = new UpdateScan();
  #isAwake = false;
  readonly #switch: Switch = { isOn: false };
  readonly #policies = policiesWith(this.#switch);
  /** What the policies go by has changed, and they have not all been asked again. */
  #isFlipped = false;

  constructor(options: Pick<RibOptions, "onPolicyFailure"> = {}) {
    this.rib = new Rib({
      ...options,
      asn: OWN_ASN,
      routerId: OWN_ROUTER_ID,
      clusterId: OWN_CLUSTER_ID,
      send: (peer, bytes, messages) =>
        (this.#models.get(peer) ?? fail(`${peer} has no session`)).take(bytes, messages),
      onRefresh: (peer, mark) =>
        (this.#models.get(peer) ?? fail(`${peer} has no session`)).refresh(mark),
      onVrfRoutes: (vrf, changes) => this.#applyChanges(vrf, changes),
      onWork: () => {
        this.#isAwake = true;
      },
    });
  }

  apply(event: Event): void {
    switch (event.kind) {
      case "announce":
        this.announce(slotAt(event.slot), event.announcements);
        return;
      case "withdraw":
        this.withdraw(slotAt(event.slot), event.routes);
        return;
      case "want":
        this.want(slotAt(event.slot), event.wanted);
        return;
      case "no-longer-want":
        this.noLongerWant(slotAt(event.slot), event.memberships);
        return;
      case "need-all":
        this.memberships.needsAll = event.all;
        this.rib.askForAll(event.all);
        return;
      case "set-vrf":
        this.setVrf(event.vrf);
        return;
      case "remove-vrf":
        this.removeVrf(event.name);
        return;
      case "originate":
        if (!this.reference.vrfs.has(event.vrf)) return;
        this.reference.local.get(event.vrf)?.set(event.route.prefix, event.route);
        this.rib.local.originateType5(event.vrf, event.route);
        return;
      case "withdraw-local":
        if (!this.reference.vrfs.has(event.vrf)) return;
        this.reference.local.get(event.vrf)?.delete(event.prefix);
        this.rib.local.withdrawType5(event.vrf, event.prefix);
        return;
      case "take-over":
        this.takeOver(slotAt(event.slot), slotAt(event.by));
        return;
      case "policies":
        this.setPolicies(slotAt(event.slot), event);
        return;
      case "flip":
        this.#switch.isOn = !this.#switch.isOn;
        this.#isFlipped = true;
        return;
      case "reevaluate": {
        const id = this.#sessions.get(slotAt(event.slot))?.id;
        if (id === undefined) return;
        if (event.direction === "import") this.rib.reevaluateImport(id);
        else this.rib.reevaluateExport(id);
        return;
      }
      case "work":
        this.rib.work(event.rows);
        return;
      default:
        this.#applyToSession(event.kind, slotAt(event.slot));
        return;
    }
  }

  up(slot: SessionSlot): void {
    const known = this.#sessions.get(slot);
    if (known?.isUp || this.#hasOther(slot, slot)) return;
    this.memberships.up(slot);
    const model = new PeerModel(slot);
    if (known !== undefined) {
      this.#models.set(known.id, model);
      this.#sessions.set(slot, { id: known.id, model, isUp: true });
      this.rib.resumePeer(known.id, this.#peer(slot));
      return;
    }
    const id = this.rib.addPeer(this.#peer(slot));
    this.#models.set(id, model);
    this.#sessions.set(slot, { id, model, isUp: true });
  }

  /** The peer of `slot` loses its session, is expected back, and comes back as that of `by`. */
  takeOver(slot: SessionSlot, by: SessionSlot): void {
    const known = this.#sessions.get(slot);
    if (known === undefined || this.#sessions.has(by) || this.#hasOther(by, slot)) return;
    if (known.isUp) this.retain(slot);
    this.#sessions.delete(slot);
    const isSame = by.peer.address === slot.peer.address;
    if (isSame) this.reference.move(slot, by);
    if (isSame && isConstrained(by)) this.memberships.move(slot, by);
    this.reference.drop(slot);
    this.memberships.drop(slot);
    this.memberships.up(by);
    const model = new PeerModel(by);
    this.#models.set(known.id, model);
    this.#sessions.set(by, { id: known.id, model, isUp: true });
    this.rib.resumePeer(known.id, this.#peer(by));
  }

  announce(slot: SessionSlot, announcements: readonly Announcement[]): void {
    const session = this.#sessions.get(slot);
    const first = announcements[0];
    if (!session?.isUp || first === undefined) return;
    for (const announcement of announcements) this.reference.announce(slot, announcement);
    const routes = announcements.map(({ route }) => route);
    const { attributes, nextHop } = first;
    const fields: UpdateFields = {
      withdrawn: [],
      attributes: slot.peer.fourOctetAs ? attributes : narrowAttributes(attributes),
      announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes }],
    };
    expect(this.#receive(session, fields)).toBe("routes");
  }

  withdraw(slot: SessionSlot, routes: readonly EvpnRoute[]): void {
    const session = this.#sessions.get(slot);
    if (!session?.isUp) return;
    for (const route of routes) this.reference.withdraw(slot, route);
    const fields: UpdateFields = {
      withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes }],
      attributes: [],
      announced: [],
    };
    expect(this.#receive(session, fields)).toBe("routes");
  }

  want(slot: SessionSlot, wanted: MembershipAnnouncement): void {
    const session = this.#sessions.get(slot);
    if (!session?.isUp) return;
    this.memberships.announce(slot, wanted);
    const { attributes, memberships, nextHop } = wanted;
    const routes = { carriedIn: "mp-reach", family: "rtc", nextHop, routes: memberships } as const;
    const fields = { withdrawn: [], attributes, announced: [routes] };
    expect(this.#receive(session, fields)).toBe("memberships");
  }

  noLongerWant(slot: SessionSlot, memberships: readonly MembershipRoute[]): void {
    const session = this.#sessions.get(slot);
    if (!session?.isUp) return;
    this.memberships.withdraw(slot, memberships);
    const routes = { carriedIn: "mp-unreach", family: "rtc", routes: memberships } as const;
    const fields = { withdrawn: [routes], attributes: [], announced: [] };
    expect(this.#receive(session, fields)).toBe("memberships");
  }

  /** The peer sends End-of-RIB of its memberships. */
  complete(slot: SessionSlot): void {
    this.#applyToSession("complete", slot);
  }

  down(slot: SessionSlot): void {
    this.#applyToSession("down", slot);
  }

  retain(slot: SessionSlot): void {
    this.#applyToSession("retain", slot);
  }

  sweep(slot: SessionSlot): void {
    this.#applyToSession("sweep", slot);
  }

  /** Gives a session other policies; one that is not there gets them when it comes. */
  setPolicies(
    slot: SessionSlot,
    names: {
      readonly importPolicy?: PolicyName | undefined;
      readonly exportPolicy?: PolicyName | undefined;
    },
  ): void {
    const { importPolicy, exportPolicy } = names;
    this.reference.policies.set(slot, {
      importPolicy: importPolicy && this.#policies[importPolicy],
      exportPolicy: exportPolicy && this.#policies[exportPolicy],
    });
    const session = this.#sessions.get(slot);
    if (session !== undefined) this.rib.setPolicies(session.id, this.#overViews(slot));
  }

  setVrf(vrf: RibVrf): void {
    if (!this.reference.vrfs.has(vrf.name)) {
      this.#imported.set(vrf.name, new Map());
      this.reference.local.set(vrf.name, new Map());
    }
    this.reference.vrfs.set(vrf.name, vrf);
    this.rib.local.setVrf(vrf);
  }

  removeVrf(name: string): void {
    this.reference.vrfs.delete(name);
    this.reference.local.delete(name);
    this.#imported.delete(name);
    this.rib.local.removeVrf(name);
  }

  /** The far end of a session that is up. */
  model(slot: SessionSlot): PeerModel {
    return this.#sessions.get(slot)?.model ?? fail(`${slot.name} has no session`);
  }

  id(slot: SessionSlot): PeerId {
    return this.#sessions.get(slot)?.id ?? fail(`${slot.name} has no session`);
  }

  /** Lets everybody drain and all work be done. */
  settle(): void {
    if (this.#isFlipped) {
      for (const { id } of this.#sessions.values()) {
        this.rib.reevaluateImport(id);
        this.rib.reevaluateExport(id);
      }
      this.#isFlipped = false;
    }
    for (const { id, isUp, model } of this.#sessions.values()) {
      model.willBlock = false;
      if (!isUp || !model.isBlocked) continue;
      model.isBlocked = false;
      this.rib.unblock(id);
    }
    for (let slices = 0; this.rib.work(3); slices++) {
      if (slices > 10_000) throw new Error("the work does not come to an end");
    }
  }

  /** Everything that can be seen from outside agrees with the reference. */
  expectAgreement(): void {
    expect(this.#isAwake || this.rib.view.counts().paths === 0).toBe(true);
    this.#expectTable();
    for (const [slot, { id, isUp, model }] of this.#sessions) {
      if (!isUp) continue;
      expect(sorted(model.routes), `what ${slot.name} was told`).toEqual(
        sorted(
          this.reference.toldTo(slot, ({ attributes }) => this.memberships.wants(slot, attributes)),
        ),
      );
      expect(sorted(this.#advertised(slot, id)), `shown as told to ${slot.name}`).toEqual(
        sorted(model.routes),
      );
      const { complete, ...memberships } = this.#expected(slot);
      expect(sorted(model.memberships), `memberships that ${slot.name} was told`).toEqual(
        memberships.told,
      );
      expect(model.endOfRibs).toBe(complete ? 1 : 0);
      expect(model.membershipEndOfRibs).toBe(isConstrained(slot) ? 1 : 0);
      expect(model.isRefreshing).toBe(false);
      const counts = this.rib.view.peerCounts(id);
      expect(counts.advertised).toBe(model.routes.size);
      expect(counts.output).toBe(complete ? "synchronised" : "replaying");
      expect(counts.memberships?.sent).toBe(memberships.sent);
      expect(counts.memberships?.received).toBe(memberships.received);
      const received = [...(this.reference.received.get(slot)?.values() ?? [])];
      expect(counts.paths).toBe(received.length);
      expect(counts.stalePaths).toBe(received.filter(({ stale }) => stale).length);
    }
    for (const vrf of this.reference.vrfs.values()) this.#expectImports(vrf);
  }

  /** Takes everything away and expects that nothing is left. */
  expectNoLeak(): void {
    for (const slot of [...this.#sessions.keys()]) this.down(slot);
    for (const name of [...this.reference.vrfs.keys()]) this.removeVrf(name);
    this.settle();
    const { memory, version: _, ...counts } = this.rib.view.counts();
    expect(counts).toEqual({
      attributeSets: 0,
      paths: 0,
      prefixes: 0,
      updateGroups: 0,
      targetSets: 0,
      memberships: 0,
      vrfRoutes: 0,
      nextHopSets: 0,
      macVrfEntries: 0,
    });
    expect(memory).toBeGreaterThan(0);
  }

  /** Whether there is a session of another slot with the same peer, that of `besides` aside. */
  #hasOther({ peer }: SessionSlot, besides?: SessionSlot): boolean {
    for (const other of this.#sessions.keys()) {
      if (other !== besides && other.peer.address === peer.address) return true;
    }
    return false;
  }

  #overViews(slot: SessionSlot): Pick<RibPeer, "importPolicy" | "exportPolicy"> {
    const { importPolicy, exportPolicy } = this.reference.policies.get(slot) ?? {};
    return { importPolicy: importPolicy?.overView, exportPolicy: exportPolicy?.overView };
  }

  #peer(slot: SessionSlot): RibPeer {
    return { ...slot.peer, ...this.#overViews(slot) };
  }

  #applyToSession(kind: SessionEvent["kind"], slot: SessionSlot): void {
    if (kind === "up") {
      this.up(slot);
      return;
    }
    const session = this.#sessions.get(slot);
    if (session === undefined) return;
    if (kind === "age") {
      if (session.isUp) return;
      this.reference.age(slot);
      this.rib.agePeer(session.id);
      return;
    }
    if (!session.isUp && kind !== "down") return;
    const { id, model } = session;
    switch (kind) {
      case "down":
        this.reference.drop(slot);
        this.memberships.drop(slot);
        this.#sessions.delete(slot);
        this.#models.delete(id);
        this.rib.removePeer(id);
        return;
      case "retain":
        this.reference.markStale(slot);
        this.memberships.retain(slot);
        this.#sessions.set(slot, { ...session, isUp: false });
        this.#models.delete(id);
        this.rib.retainPeer(id, "all");
        return;
      case "retain-reflected":
        this.reference.markStale(slot);
        this.reference.dropOwn(slot);
        this.memberships.retain(slot);
        this.#sessions.set(slot, { ...session, isUp: false });
        this.#models.delete(id);
        this.rib.retainPeer(id, "reflected");
        return;
      case "mark-stale":
        this.reference.markStale(slot);
        this.rib.markPeerStale(id);
        return;
      case "sweep":
        this.reference.sweep(slot);
        this.rib.sweepPeer(id);
        return;
      case "complete":
        if (isConstrained(slot)) this.#complete(slot, session);
        return;
      case "block":
        model.willBlock = !model.isBlocked;
        return;
      case "unblock":
        model.willBlock = false;
        model.isBlocked = false;
        this.rib.unblock(id);
        return;
      case "refresh":
        this.rib.refresh(id);
        return;
      default:
        throw new Error(`${kind} is not for a session`);
    }
  }

  #complete(slot: SessionSlot, session: Session): void {
    this.memberships.sweep(slot);
    this.memberships.complete.add(slot);
    const endOfRib = { carriedIn: "mp-unreach", family: "rtc", routes: [] } as const;
    const fields = { withdrawn: [endOfRib], attributes: [], announced: [] };
    expect(this.#receive(session, fields)).toBe("end-of-memberships");
  }

  /** What a peer is to have been told in the family of memberships, and whether it may be told routes. */
  #expected(slot: SessionSlot) {
    const { complete, received } = this.memberships;
    if (!isConstrained(slot)) return { complete: true, told: [] };
    const told = sorted(this.memberships.toldTo(slot, this.reference.vrfs.values()));
    return {
      complete: complete.has(slot),
      told,
      sent: told.length,
      received: received.get(slot)?.size ?? 0,
    };
  }

  #receive(session: Session, fields: UpdateFields): ReceiveOutcome {
    const { context } = session.model.slot;
    const bytes = encodeUpdate(fields, context);
    const reset = scanUpdate(bytes, 0, bytes.length, context, this.#scan);
    if (reset !== undefined) throw new Error(reset.reason);
    expect(this.#scan.errors).toEqual([]);
    const outcome = this.rib.receive(session.id, this.#scan);
    bytes.fill(0xee);
    return outcome;
  }

  #applyChanges(name: string, changes: readonly VrfRouteChange[]): void {
    const routes = this.#imported.get(name) ?? fail(`changes of ${name}, which is not there`);
    for (const change of changes) {
      const before = routes.get(change.prefix);
      if (change.kind === "unreachable") {
        if (before === undefined) throw new Error(`${change.prefix} was not reachable`);
        routes.delete(change.prefix);
      } else {
        expect(change.nextHops.length).toBeGreaterThan(0);
        if (JSON.stringify(before) === JSON.stringify(change.nextHops)) {
          throw new Error(`${change.prefix} was told twice`);
        }
        routes.set(change.prefix, change.nextHops);
      }
    }
  }

  #expectTable(): void {
    const slots = new Map([...this.#sessions].map(([slot, { id }]) => [id, slot]));
    const shown = [...this.rib.view.routes()].map((view) => ({
      key: keyOf(view.route),
      route: view.route,
      peer: view.peer === "local" ? "local" : slots.get(view.peer)?.name,
      nextHop: view.nextHop,
      attributes: view.attributes.map(inHex),
      best: view.best,
      stale: view.stale,
      refused: view.refused,
      hasLost: view.lostAt !== undefined,
      hasWon: view.wonAt !== undefined,
    }));
    const expected = [...this.reference.table()].flatMap(([key, paths]) =>
      paths.map(({ attributes, nextHop, refused, route, slot, stale }, index) => ({
        key,
        route,
        peer: slot?.name ?? "local",
        nextHop,
        attributes: attributes.map(inHex),
        best: index === 0 && refused === undefined,
        stale,
        refused,
        hasLost: index !== 0 && refused === undefined,
        hasWon: index === 0 && refused === undefined,
      })),
    );
    const order = (a: { key: string; peer: string | undefined }): string => `${a.key} ${a.peer}`;
    const compare = (a: Parameters<typeof order>[0], b: Parameters<typeof order>[0]): number =>
      order(a) < order(b) ? -1 : 1;
    expect(shown.sort(compare)).toEqual(expected.sort(compare));
    expect(this.rib.view.counts().paths).toBe(expected.length);
  }

  /** What is shown as told to a session, in small pages, as `PeerModel` keeps it. */
  #advertised(slot: SessionSlot, id: PeerId): Map<string, ToldRoute> {
    const shown = new Map<string, ToldRoute>();
    for (let from: number | undefined = 1; from !== undefined; ) {
      const page: RoutePage = this.rib.view.advertisedPage(id, {}, { from, limit: 2 });
      for (const { attributes, nextHop, route } of page.routes) {
        const octets = attributes.map((attribute) => attributeHex(attribute, slot.context));
        shown.set(keyOf(route), {
          nlri: hex(encodeEvpnRoute(route)),
          nextHop,
          attributes: octets,
        });
      }
      from = page.next;
    }
    return shown;
  }

  #expectImports(vrf: RibVrf): void {
    const expected = sorted(this.reference.imported(vrf));
    expect(sorted(this.#imported.get(vrf.name) ?? new Map()), `imports of ${vrf.name}`).toEqual(
      expected,
    );
    const shown = [...this.rib.view.vrfRoutes(vrf.name)].map(
      (change) => [change.prefix, change.kind === "reachable" ? change.nextHops : []] as const,
    );
    expect(sorted(new Map(shown))).toEqual(expected);
  }
}

function slotAt(index: number): SessionSlot {
  return SLOTS[index] ?? fail(`there is no session ${index}`);
}

function inHex(attribute: PathAttribute): string {
  return attributeHex(attribute, WIDE);
}

function sorted<V>(map: ReadonlyMap<string, V>): (readonly [string, V])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
