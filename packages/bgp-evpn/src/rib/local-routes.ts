/**
 * Routes that this speaker originates: EVPN route type 5 for the prefixes of its VRFs (originate/ip-prefix.ts says what
 * is in them). One route is changed at once, all of a VRF in slices (local-changes.ts).
 */
import type { IpPrefix, RouteDistinguisher } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import type { LocalAnnouncer } from "./local-announcer.ts";
import type { LocalChanges, RouteSteps } from "./local-changes.ts";
import { ipPrefixKey, originateIpPrefix } from "./originate/ip-prefix.ts";
import { hasSameRouteTargets } from "./originate/route-targets.ts";
import type { RibVrf, Type5Route } from "./vrf.ts";

interface OriginatingVrf {
  config: RibVrf;
  /** What is originated, to do it again when the distinguisher or the route targets change. */
  readonly routes: Map<IpPrefix, Type5Route>;
}

/** The local routes of all VRFs. */
export class LocalRoutes {
  readonly #announcer: LocalAnnouncer;
  readonly #changes: LocalChanges;
  readonly #vrfs = new Map<string, OriginatingVrf>();
  readonly #byDistinguisher = new Map<RouteDistinguisher, OriginatingVrf>();

  constructor(announcer: LocalAnnouncer, changes: LocalChanges) {
    this.#announcer = announcer;
    this.#changes = changes;
  }

  /** Throws SpeakerError `invalid-option` when another VRF has the same distinguisher. */
  setVrf(config: RibVrf): void {
    const owner = this.#byDistinguisher.get(config.rd)?.config.name ?? config.name;
    if (owner !== config.name) {
      throw new SpeakerError(
        "invalid-option",
        `VRF ${config.name} cannot have route distinguisher ${config.rd}: VRF ${owner} has it.`,
      );
    }
    const { maximumPaths = 1 } = config;
    if (!Number.isInteger(maximumPaths) || maximumPaths < 1) {
      throw new SpeakerError(
        "invalid-option",
        `VRF ${config.name}: maximumPaths is ${maximumPaths}; it must be 1 or more`,
      );
    }
    const known = this.#vrfs.get(config.name);
    if (known === undefined) {
      const vrf = { config, routes: new Map() };
      this.#vrfs.set(config.name, vrf);
      this.#byDistinguisher.set(config.rd, vrf);
      return;
    }
    const before = known.config;
    known.config = config;
    if (before.rd !== config.rd) {
      this.#byDistinguisher.delete(before.rd);
      this.#byDistinguisher.set(config.rd, known);
      this.#changes.withdraw(this.#withdrawAll(before, [...known.routes.keys()]));
    } else if (hasSameRouteTargets(before.exportRouteTargets, config.exportRouteTargets)) {
      return;
    }
    this.#changes.announce(`vrf ${config.name}`, this.#announceAll(known));
  }

  removeVrf(name: string): void {
    const vrf = this.#vrfs.get(name);
    if (vrf === undefined) return;
    this.#vrfs.delete(name);
    this.#byDistinguisher.delete(vrf.config.rd);
    this.#changes.withdraw(this.#withdrawAll(vrf.config, [...vrf.routes.keys()]));
    // What has yet to be announced anew is not.
    vrf.routes.clear();
  }

  /** Throws SpeakerError `unknown-vrf`. */
  originate(name: string, route: Type5Route): void {
    const vrf = this.#vrf(name);
    vrf.routes.set(route.prefix, route);
    this.#announce(vrf.config, route);
  }

  /** Throws SpeakerError `unknown-vrf`. */
  withdraw(name: string, prefix: IpPrefix): void {
    const vrf = this.#vrf(name);
    const route = vrf.routes.get(prefix);
    if (route === undefined) return;
    vrf.routes.delete(prefix);
    this.#withdraw(vrf.config, prefix);
  }

  /** Routes that come meanwhile are among them, which does no harm. */
  *#announceAll(vrf: OriginatingVrf): RouteSteps {
    for (const route of vrf.routes.values()) {
      this.#announce(vrf.config, route);
      yield;
    }
  }

  /** Unless whoever has that distinguisher by then, the VRF itself perhaps, originates the prefix. */
  *#withdrawAll(before: RibVrf, prefixes: readonly IpPrefix[]): RouteSteps {
    for (const prefix of prefixes) {
      const isKept = this.#byDistinguisher.get(before.rd)?.routes.has(prefix) === true;
      if (!isKept) this.#withdraw(before, prefix);
      yield;
    }
  }

  #vrf(name: string): OriginatingVrf {
    const vrf = this.#vrfs.get(name);
    if (vrf !== undefined) return vrf;
    throw new SpeakerError("unknown-vrf", `No VRF is named ${name}; set it before its routes.`);
  }

  #announce(vrf: RibVrf, route: Type5Route): void {
    this.#announcer.announce(originateIpPrefix(vrf, route));
  }

  #withdraw(vrf: RibVrf, prefix: IpPrefix): void {
    this.#announcer.withdraw(ipPrefixKey(vrf, prefix));
  }
}
