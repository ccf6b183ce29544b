/** What a client was sent, read with the codec: for the benchmark without sockets, which has all of it in memory. */
import { frameLength, scanUpdate, UpdateScan } from "@selvedge/bgp-evpn";
import { CONTEXT } from "./reflection-load.ts";
import { RouteSum } from "./route-sum.ts";

const AFI_L2VPN = 25;
const SAFI_EVPN = 70;
const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;

/** What a client got, as far as the benchmark checks it. */
export interface Received {
  /** Announcements. */
  readonly routes: RouteSum;
  /** Octets of withdrawn routes. */
  readonly withdrawn: number;
  readonly endOfRib: boolean;
  /** Every UPDATE could be used, and was marked as reflected. */
  readonly sound: boolean;
}

/** Reads what a client was sent, as its own codec would. */
export function readAll(pieces: readonly Uint8Array[]): Received {
  const scan = new UpdateScan();
  const routes = new RouteSum();
  let withdrawn = 0;
  let endOfRib = false;
  let sound = true;
  for (const bytes of pieces) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; ) {
      const length = frameLength(bytes, at, bytes.length, CONTEXT);
      if (length <= 0) return { routes, withdrawn, endOfRib, sound: false };
      const reset = scanUpdate(bytes, at, length, CONTEXT, scan);
      sound &&= reset === undefined && scan.errors.length === 0;
      if (scan.isEndOfRib(AFI_L2VPN, SAFI_EVPN)) endOfRib = true;
      else sound &&= scan.indexOf(ORIGINATOR_ID) >= 0 && scan.indexOf(CLUSTER_LIST) >= 0;
      withdrawn += scan.unreachNlriLength;
      routes.addField(view, scan.reachNlriOffset, scan.reachNlriOffset + scan.reachNlriLength);
      at += length;
    }
  }
  return { routes, withdrawn, endOfRib, sound };
}
