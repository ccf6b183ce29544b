/** A speaker in another process and network namespace. */

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { IpAddress, IpPrefix } from "@selvedge/net";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "../../src/rib/mac-vrf.ts";
import type { MacVrfChange } from "../../src/rib/mac-vrf-change.ts";
import type { EvpnRouteView } from "../../src/rib/route-view.ts";
import type { RibVrf, Type5Route, VrfNextHop } from "../../src/rib/vrf.ts";
import type { NeighborOptions } from "../../src/session/neighbor-options.ts";
import type { ClearOptions } from "../../src/speaker.ts";
import type { SpeakerOptions } from "../../src/speaker-options.ts";
import type { BgpSummary, NeighborSummary } from "../../src/speaker-summary.ts";
import { end, type Lab } from "./lab.ts";

/** What the process can be asked to do. */
export type Command =
  | { readonly kind: "new"; readonly options: SpeakerOptions }
  | { readonly kind: "start" | "stop" | "summary" | "routes" }
  | { readonly kind: "set-neighbor"; readonly options: NeighborOptions }
  | { readonly kind: "set-vrf"; readonly vrf: RibVrf }
  | { readonly kind: "originate"; readonly vrf: string; readonly route: Type5Route }
  | { readonly kind: "withdraw"; readonly vrf: string; readonly prefix: IpPrefix }
  | { readonly kind: "vrf-routes"; readonly vrf: string }
  | { readonly kind: "clear"; readonly address: IpAddress; readonly options: ClearOptions }
  | { readonly kind: "set-mac-vrf"; readonly macVrf: RibMacVrf }
  | { readonly kind: "originate-mac"; readonly macVrf: string; readonly entry: MacIpEntry }
  | { readonly kind: "withdraw-mac"; readonly macVrf: string; readonly entry: MacIpEntry }
  | { readonly kind: "set-segment"; readonly segment: RibEthernetSegment }
  | { readonly kind: "mac-vrf-table"; readonly macVrf: string };

/** Next hops by prefix. */
export type VrfRoutes = Readonly<Record<string, readonly VrfNextHop[]>>;

export class RemoteSpeaker {
  readonly #child: ChildProcess;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  readonly log: string[] = [];

  constructor(lab: Lab, host: string) {
    const program = join(import.meta.dirname, "speaker-process.ts");
    const args = ["--conditions=@selvedge/source", program];
    this.#child = lab.start(host, process.execPath, args);
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("the process has no output");
    createInterface({ input: stdout }).on("line", (line) => this.#waiting.shift()?.resolve(line));
    createInterface({ input: stderr }).on("line", (line) => this.log.push(line));
    this.#child.once("exit", () => {
      const error = new Error(`the speaker has ended:\n${this.log.slice(-20).join("\n")}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** Performs a command; the answer is a line of JSON. */
  ask(command: Command): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        reject(new Error("the speaker has ended"));
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    });
  }

  async summary(): Promise<BgpSummary> {
    const { result }: { result: BgpSummary } = JSON.parse(await this.ask({ kind: "summary" }));
    return result;
  }

  async neighbor(address: string): Promise<NeighborSummary> {
    const { neighbors } = await this.summary();
    const found = neighbors.find((neighbor) => neighbor.address === address);
    if (found === undefined) throw new Error(`there is no neighbour ${address}`);
    return found;
  }

  /** VTEP, VNI and Router's MAC by prefix, as one text. */
  async routes(vrf: string): Promise<Record<string, string>> {
    const { result }: { result: VrfRoutes } = JSON.parse(
      await this.ask({ kind: "vrf-routes", vrf }),
    );
    return Object.fromEntries(
      Object.entries(result).map(([prefix, nextHops]) => [
        prefix,
        nextHops.map(({ vtep, vni, routerMac }) => `${vtep} ${vni} ${routerMac}`).join(", "),
      ]),
    );
  }

  /** All routes of the table. */
  async routesOfTable(): Promise<readonly EvpnRouteView[]> {
    const { result }: { result: readonly EvpnRouteView[] } = JSON.parse(
      await this.ask({ kind: "routes" }),
    );
    return result;
  }

  /** What a MAC-VRF has told and not taken back. */
  async macVrf(macVrf: string): Promise<readonly MacVrfChange[]> {
    const { result }: { result: Readonly<Record<string, MacVrfChange>> } = JSON.parse(
      await this.ask({ kind: "mac-vrf-table", macVrf }),
    );
    return Object.values(result);
  }

  kill(): Promise<void> {
    return end(this.#child, "SIGKILL");
  }
}
