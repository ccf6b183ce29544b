/**
 * Routes that this speaker originates: EVPN route type 5 for the prefixes of its VRFs (originate/ip-prefix.ts says what
 * is in them).
 */
import type { IpPrefix } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import type { LocalAnnouncer } from "./local-announcer.ts";
import { ipPrefixKey, originateIpPrefix } from "./originate/ip-prefix.ts";
import type { RibVrf, Type5Route } from "./vrf.ts";

interface OriginatingVrf {
  config: RibVrf;
  /** What is originated, to do it again when the distinguisher or the route targets change. */
  readonly routes: Map<IpPrefix, Type5Route>;
}

/** The local routes of all VRFs. */
export class LocalRoutes {
  readonly #announcer: LocalAnnouncer;
  readonly #vrfs = new Map<string, OriginatingVrf>();

  constructor(announcer: LocalAnnouncer) {
    this.#announcer = announcer;
  }

  /** Throws SpeakerError `invalid-option` when another VRF has the same distinguisher. */
  setVrf(config: RibVrf): void {
    for (const [name, other] of this.#vrfs) {
      if (name === config.name || other.config.rd !== config.rd) continue;
      throw new SpeakerError(
        "invalid-option",
        `VRF ${config.name} cannot have route distinguisher ${config.rd}: VRF ${name} has it.`,
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
      this.#vrfs.set(config.name, { config, routes: new Map() });
      return;
    }
    const before = known.config;
    known.config = config;
    if (before.rd !== config.rd) {
      for (const route of known.routes.values()) this.#withdraw(before, route);
    }
    for (const route of known.routes.values()) this.#announce(config, route);
  }

  removeVrf(name: string): void {
    const vrf = this.#vrfs.get(name);
    if (vrf === undefined) return;
    for (const route of vrf.routes.values()) this.#withdraw(vrf.config, route);
    this.#vrfs.delete(name);
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
    this.#withdraw(vrf.config, route);
  }

  #vrf(name: string): OriginatingVrf {
    const vrf = this.#vrfs.get(name);
    if (vrf !== undefined) return vrf;
    throw new SpeakerError("unknown-vrf", `No VRF is named ${name}; set it before its routes.`);
  }

  #announce(vrf: RibVrf, route: Type5Route): void {
    this.#announcer.announce(originateIpPrefix(vrf, route));
  }

  #withdraw(vrf: RibVrf, route: Type5Route): void {
    this.#announcer.withdraw(ipPrefixKey(vrf, route.prefix));
  }
}
