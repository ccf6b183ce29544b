/**
 * Applies a scanned UPDATE of a peer to the table.
 *
 * Withdrawals first, then announcements: a prefix in both is announced (RFC 4271 section 4.3). An
 * announcement that may not be used (loops, malformed attributes, a route type 5 that means
 * withdraw) takes back what the peer announced before and is counted. Routes with path identifiers
 * (RFC 7911) are not taken: a session must not negotiate them for EVPN.
 *
 * RFC 4271 section 9, RFC 4456 section 8, RFC 4724 section 2, RFC 7606 section 2, RFC 9136 section 3.1.
 */
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import { AFI_L2VPN, SAFI_EVPN } from "../wire/family.ts";
import type { UpdateScan } from "../wire/update-scan.ts";
import { FACT } from "./attribute-table.ts";
import { CanonicalAttributes } from "./canonical-attributes.ts";
import { isHostRoute } from "./host-route.ts";
import type { LocRib } from "./loc-rib.ts";
import { NlriBatch } from "./nlri-batch.ts";
import { PATH_BY_GATEWAY, PATH_BY_SEGMENT, PATH_IMPORTABLE } from "./path-table.ts";
import type { RejectReason } from "./peer.ts";
import type { Source } from "./peer-table.ts";
import { type PolicyJudge, UNJUDGED } from "./policy-judge.ts";
import { overlayIndex } from "./type5-overlay.ts";

/** What an UPDATE was: routes, the End-of-RIB marker, the same of route target memberships, or nothing of these. */
export type ReceiveOutcome =
  | "routes"
  | "end-of-rib"
  | "memberships"
  | "end-of-memberships"
  | "ignored";

/** The loop that an attribute set with these facts (`FACT` bits) has gone through, if any. */
export function loopOf(facts: number): RejectReason | undefined {
  if ((facts & FACT.AS_LOOP) !== 0) return "as-loop";
  if ((facts & FACT.ORIGINATOR_LOOP) !== 0) return "originator-loop";
  if ((facts & FACT.CLUSTER_LOOP) !== 0) return "cluster-loop";
  return undefined;
}

/** Path flags of a route type 5 by its overlay index. */
const OVERLAY_FLAGS = {
  mac: PATH_IMPORTABLE,
  gateway: PATH_IMPORTABLE | PATH_BY_GATEWAY,
  segment: PATH_IMPORTABLE | PATH_BY_SEGMENT,
  unresolved: 0,
} as const;

/** Feeds UPDATEs of all peers into one table. */
export class Receiver {
  readonly #rib: LocRib;
  readonly #judge: PolicyJudge;
  readonly #canonical = new CanonicalAttributes();
  readonly #batch = new NlriBatch();

  constructor(rib: LocRib, judge: PolicyJudge) {
    this.#rib = rib;
    this.#judge = judge;
  }

  receive(source: Source, update: UpdateScan): ReceiveOutcome {
    const withdraws = update.unreachAfi === AFI_L2VPN && update.unreachSafi === SAFI_EVPN;
    const announces = update.reachAfi === AFI_L2VPN && update.reachSafi === SAFI_EVPN;
    if (update.isEndOfRib(AFI_L2VPN, SAFI_EVPN)) {
      source.endOfRibReceived = true;
      return "end-of-rib";
    }
    if (withdraws) {
      this.#withdraw(source, update.bytes, update.unreachNlriOffset, update.unreachNlriLength);
    }
    if (announces) this.#announce(source, update);
    return withdraws || announces ? "routes" : "ignored";
  }

  #withdraw(source: Source, bytes: Uint8Array, start: number, length: number): void {
    const batch = this.#batch;
    const end = start + length;
    for (let at = start; at < end; ) {
      at = this.#read(bytes, at, end);
      for (let i = 0; i < batch.count; i++) this.#rib.withdraw(source, batch, i);
    }
  }

  /** Treats announced NLRIs as withdrawn. */
  #reject(source: Source, update: UpdateScan, reason: RejectReason): void {
    const batch = this.#batch;
    const end = update.reachNlriOffset + update.reachNlriLength;
    for (let at = update.reachNlriOffset; at < end; ) {
      at = this.#read(update.bytes, at, end);
      for (let i = 0; i < batch.count; i++) this.#rib.withdraw(source, batch, i);
      source.rejected[reason] += batch.count;
    }
  }

  /** Takes the next batch; returns where it ends. */
  #read(bytes: Uint8Array, at: number, end: number): number {
    const next = this.#batch.read(bytes, at, end);
    this.#rib.prefixes.touch(this.#batch);
    return next;
  }

  #announce(source: Source, update: UpdateScan): void {
    const length = update.treatment === "accept" ? this.#canonical.write(update, source) : 0;
    if (length === 0) {
      this.#reject(source, update, "malformed");
      return;
    }
    const attributes = this.#rib.attributes.intern(this.#canonical.bytes, length);
    const loop = loopOf(this.#rib.attributes.facts.get(attributes));
    if (loop === undefined) this.#announceAll(source, update, attributes);
    else this.#reject(source, update, loop);
    this.#rib.attributes.release(attributes);
  }

  #announceAll(source: Source, update: UpdateScan, attributes: number): void {
    const hasRouterMac = this.#rib.attributes.routerMacOffset(attributes) !== 0;
    const isVxlan = !this.#rib.attributes.has(attributes, FACT.NOT_VXLAN);
    const end = update.reachNlriOffset + update.reachNlriLength;
    for (let at = update.reachNlriOffset; at < end; ) {
      at = this.#read(update.bytes, at, end);
      for (let i = 0; i < this.#batch.count; i++) {
        this.#announceOne(source, i, attributes, hasRouterMac, isVxlan);
      }
    }
  }

  #announceOne(
    source: Source,
    i: number,
    attributes: number,
    hasRouterMac: boolean,
    isVxlan: boolean,
  ): void {
    const batch = this.#batch;
    const { bytes } = batch;
    const at = batch.offset[i] ?? 0;
    const size = batch.length[i] ?? 0;
    let flags = 0;
    if (bytes[at] === EVPN_ROUTE.IP_PREFIX) {
      const overlay = overlayIndex(bytes, at, size, hasRouterMac);
      if (overlay === "none") {
        this.#rib.withdraw(source, batch, i);
        source.rejected["overlay-index"]++;
        return;
      }
      if (isVxlan) flags = OVERLAY_FLAGS[overlay];
    } else if (bytes[at] === EVPN_ROUTE.MAC_IP && hasRouterMac && isVxlan) {
      if (isHostRoute(bytes, at, size)) flags = PATH_IMPORTABLE;
    }
    const policy = source.session?.importPolicy;
    if (policy === undefined) {
      this.#rib.announce(source, batch, i, attributes, flags, UNJUDGED);
      return;
    }
    this.#judge.judge(policy, source.session, bytes, at, size, attributes);
    this.#rib.announce(source, batch, i, attributes, flags, this.#judge);
    this.#judge.release();
  }
}
