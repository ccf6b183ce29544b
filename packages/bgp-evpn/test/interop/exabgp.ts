/**
 * ExaBGP 4.2 as an injector of any octets.
 *
 * It has no words for EVPN routes, but takes attributes as hex: MP_REACH_NLRI becomes an attribute of an IPv4 unicast
 * route. That it sends only where IPv4 unicast is negotiated, which our speaker does not offer; so it talks to a relay
 * in its own namespace that adds the capability to our OPEN and changes nothing else (carrier-relay.ts). Our speaker then
 * sees UPDATEs with EVPN routes in MP_REACH_NLRI and an IPv4 route in the body.
 */

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.ts";

/** An attribute as ExaBGP is told it: type and flags as numbers, the value as hex. */
export type GenericAttribute = readonly [type: number, flags: number, value: string];

export interface ExaBgpOptions {
  readonly address: string;
  readonly peer: string;
  /** Lines of its `capability` block. */
  readonly capabilities: string;
  /** Talk to the peer through the relay, as a carrier of EVPN routes needs. */
  readonly relayed?: boolean;
}

const RELAY = "127.0.0.2";

export class ExaBgp {
  readonly #lab: Lab;
  readonly #host: string;
  readonly #options: ExaBgpOptions;
  readonly #directory: string;
  #carriers = 0;

  constructor(lab: Lab, host: string, options: ExaBgpOptions) {
    this.#lab = lab;
    this.#host = host;
    this.#options = options;
    this.#directory = join(lab.directory, `exabgp-${host}`);
  }

  start(): void {
    const { address, peer, relayed = false } = this.#options;
    mkdirSync(this.#directory);
    for (const file of ["commands", "received"]) writeFileSync(this.#at(file), "");
    // What it receives comes to the standard input of this program, and what it does is read from its output.
    const script = `#!/bin/sh
tail --pid=$$ -n +1 -f ${this.#at("commands")} &
exec cat >> ${this.#at("received")}
`;
    writeFileSync(this.#at("api.sh"), script);
    chmodSync(this.#at("api.sh"), 0o755);
    writeFileSync(this.#at("exabgp.conf"), this.#config());
    if (relayed) {
      const program = join(import.meta.dirname, "carrier-relay.ts");
      const options = ["--conditions=@selvedge/source", program, RELAY, address, peer];
      this.#lab.start(this.#host, process.execPath, options);
    }
    const settings = {
      "exabgp.daemon.user": "root",
      "exabgp.daemon.drop": "false",
      "exabgp.tcp.bind": "",
      "exabgp.api.cli": "false",
      "exabgp.log.destination": this.#at("log"),
    };
    const environment = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    this.#lab.start(this.#host, "env", [...environment, "exabgp", this.#at("exabgp.conf")]);
  }

  /** Announces a carrier route with these attributes; ORIGIN, AS_PATH, NEXT_HOP and LOCAL_PREF are added if not given. */
  announce(...attributes: readonly GenericAttribute[]): void {
    const { address } = this.#options;
    const generic = attributes.map(
      ([type, flags, value]) => `attribute [0x${octet(type)} 0x${octet(flags)} 0x${value}]`,
    );
    this.#carriers++;
    const carrier = `192.0.${this.#carriers >> 8}.${this.#carriers & 255}/32`;
    this.#command(`announce route ${carrier} next-hop ${address} ${generic.join(" ")}`);
  }

  /** The lines of JSON that it has written of what it received. */
  received(): string {
    return existsSync(this.#at("received")) ? readFileSync(this.#at("received"), "utf8") : "";
  }

  #command(text: string): void {
    appendFileSync(this.#at("commands"), `${text}\n`);
  }

  #at(name: string): string {
    return join(this.#directory, name);
  }

  #config(): string {
    const { address, peer, capabilities, relayed = false } = this.#options;
    const [local, remote] = relayed ? ["127.0.0.1", RELAY] : [address, peer];
    return `
process api { run ${this.#at("api.sh")}; encoder json; }
neighbor ${remote} {
  router-id ${address}; local-address ${local}; local-as 65000; peer-as 65000; hold-time 9; group-updates false;
  family { ${relayed ? "ipv4 unicast; " : ""}l2vpn evpn; }
  capability { ${capabilities} }
  api { processes [ api ]; receive { parsed; update; open; notification; refresh; } neighbor-changes; }
}
`;
  }
}

function octet(value: number): string {
  return value.toString(16).padStart(2, "0");
}
