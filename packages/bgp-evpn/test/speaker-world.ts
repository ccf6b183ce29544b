/**
 * A reflector and its clients, whole speakers in a network and a time of the test, and beside them what each client wants
 * to have announced. Whatever has happened to sessions and processes: when all is well again for a while, tables and VRFs
 * follow from that alone.
 */
import { type IpAddress, type IpPrefix, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { AS, setVrf, TestSpeaker, type5 } from "./loopback/speakers.ts";
import { FakeClock } from "./session/fake-clock.ts";
import { FakeNetwork } from "./session/fake-network.ts";

/** The first is the reflector. */
export const ADDRESSES: readonly string[] = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
export const PREFIXES: readonly string[] = ["10.1.0.0/24", "10.1.1.1/32", "2001:db8:1::/64"];

/** One thing that happens. `speaker` and `client` are indices into `ADDRESSES`. */
export type Event =
  | {
      readonly kind: "originate" | "withdraw";
      readonly client: number;
      readonly prefix: string;
    }
  /** The connections between a client and the reflector break, and both notice. */
  | { readonly kind: "cut"; readonly client: number }
  /** Nothing arrives anywhere for longer than any hold time. */
  | { readonly kind: "silence" }
  /** A process ends with or without a word, or is there again. */
  | { readonly kind: "stop" | "kill" | "start"; readonly speaker: number }
  /** The operator of the reflector removes a client, adds it again or clears it. */
  | { readonly kind: "remove" | "add" | "hard" | "soft-in" | "soft-out"; readonly client: number }
  | { readonly kind: "wait"; readonly milliseconds: number };

const VNI = 5001;
const STEP_MS = 500;
const SILENCE_MS = 100_000;
/** Longer than hold time, restart time, deferral and the longest wait between attempts; less than what ends stale paths. */
const PATIENCE_MS = 240_000;

export class SpeakerWorld {
  readonly #clock = new FakeClock();
  readonly #network = new FakeNetwork(this.#clock);
  readonly #running = new Map<string, TestSpeaker>();
  /** Those that were killed: the next process goes on where they ended. */
  readonly #killed = new Set<string>();
  readonly #removed = new Set<string>();
  /** Prefixes by client. */
  readonly #wanted = new Map<string, Set<string>>();
  #draws = 0;

  async begin(): Promise<void> {
    for (const address of ADDRESSES) await this.#start(address);
  }

  async apply(event: Event): Promise<void> {
    switch (event.kind) {
      case "originate":
      case "withdraw":
        this.#announce(event.kind, addressOf(event.client), event.prefix);
        break;
      case "cut":
        this.#cut(addressOf(event.client));
        break;
      case "silence":
        this.#network.silent = true;
        await this.#pass(SILENCE_MS);
        this.#network.silent = false;
        break;
      case "stop":
      case "kill":
        await this.#end(addressOf(event.speaker), event.kind);
        break;
      case "start":
        await this.#start(addressOf(event.speaker));
        break;
      case "wait":
        await this.#pass(event.milliseconds);
        break;
      default:
        this.#operate(event.kind, addressOf(event.client));
    }
    await this.#pass(0);
  }

  /** Makes all well, and waits until everything is as it should be; else gives both. */
  async settle(): Promise<{ readonly actual: unknown; readonly expected: unknown }> {
    for (const address of ADDRESSES) await this.#start(address);
    for (const address of this.#removed) this.#addClient(address);
    this.#removed.clear();
    const expected = this.#expected();
    for (let waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
      await this.#pass(STEP_MS);
      if (JSON.stringify(this.#actual()) === JSON.stringify(expected)) break;
    }
    // It also stays so.
    await this.#pass(SILENCE_MS);
    return { actual: this.#actual(), expected };
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ speaker }) => speaker.stop()));
  }

  /** Lets time pass, and the speakers do between two timers what they do between turns of the event loop. */
  async #pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left >= 0; left -= STEP_MS) {
      this.#clock.advance(Math.min(left, STEP_MS));
      for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
    }
  }

  async #start(address: string): Promise<void> {
    if (this.#running.has(address)) return;
    const made = new TestSpeaker(address, {
      clock: this.#clock,
      transport: this.#network.transport(address),
      random: () => (this.#draws++ % 10) / 10,
      restarting: this.#killed.delete(address),
    });
    this.#running.set(address, made);
    if (address === REFLECTOR) {
      for (const client of CLIENTS) if (!this.#removed.has(client)) this.#addClient(client);
    } else {
      setVrf(made, "red", 1);
      for (const prefix of this.#prefixesOf(address)) {
        made.speaker.originate("red", type5(prefix, VNI, address));
      }
      made.speaker.setNeighbor({ address: parseIpAddress(REFLECTOR), asn: AS });
    }
    await made.speaker.start();
  }

  async #end(address: string, how: "stop" | "kill"): Promise<void> {
    const speaker = this.#running.get(address);
    if (speaker === undefined) return;
    this.#running.delete(address);
    if (how === "kill") this.#killed.add(address);
    await speaker.speaker.stop({ notify: how === "stop" });
  }

  #addClient(address: string): void {
    const reflector = this.#running.get(REFLECTOR);
    const client = parseIpAddress(address);
    reflector?.speaker.setNeighbor({ address: client, asn: AS, reflectorClient: true });
  }

  #operate(how: "remove" | "add" | "hard" | "soft-in" | "soft-out", client: string): void {
    const reflector = this.#running.get(REFLECTOR);
    const address = parseIpAddress(client);
    if (how === "remove") {
      this.#removed.add(client);
      reflector?.speaker.removeNeighbor(address);
    } else if (how === "add") {
      if (this.#removed.delete(client)) this.#addClient(client);
    } else if (isEstablished(reflector, address)) {
      reflector?.speaker.clear(address, { mode: how });
    }
  }

  #announce(how: "originate" | "withdraw", client: string, prefix: string): void {
    const speaker = this.#running.get(client)?.speaker;
    if (how === "originate") {
      this.#prefixesOf(client).add(prefix);
      speaker?.originate("red", type5(prefix, VNI, client));
    } else {
      this.#prefixesOf(client).delete(prefix);
      speaker?.withdraw("red", parseIpPrefix(prefix));
    }
  }

  #cut(client: string): void {
    for (const connection of this.#network.connections) {
      const ends = [connection.local.address, connection.remote.address];
      if (ends.every((end) => end !== client)) continue;
      connection.lost("ECONNRESET");
      connection.other?.lost("ECONNRESET");
    }
  }

  #prefixesOf(client: string): Set<string> {
    const prefixes = this.#wanted.get(client) ?? new Set<string>();
    this.#wanted.set(client, prefixes);
    return prefixes;
  }

  /** What follows from what the clients want: everybody has every route, and VRFs those of the others. */
  #expected(): unknown {
    const routes = CLIENTS.flatMap((client) =>
      [...this.#prefixesOf(client)].map((prefix) => `${client}:1 ${parseIpPrefix(prefix)} fresh`),
    ).sort();
    const imported = (own: string): string[] =>
      PREFIXES.flatMap((prefix) => {
        const from = CLIENTS.filter(
          (client) => client !== own && this.#prefixesOf(client).has(prefix),
        );
        const nextHops = from.map((client) => {
          const { nextHop, vni, routerMac } = type5(prefix, VNI, client);
          return `${nextHop} ${vni} ${routerMac}`;
        });
        return from.length === 0 ? [] : [`${parseIpPrefix(prefix)} via ${nextHops.join(", ")}`];
      }).sort();
    return ADDRESSES.map((address) => ({
      address,
      sessions: "Established",
      routes,
      imported: address === REFLECTOR ? [] : imported(address),
    }));
  }

  #actual(): unknown {
    return ADDRESSES.map((address) => {
      const speaker = this.#running.get(address);
      const { neighbors = [] } = speaker?.speaker.summary() ?? {};
      const states = new Set<string>(neighbors.map(({ state }) => state));
      const routes = speaker?.speaker.routes() ?? [];
      return {
        address,
        sessions: [...states].join(),
        routes: routes
          .map(({ route, stale }) => `${describe(route)} ${stale ? "stale" : "fresh"}`)
          .sort(),
        imported: speaker?.routes("red") ?? [],
      };
    });
  }
}

const REFLECTOR = "10.0.0.1";
const CLIENTS = ADDRESSES.filter((address) => address !== REFLECTOR);

function addressOf(index: number): string {
  return ADDRESSES[index] ?? REFLECTOR;
}

function isEstablished(on: TestSpeaker | undefined, neighbor: IpAddress): boolean {
  const { neighbors = [] } = on?.speaker.summary() ?? {};
  return neighbors.some(({ address, state }) => address === neighbor && state === "Established");
}

function describe(route: { kind: string; rd?: string; prefix?: IpPrefix }): string {
  return route.kind === "ip-prefix" ? `${route.rd} ${route.prefix}` : route.kind;
}
