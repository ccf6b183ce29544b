/**
 * Watches whether the underlay carries what the overlay sends: the path to every VTEP that a route leads to must carry
 * packets of the underlay's MTU, or large packets of tenants are lost without a word.
 */
import type { IpAddress } from "@selvedge/net";
import { PathMonitor, type PathState } from "@selvedge/path-mtu";
import type { Dataplane } from "@selvedge/vxlan-dataplane";
import type { Logger } from "../log.ts";

/** What it works with. */
export interface UnderlayPathsOptions {
  readonly dataplane: Pick<Dataplane, "remoteVteps">;
  /** Milliseconds between two measurements of a path; undefined: none is measured. */
  readonly interval: number | undefined;
  readonly log: Logger;
}

/** This end of all paths. */
export interface LocalVtep {
  readonly address: IpAddress;
  /** Octets that every path must carry. */
  readonly underlayMtu: number;
}

/** How soon a new VTEP is seen, in milliseconds. */
const LOOK_MS = 5000;

/** The paths of one host; disposing of it ends the measurements. */
export class UnderlayPaths implements Disposable {
  readonly #options: UnderlayPathsOptions;
  readonly #timer: NodeJS.Timeout;
  #local: LocalVtep | undefined;
  #monitor: PathMonitor | undefined;
  /** Why there is no monitor; told once. */
  #refusal: string | undefined;

  constructor(options: UnderlayPathsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  get local(): LocalVtep | undefined {
    return this.#local;
  }

  /** What is known of the path to a VTEP. */
  state(vtep: IpAddress): PathState | undefined {
    return this.#monitor?.state(vtep);
  }

  /** From here paths are measured from now on. */
  measureFrom(local: LocalVtep): void {
    const { address, underlayMtu } = this.#local ?? {};
    if (address === local.address && underlayMtu === local.underlayMtu) return;
    this.#local = local;
    this.#monitor?.close();
    this.#monitor = undefined;
    this.#look();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#monitor?.close();
  }

  #look(): void {
    const { dataplane, interval } = this.#options;
    if (this.#local === undefined || interval === undefined) return;
    this.#monitor ??= this.#open(this.#local, interval);
    this.#monitor?.follow(new Set(dataplane.remoteVteps().keys()));
  }

  /** The VTEP's address may not be there yet. */
  #open({ address: local, underlayMtu: required }: LocalVtep, interval: number) {
    const { log } = this.#options;
    try {
      const onChange = (vtep: IpAddress, state: PathState) => this.#tell(vtep, state);
      const monitor = new PathMonitor({ local, required, interval, onChange });
      this.#refusal = undefined;
      return monitor;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== this.#refusal) log.warn({ reason }, "paths to other VTEPs cannot be measured");
      this.#refusal = reason;
      return undefined;
    }
  }

  #tell(vtep: IpAddress, state: PathState): void {
    const { log } = this.#options;
    if (state.kind === "too small")
      log.warn({ vtep }, pathFault(this.#local?.address, vtep, state));
    else log.debug({ vtep, state }, "the path to a VTEP was measured");
  }
}

/** What is wrong with a path that is too small, for people. */
export function pathFault(
  local: IpAddress | undefined,
  vtep: IpAddress,
  { octets, required, reportedBy }: Extract<PathState, { kind: "too small" }>,
): string {
  const said = reportedBy === undefined ? "" : ` (says ${reportedBy})`;
  return `the path from ${local ?? "this host"} to VTEP ${vtep} carries ${octets} of ${required} octets${said}: larger packets are lost; raise the MTU on the way, or lower that of the underlay's device`;
}
