/** The speaker under test in a namespace of a lab, with iBGP neighbours that are its clients. */

import { parseAsn, parseIpAddress } from "@selvedge/net";
import type { NeighborOptions } from "../../src/session/neighbor-options.ts";
import type { SpeakerOptions } from "../../src/speaker-options.ts";
import type { Lab } from "./lab.ts";
import { RemoteSpeaker } from "./remote-speaker.ts";
import { until } from "./until.ts";

export const AS = parseAsn(65000);

/** A speaker of AS 65000 that listens on `address`, and its neighbours. */
export interface SpeakerSetup {
  readonly address: string;
  readonly options?: Partial<SpeakerOptions>;
  readonly neighbors: readonly string[];
  readonly neighborOptions?: Partial<NeighborOptions>;
}

/** Makes it and starts it. */
export async function startSpeaker(
  lab: Lab,
  host: string,
  { address, options, neighbors, neighborOptions }: SpeakerSetup,
): Promise<RemoteSpeaker> {
  const speaker = new RemoteSpeaker(lab, host);
  const routerId = parseIpAddress(address);
  const listen = [{ address: routerId, port: 179 }];
  await speaker.ask({ kind: "new", options: { asn: AS, routerId, listen, ...options } });
  for (const neighbor of neighbors) await setNeighbor(speaker, neighbor, neighborOptions);
  await speaker.ask({ kind: "start" });
  return speaker;
}

/** Adds an iBGP neighbour, a client if nothing else is said, or changes its options. */
export async function setNeighbor(
  speaker: RemoteSpeaker,
  neighbor: string,
  changes: Partial<NeighborOptions> = {},
): Promise<void> {
  const options: NeighborOptions = {
    address: parseIpAddress(neighbor),
    asn: AS,
    holdTime: 9,
    connectRetry: 1,
    reflectorClient: true,
    ...changes,
  };
  await speaker.ask({ kind: "set-neighbor", options });
}

/** Waits until the sessions with all of these are Established. */
export function established(speaker: RemoteSpeaker, ...addresses: string[]): Promise<void> {
  const isUp = async (): Promise<boolean> => {
    const { neighbors } = await speaker.summary();
    return addresses.every((address) =>
      neighbors.some((one) => one.address === address && one.state === "Established"),
    );
  };
  return until(isUp, `sessions with ${addresses.join(", ")}`, speaker);
}
