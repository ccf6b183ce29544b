/** Speakers on 127.0.0.0/8, and what their VRFs have been told. */

import {
  type IpPrefix,
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import type { Type5Route, VrfRouteChange } from "../../src/rib/vrf.ts";
import type { LogFields, Logger } from "../../src/session/logger.ts";
import type { NeighborOptions } from "../../src/session/neighbor-options.ts";
import { Speaker } from "../../src/speaker.ts";
import type { SpeakerOptions } from "../../src/speaker-options.ts";
import type { NeighborSummary } from "../../src/speaker-summary.ts";

/** How long a condition may take to come true. Nothing here takes a tenth of it. */
const PATIENCE_MS = 10_000;

export const AS = parseAsn(65000);

/** Waits until a condition holds, and fails with a description of what is instead. */
export async function until(condition: () => boolean, describe = () => ""): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`it did not happen: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Lines of a log. */
export class Journal implements Logger {
  readonly lines: {
    readonly level: string;
    readonly message: string;
    readonly fields: LogFields;
  }[] = [];

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: "debug", message, fields });
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: "info", message, fields });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: "warn", message, fields });
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: "error", message, fields });
  }

  withMessage(message: string): LogFields[] {
    return this.lines.filter((line) => line.message === message).map(({ fields }) => fields);
  }
}

/** A speaker on one loopback address, with a view of its VRFs. */
export class TestSpeaker {
  readonly address: string;
  readonly speaker: Speaker;
  readonly log = new Journal();
  /** VRF -> prefix -> next hops as "vtep vni mac", as told. */
  readonly vrfs = new Map<string, Map<IpPrefix, string[]>>();
  /** Every change that was told, as one line. */
  readonly told: string[] = [];

  constructor(address: string, options: Partial<SpeakerOptions> = {}) {
    this.address = address;
    this.speaker = new Speaker({
      asn: AS,
      routerId: parseIpAddress(address.includes(":") ? "127.0.0.99" : address),
      listen: [{ address: parseIpAddress(address), port: 0 }],
      log: this.log,
      ...options,
    });
    this.speaker.onVrfRoutes((vrf, changes) => this.#note(vrf, changes));
  }

  get port(): number {
    const port = this.speaker.summary().listening[0]?.port;
    if (port === undefined) throw new Error("the speaker does not listen");
    return port;
  }

  /** The only neighbour, or the one with that address. */
  neighbor(address?: string): NeighborSummary {
    const found = this.speaker
      .summary()
      .neighbors.find((candidate) => address === undefined || candidate.address === address);
    if (found === undefined) throw new Error("there is no such neighbour");
    return found;
  }

  /** Connects to another speaker, which waits for it; `options` are those of this side. */
  peerWith(
    other: TestSpeaker,
    options: Partial<NeighborOptions> = {},
    othersOptions: Partial<NeighborOptions> = {},
  ): void {
    const address = parseIpAddress(other.address);
    other.speaker.setNeighbor({
      address: parseIpAddress(this.address),
      asn: AS,
      passive: true,
      ...othersOptions,
    });
    this.speaker.setNeighbor({ address, asn: AS, port: other.port, ...options });
  }

  /** The routes of a VRF, sorted, as "prefix via vtep vni mac". */
  routes(vrf: string): string[] {
    return [...(this.vrfs.get(vrf) ?? [])]
      .map(([prefix, nextHops]) => `${prefix} via ${nextHops.join(", ")}`)
      .sort();
  }

  #note(vrf: string, changes: readonly VrfRouteChange[]): void {
    const routes = this.vrfs.get(vrf) ?? new Map<IpPrefix, string[]>();
    this.vrfs.set(vrf, routes);
    for (const change of changes) {
      this.told.push(`${vrf} ${change.kind} ${change.prefix}`);
      if (change.kind === "unreachable") {
        routes.delete(change.prefix);
      } else {
        const nextHops = change.nextHops.map(
          ({ vtep, vni, routerMac }) => `${vtep} ${vni} ${routerMac}`,
        );
        routes.set(change.prefix, nextHops);
      }
    }
  }
}

/** Waits until the sessions of all neighbours of the speakers are Established. */
export function established(...speakers: readonly TestSpeaker[]): Promise<void> {
  return until(
    () =>
      speakers.every(({ speaker }) =>
        speaker.summary().neighbors.every(({ state }) => state === "Established"),
      ),
    () =>
      speakers
        .flatMap(({ speaker }) => speaker.summary().neighbors)
        .map(({ address, state, lastError }) => `${address} ${state} ${lastError}`)
        .join("; "),
  );
}

/** A VRF that imports and exports one route target, "65000:<number>". */
export function setVrf(on: TestSpeaker, name: string, number: number): void {
  const target = parseRouteTarget(`65000:${number}`);
  on.speaker.setVrf({
    name,
    rd: parseRouteDistinguisher(`${on.speaker.summary().routerId}:${number}`),
    importRouteTargets: [target],
    exportRouteTargets: [target],
  });
}

/** Route type 5 from a VTEP of that address. */
export function type5(prefix: string, vni: number, vtep: string): Type5Route {
  const last = Number(vtep.split(".").at(-1));
  return {
    prefix: parseIpPrefix(prefix),
    vni: parseVni(vni),
    nextHop: parseIpAddress(vtep),
    routerMac: parseMacAddress(`02:00:00:00:00:${last.toString(16).padStart(2, "0")}`),
  };
}
