/**
 * BMP export of the Adj-RIB-In to all collectors: which peers are up, and what each collector is told of them.
 *
 * UPDATEs go out as they came, those too that RFC 7606 treats as withdraw. A collector that connects later gets the
 * table instead, from what is kept: four-octet AS numbers, without routes that were kept out for a loop.
 *
 * RFC 7854. Not here: Route Mirroring, views after policy, the Adj-RIB-Out (RFC 8671) and the Loc-RIB (RFC 9069).
 */

import type { AdjRibInDump, TakeUpdate } from "../rib/adj-rib-in-dump.ts";
import type { PeerCounts, PeerId } from "../rib/peer.ts";
import { UpdatePacker } from "../rib/update-packer.ts";
import type { SessionEnd } from "../session/session-end.ts";
import type { ReceivedMessage } from "../session/session-host.ts";
import {
  encodeInitiation,
  encodePeerDown,
  encodePeerUp,
  encodeRouteMonitoring,
  encodeStatisticsReport,
  type PeerUpFields,
  STATISTIC,
} from "./bmp-message.ts";
import { Collector, type CollectorContext, type TableReplay } from "./collector.ts";
import type { CollectorSettings } from "./collector-options.ts";
import { peerDownReason } from "./peer-down-reason.ts";
import type { MonitoredPeer } from "./per-peer-header.ts";

const SYS_DESCR = "Selvedge BGP EVPN speaker";

/** Routes of a table that are told in one go: less than a millisecond. */
const ROUTES_OF_A_STEP = 512;

/** The time of a route of which nobody knows when it came (RFC 7854 section 4.2). */
const TIME_UNKNOWN = 0;

/** Where the figures and tables come from. */
export interface MonitoredRib {
  peerCounts(peer: PeerId): PeerCounts;
  dumpReceived(peers: ReadonlySet<PeerId>): AdjRibInDump;
}

/** What monitoring needs from its surroundings. */
export interface MonitoringContext extends CollectorContext {
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly systemName: string;
}

interface PeerRecord {
  readonly peer: MonitoredPeer;
  /** AS numbers in its UPDATEs have two octets. */
  readonly legacyAsPath: boolean;
  /** The Peer Up, for collectors that connect while the session lasts. */
  readonly peerUp: Uint8Array;
  updatesTreatedAsWithdraw: number;
}

/** All collectors of a speaker. */
export class Monitoring {
  readonly #rib: MonitoredRib;
  readonly #context: MonitoringContext;
  readonly #collectors: readonly Collector[];
  readonly #peers = new Map<PeerId, PeerRecord>();
  readonly #endOfRib: Uint8Array;

  constructor(
    collectors: readonly CollectorSettings[],
    context: MonitoringContext,
    rib: MonitoredRib,
  ) {
    this.#rib = rib;
    this.#context = context;
    const packer = new UpdatePacker();
    packer.addEndOfRib();
    this.#endOfRib = packer.take();
    this.#collectors = collectors.map(
      (settings) =>
        new Collector(settings, context, {
          greeting: () => this.#greeting(),
          tables: (send) => this.#tables(send),
          statistics: () => this.#statistics(),
        }),
    );
  }

  start(): void {
    for (const collector of this.#collectors) collector.start();
  }

  stop(): void {
    for (const collector of this.#collectors) collector.stop();
  }

  /** A session is Established. */
  peerUp(id: PeerId, peer: MonitoredPeer, legacyAsPath: boolean, fields: PeerUpFields): void {
    const peerUp = encodePeerUp(peer, this.#context.wallClock(), fields);
    this.#peers.set(id, { peer, legacyAsPath, peerUp, updatesTreatedAsWithdraw: 0 });
    this.#send(peerUp);
  }

  /** An Established session is over. */
  peerDown(id: PeerId, end: SessionEnd): void {
    const record = this.#peers.get(id);
    if (record === undefined) return;
    this.#peers.delete(id);
    this.#send(encodePeerDown(record.peer, this.#context.wallClock(), peerDownReason(end)));
  }

  /** An UPDATE of an Established session, which the session survives; it is copied if there is a collector. */
  update(id: PeerId, message: ReceivedMessage, treatment: "accept" | "treat-as-withdraw"): void {
    const record = this.#peers.get(id);
    if (record === undefined) return;
    if (treatment === "treat-as-withdraw") record.updatesTreatedAsWithdraw++;
    if (!this.#collectors.some(({ isConnected }) => isConnected)) return;
    const { bytes, length, offset } = message;
    const { legacyAsPath, peer } = record;
    const time = this.#context.wallClock();
    this.#send(encodeRouteMonitoring(peer, time, legacyAsPath, bytes, offset, length));
  }

  #send(message: Uint8Array): void {
    for (const collector of this.#collectors) collector.send(message);
  }

  #greeting(): readonly Uint8Array[] {
    const { systemName } = this.#context;
    return [
      encodeInitiation({ sysName: systemName, sysDescr: SYS_DESCR }),
      ...Array.from(this.#peers.values(), ({ peerUp }) => peerUp),
    ];
  }

  /** The tables of the peers that are up, each ended by End-of-RIB unless its session ends before. */
  #tables(send: (message: Uint8Array) => void): TableReplay {
    const sessions = new Map(this.#peers);
    const peers = new Set(sessions.keys());
    const dump = this.#rib.dumpReceived(peers);
    const take: TakeUpdate = (id, bytes, offset, length) => {
      const record = sessions.get(id);
      if (record === undefined) return;
      send(encodeRouteMonitoring(record.peer, TIME_UNKNOWN, false, bytes, offset, length));
    };
    return {
      step: () => {
        // A peer that has come back meanwhile tells its routes itself.
        for (const [id, record] of sessions) if (this.#peers.get(id) !== record) peers.delete(id);
        if (dump.step(ROUTES_OF_A_STEP, take)) return true;
        for (const id of peers) take(id, this.#endOfRib, 0, this.#endOfRib.length);
        return false;
      },
    };
  }

  #statistics(): readonly Uint8Array[] {
    const time = this.#context.wallClock();
    return Array.from(this.#peers, ([id, { peer, updatesTreatedAsWithdraw }]) => {
      const { duplicates, paths, rejected } = this.#rib.peerCounts(id);
      return encodeStatisticsReport(peer, time, [
        { type: STATISTIC.DUPLICATE_ADVERTISEMENTS, value: duplicates },
        { type: STATISTIC.CLUSTER_LIST_LOOPS, value: rejected["cluster-loop"] },
        { type: STATISTIC.AS_PATH_LOOPS, value: rejected["as-loop"] },
        { type: STATISTIC.ORIGINATOR_LOOPS, value: rejected["originator-loop"] },
        { type: STATISTIC.ADJ_RIB_IN_ROUTES, value: paths },
        { type: STATISTIC.FAMILY_ADJ_RIB_IN_ROUTES, value: paths, family: "l2vpn-evpn" },
        { type: STATISTIC.UPDATES_TREATED_AS_WITHDRAW, value: updatesTreatedAsWithdraw },
        { type: STATISTIC.PREFIXES_TREATED_AS_WITHDRAW, value: rejected.malformed },
      ]);
    });
  }
}
