/**
 * MACs of endpoints of this host that another VTEP announces as well, with the better claim.
 *
 * Either the endpoint is moving away, and the datastore will say so in a moment, or the MAC is somewhere else by mistake:
 * then it is announced again from here with the next number, for the datastore says where it is. Who does that in turns is
 * a duplicate (RFC 7432, section 15.1): it is told to the operator and held, that is not announced again for a while.
 *
 *     remote claim -- wait -- gone, or the endpoint is:  nothing
 *                             still there:               announce again
 *     the fifth within 180 s:                            log, wait for 180 s, then announce again
 */
import { DuplicateMacDetection } from "@selvedge/bgp-evpn";
import type { IpAddress, MacAddress } from "@selvedge/net";
import type { Logger } from "../log.ts";

/** The datastore's word of a move is here by then; milliseconds. */
const CLAIM_DELAY_MS = 1000;
/** Moves that make a duplicate, and the time within which they do, in seconds: the RFC's. */
const MOVES = 5;
const PERIOD = 180;

/** Whom a contested MAC concerns. */
export interface ContestedMacsOptions {
  /** Whether it is an endpoint's of this host still, and announced by another VTEP still. */
  readonly isContested: (bridgeDomain: string, mac: MacAddress) => boolean;
  /** Announces it from here as one that has moved to here. */
  readonly announce: (bridgeDomain: string, mac: MacAddress) => void;
  readonly log: Logger;
  /** Milliseconds that a claim waits. */
  readonly delay?: number;
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
}

/** Decides about MACs that are announced from elsewhere too. */
export class ContestedMacs implements Disposable {
  readonly #options: ContestedMacsOptions;
  readonly #now: () => number;
  readonly #detections = new Map<string, DuplicateMacDetection>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: ContestedMacsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** `vtep` announces the MAC of an endpoint of this host, and that counts more than what this host says. */
  claimed(bridgeDomain: string, mac: MacAddress, vtep: IpAddress): void {
    if (this.#timers.has(`${bridgeDomain} ${mac}`)) return;
    const { log, delay = CLAIM_DELAY_MS } = this.#options;
    const verdict = this.#detection(bridgeDomain).move(mac);
    switch (verdict) {
      case "moved":
        log.warn({ bridgeDomain, mac, vtep }, "another VTEP announces the MAC of an endpoint here");
        this.#wait(bridgeDomain, mac, delay);
        break;
      case "duplicate":
        log.error(
          { bridgeDomain, mac, vtep, moves: MOVES, seconds: PERIOD },
          "a MAC is in two places: it is not announced from here for a while; look for it behind the other VTEP",
        );
        this.#wait(bridgeDomain, mac, PERIOD * 1000);
        break;
      case "held":
        this.#wait(bridgeDomain, mac, PERIOD * 1000);
        break;
      default:
        verdict satisfies never;
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #detection(bridgeDomain: string): DuplicateMacDetection {
    let detection = this.#detections.get(bridgeDomain);
    if (detection === undefined) {
      const limits = { moves: MOVES, period: PERIOD, recovery: PERIOD };
      detection = new DuplicateMacDetection(limits, this.#now);
      this.#detections.set(bridgeDomain, detection);
    }
    detection.expire();
    return detection;
  }

  #wait(bridgeDomain: string, mac: MacAddress, delay: number): void {
    const key = `${bridgeDomain} ${mac}`;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      const { isContested, announce } = this.#options;
      if (isContested(bridgeDomain, mac)) announce(bridgeDomain, mac);
    }, delay);
    this.#timers.set(key, timer.unref());
  }
}
