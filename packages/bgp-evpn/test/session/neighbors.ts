/** Neighbours on a fake network: two of them, or one with a peer that the test plays octet by octet. */

import { parseAsn, parseIpAddress } from "@selvedge/net";
import type { Connection } from "../../src/session/connection.ts";
import { silentLogger } from "../../src/session/logger.ts";
import type { Agreement } from "../../src/session/negotiation.ts";
import { Neighbor } from "../../src/session/neighbor.ts";
import type { NeighborHost } from "../../src/session/neighbor-host.ts";
import { type NeighborOptions, neighborSettings } from "../../src/session/neighbor-options.ts";
import type { SessionEnd } from "../../src/session/session-end.ts";
import { encodeMessage, MESSAGE, messageType } from "../../src/wire/header.ts";
import { decodeNotification } from "../../src/wire/notification.ts";
import { encodeOpen, type OpenFields } from "../../src/wire/open.ts";
import { type SessionReset, sessionReset } from "../../src/wire/session-reset.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeNetwork } from "./fake-network.ts";

export const A = parseIpAddress("10.0.0.1");
export const B = parseIpAddress("10.0.0.2");
export const AS = parseAsn(65000);
export const SHUTDOWN: SessionReset = sessionReset(6, 2, "test");

export interface End {
  readonly neighbor: Neighbor;
  readonly log: string[];
  agreement: Agreement | undefined;
  updates: number;
  drained: number;
}

export interface EndOptions extends Partial<NeighborOptions> {
  readonly localAsn?: number;
  readonly routerId?: string;
  readonly restartTime?: number;
  readonly random?: () => number;
}

/** A neighbour at `own` towards `peer`, listening there. */
export const end = (
  clock: FakeClock,
  network: FakeNetwork,
  own: string,
  peer: string,
  options: EndOptions = {},
): End => {
  const { localAsn = AS, routerId = own, restartTime = 120, random = () => 0.5 } = options;
  const result: Omit<End, "neighbor"> = { log: [], agreement: undefined, updates: 0, drained: 0 };
  const host: NeighborHost = {
    established: (agreement) => {
      result.log.push("up");
      result.agreement = agreement;
    },
    lost: (reason: SessionEnd) => {
      result.log.push(reason.kind);
      result.agreement = undefined;
    },
    update: () => {
      result.updates++;
      return undefined;
    },
    routeRefresh: () => undefined,
    keepalive: () => undefined,
    drained: () => result.drained++,
    waiting: () => undefined,
  };
  const settings = neighborSettings(
    { address: parseIpAddress(peer), asn: AS, holdTime: 9, ...options },
    parseAsn(localAsn),
  );
  const context = {
    clock,
    random,
    transport: network.transport(own),
    log: silentLogger,
    local: {
      asn: parseAsn(localAsn),
      routerId: parseIpAddress(routerId),
      restartTime,
      continues: false,
      isRestarting: () => false,
    },
  };
  const neighbor = new Neighbor(settings, context, host);
  network.accept(parseIpAddress(own), (connection) => neighbor.accept(connection));
  return Object.assign(result, { neighbor });
};

export const pair = (left: EndOptions = {}, right: EndOptions = {}) => {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const a = end(clock, network, A, B, left);
  const b = end(clock, network, B, A, right);
  return { clock, network, a, b };
};

/** A neighbour and a peer that is played by the test, on the connection that the neighbour opens. */
export const scripted = (options: EndOptions = {}) => {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const a = end(clock, network, A, B, options);
  const received: Uint8Array[] = [];
  const connections: Connection[] = [];
  network.accept(B, (connection) => {
    connections.push(connection);
    listenOn(connection, received);
  });
  a.neighbor.start();
  clock.advance(10);
  const send = (bytes: Uint8Array): void => {
    connections.at(-1)?.write(bytes, 1);
    clock.advance(10);
  };
  return { clock, network, a, received, connections, send };
};

export const listenOn = (connection: Connection, received: Uint8Array[]): void =>
  connection.attach({
    onConnected: () => undefined,
    onData: (chunk) => received.push(chunk),
    onProgress: () => undefined,
    onDrain: () => undefined,
    onClosed: () => undefined,
  });

export const peerOpen = (changes: Partial<OpenFields> = {}): Uint8Array =>
  encodeOpen({
    asn: AS,
    holdTime: 90,
    routerId: B,
    capabilities: [
      { kind: "multiprotocol", family: "l2vpn-evpn" },
      { kind: "four-octet-as", asn: AS },
      { kind: "route-refresh" },
    ],
    ...changes,
  });

export const typesOf = (received: readonly Uint8Array[]): number[] =>
  received.map((bytes) => messageType(bytes, 0));

/** "code/subcode" of the NOTIFICATION that was received last. */
export const lastNotification = (received: readonly Uint8Array[]): string | undefined => {
  const bytes = received.findLast((message) => messageType(message, 0) === MESSAGE.NOTIFICATION);
  if (bytes === undefined) return undefined;
  const { code, subcode } = decodeNotification(bytes, 0, bytes.length);
  return `${code}/${subcode}`;
};

export const UPDATE = encodeMessage(MESSAGE.UPDATE, new Uint8Array(4));
