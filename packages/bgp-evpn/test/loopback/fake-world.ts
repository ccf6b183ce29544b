/** Speakers on a fake network in fake time, and peers there that a test plays message by message. */

import { type IpAddress, parseIpAddress } from "@selvedge/net";
import type { Connection } from "../../src/session/connection.ts";
import type { NeighborOptions } from "../../src/session/neighbor-options.ts";
import type { SpeakerOptions } from "../../src/speaker-options.ts";
import type { Capability } from "../../src/wire/capability.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { type DecodedMessage, decodeStream } from "../../src/wire/message.ts";
import type { NotificationMessage } from "../../src/wire/notification.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import type { UpdateMessage } from "../../src/wire/update-message.ts";
import { announcement, type RouteOptions, type5 as type5Route } from "../rib/model/make.ts";
import { FakeClock } from "../session/fake-clock.ts";
import { FakeNetwork } from "../session/fake-network.ts";
import { open } from "./raw-peer.ts";
import { AS, setVrf, TestSpeaker } from "./speakers.ts";

export const PORT = 179;
const STEP_MS = 500;

/** A clock, a network, and the speakers on it. */
export class FakeWorld {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork(this.clock);
  readonly #speakers: TestSpeaker[] = [];

  /** A speaker with a VRF "red", not started. */
  make(address: string, options: Partial<SpeakerOptions> = {}): TestSpeaker {
    const speaker = new TestSpeaker(address, {
      clock: this.clock,
      random: () => 0.5,
      transport: this.network.transport(address),
      listen: [{ address: parseIpAddress(address), port: PORT }],
      ...options,
    });
    this.#speakers.push(speaker);
    setVrf(speaker, "red", 100);
    return speaker;
  }

  async start(address: string, options: Partial<SpeakerOptions> = {}): Promise<TestSpeaker> {
    const speaker = this.make(address, options);
    await speaker.speaker.start();
    return speaker;
  }

  /** Lets time pass, and all work be done that becomes due; what it sends has arrived, some milliseconds later. */
  async run(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= STEP_MS) {
      await this.#step(Math.min(left, STEP_MS));
    }
    for (let step = 0; step < 4; step++) await this.#step(2);
  }

  async #step(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    // Work is done in slices, one a turn of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** A peer that connects to a speaker, which has it as a passive neighbour from now on. */
  async peer(
    of: TestSpeaker,
    address: string,
    capabilities: readonly Capability[] = [],
    options: Partial<NeighborOptions> = {},
  ): Promise<FakePeer> {
    of.speaker.setNeighbor({
      address: parseIpAddress(address),
      asn: AS,
      passive: true,
      holdTime: 0,
      ...options,
    });
    const peer = new FakePeer(this, of, parseIpAddress(address), capabilities);
    await peer.connect();
    return peer;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#speakers.map(({ speaker }) => speaker.stop()));
  }
}

/** The far end of a session, played by a test. It offers EVPN and four-octet AS numbers, and what it is told to. */
export class FakePeer {
  readonly address: IpAddress;
  /** What has come on the present connection. */
  received: DecodedMessage[] = [];
  /** Sent in the next OPEN beside EVPN and four-octet AS numbers. */
  capabilities: readonly Capability[];
  readonly #world: FakeWorld;
  readonly #speaker: TestSpeaker;
  #connection: Connection | undefined;
  isClosed = false;

  constructor(
    world: FakeWorld,
    speaker: TestSpeaker,
    address: IpAddress,
    capabilities: readonly Capability[],
  ) {
    this.#world = world;
    this.#speaker = speaker;
    this.address = address;
    this.capabilities = capabilities;
  }

  /** Opens a connection and exchanges OPEN and KEEPALIVE; what follows these is sent together with them. */
  async connect(...first: readonly Uint8Array[]): Promise<void> {
    this.received = [];
    this.isClosed = false;
    const connection = this.#world.network.connect(this.address, {
      address: parseIpAddress(this.#speaker.address),
      port: PORT,
      localAddress: this.address,
    });
    this.#connection = connection;
    connection.attach({
      onConnected: () => undefined,
      onData: (chunk) =>
        this.received.push(...decodeStream(chunk, { ...DEFAULT_CONTEXT, extendedMessages: true })),
      onProgress: () => undefined,
      onDrain: () => undefined,
      onClosed: () => {
        this.isClosed = true;
      },
    });
    await this.#world.run(20);
    await this.send(
      open(this.address, {
        capabilities: [
          { kind: "multiprotocol", family: "l2vpn-evpn" },
          { kind: "four-octet-as", asn: AS },
          ...this.capabilities,
        ],
      }),
      encodeKeepalive(),
      ...first,
    );
  }

  async send(...messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) this.#connection?.write(message, 1);
    await this.#world.run(20);
  }

  /** Announces 10.0.0.<host>/32. */
  announce(hosts: readonly number[], options: RouteOptions = {}): Promise<void> {
    const { attributes, nextHop } = announcement("10.0.0.0/32", options);
    const routes = hosts.map((host) => type5Route(`10.0.0.${host}/32`, options));
    return this.send(
      encodeUpdate(
        {
          withdrawn: [],
          attributes,
          announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes }],
        },
        DEFAULT_CONTEXT,
      ),
    );
  }

  endOfRib(): Promise<void> {
    return this.send(
      encodeUpdate(
        {
          withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [] }],
          attributes: [{ kind: "mp-unreach" }],
          announced: [],
        },
        DEFAULT_CONTEXT,
      ),
    );
  }

  /** Withdraws 10.0.0.<host>/32. */
  withdraw(...hosts: readonly number[]): Promise<void> {
    const routes = hosts.map((host) => type5Route(`10.0.0.${host}/32`));
    return this.send(
      encodeUpdate(
        {
          withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes }],
          attributes: [{ kind: "mp-unreach" }],
          announced: [],
        },
        DEFAULT_CONTEXT,
      ),
    );
  }

  /** Closes the connection without a word, as the end of its process does. */
  async die(): Promise<void> {
    this.#connection?.destroy();
    await this.#world.run(20);
  }

  get notification(): NotificationMessage | undefined {
    return this.received.findLast((message) => message.kind === "notification");
  }

  get updates(): readonly UpdateMessage[] {
    return this.received.filter((message) => message.kind === "update");
  }

  /** What has come, in order, without KEEPALIVEs: kinds, prefixes of announcements, markers. */
  get story(): readonly string[] {
    return this.received.flatMap(tell);
  }
}

function tell(message: DecodedMessage): readonly string[] {
  if (message.kind === "keepalive" || message.kind === "open") return [];
  if (message.kind === "route-refresh") return [`${message.kind} ${message.subtype}`];
  if (message.kind !== "update") return [message.kind];
  if (message.endOfRib !== undefined) return ["end-of-rib"];
  const announced = hostsOf(message.announced);
  const withdrawn = hostsOf(message.withdrawn);
  return [
    ...(withdrawn === "" ? [] : [`withdraw ${withdrawn}`]),
    ...(announced === "" ? [] : [`announce ${announced}`]),
  ];
}

function hostsOf(groups: UpdateMessage["announced"] | UpdateMessage["withdrawn"]): string {
  return groups
    .flatMap((group) => ("routes" in group ? group.routes : []))
    .map((route) => ("prefix" in route ? route.prefix.replace(/^10\.0\.0\.(\d+)\/32$/, "$1") : "?"))
    .sort()
    .join();
}
