/**
 * The load of the reflection benchmark: what each client announces, as the octets that arrive on its
 * session, and the check of what each client got.
 */
import {
  type CodecContext,
  DEFAULT_CONTEXT,
  type EvpnRoute,
  encodeUpdate,
  evpnKey,
  evpnNlriLength,
  frameLength,
  type PathAttribute,
  scanUpdate,
  UpdateScan,
} from "@selvedge/bgp-evpn";
import {
  type IpAddress,
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseRouteDistinguisher,
  parseRouteTarget,
} from "@selvedge/net";

/** The families and capabilities of all sessions: internal, four-octet AS, messages of 4096 octets. */
export const CONTEXT: CodecContext = { ...DEFAULT_CONTEXT, families: ["l2vpn-evpn"] };

/** VRFs in which every sending client has routes; each needs an attribute set of its own. */
const VRFS = 50;
/** 34 octets of route, 2 of header: what a message of 4096 octets holds with some room. */
const ROUTES_A_MESSAGE = 100;
/** Octets that a socket hands over at once. */
const READ_LENGTH = 0x10000;
const FIRST_VNI = 5001;
const ESI = "00:00:00:00:00:00:00:00:00:00";

/** Address and router identifier of a client. */
export function clientAddress(client: number): IpAddress {
  return parseIpAddress(`10.1.${client >> 8}.${(client & 0xff) + 1}`);
}

/**
 * What a client announces: `routes` host routes of type 5, spread over the VRFs, cut into pieces as
 * they would come from a socket.
 */
export function announcements(client: number, routes: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const inVrf = Math.ceil(routes / VRFS);
  for (let first = 0; first < routes; first += inVrf) {
    const last = Math.min(first + inVrf, routes);
    const vrf = first / inVrf;
    for (let start = first; start < last; start += ROUTES_A_MESSAGE) {
      const count = Math.min(ROUTES_A_MESSAGE, last - start);
      messages.push(announcement(client, vrf, start, count));
    }
  }
  return cut(Buffer.concat(messages));
}

function announcement(client: number, vrf: number, start: number, count: number): Uint8Array {
  const address = clientAddress(client);
  const routes = Array.from({ length: count }, (_, i) => route(client, vrf, start + i));
  return encodeUpdate(
    {
      withdrawn: [],
      attributes: attributes(address, vrf),
      announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop: address, routes }],
    },
    CONTEXT,
  );
}

/** What FRR sends with a route of type 5: no MED, one route target. */
function attributes(address: IpAddress, vrf: number): PathAttribute[] {
  return [
    { kind: "origin", origin: "igp" },
    { kind: "as-path", segments: [] },
    { kind: "local-pref", value: 100 },
    {
      kind: "extended-communities",
      communities: [
        { kind: "route-target", target: parseRouteTarget(`65000:${FIRST_VNI + vrf}`) },
        { kind: "encapsulation", tunnelType: "vxlan" },
        { kind: "router-mac", mac: macFromVtep(address) },
      ],
    },
  ];
}

function route(client: number, vrf: number, index: number): EvpnRoute {
  const host = `${(index >> 16) & 0xff}.${(index >> 8) & 0xff}.${index & 0xff}`;
  return {
    kind: "ip-prefix",
    routeType: 5,
    rd: parseRouteDistinguisher(`${clientAddress(client)}:${vrf + 1}`),
    esi: ESI,
    ethernetTag: 0,
    prefix: parseIpPrefix(`10.${host}/32`),
    gateway: parseIpAddress("0.0.0.0"),
    label: FIRST_VNI + vrf,
  };
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    for (;;) {
      const length = end < bytes.length ? frameLength(bytes, end, bytes.length, CONTEXT) : 0;
      if (length <= 0 || end + length - start > READ_LENGTH) break;
      end += length;
    }
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}

/** What a client got, as far as the benchmark checks it. */
export interface Received {
  /** Different routes. */
  readonly routes: number;
  readonly withdrawn: number;
  readonly endOfRib: boolean;
  /** Every UPDATE could be used, and was marked as reflected. */
  readonly sound: boolean;
}

/** Reads what a client was sent, as its own codec would. */
export function readAll(pieces: readonly Uint8Array[]): Received {
  const scan = new UpdateScan();
  const keys = new Set<string>();
  let withdrawn = 0;
  let endOfRib = false;
  let sound = true;
  for (const bytes of pieces) {
    for (let at = 0; at < bytes.length; ) {
      const length = frameLength(bytes, at, bytes.length, CONTEXT);
      if (length <= 0) return { routes: keys.size, withdrawn, endOfRib, sound: false };
      const reset = scanUpdate(bytes, at, length, CONTEXT, scan);
      sound &&= reset === undefined && scan.errors.length === 0;
      if (scan.isEndOfRib(25, 70)) endOfRib = true;
      else sound &&= scan.indexOf(9) >= 0 && scan.indexOf(10) >= 0;
      withdrawn += scan.unreachNlriLength;
      collect(scan, keys);
      at += length;
    }
  }
  return { routes: keys.size, withdrawn, endOfRib, sound };
}

/** How many routes an UPDATE announces. */
export function countRoutes(scan: UpdateScan): number {
  const end = scan.reachNlriOffset + scan.reachNlriLength;
  let count = 0;
  for (let at = scan.reachNlriOffset; at < end; count++) {
    at += evpnNlriLength(scan.bytes, at, end);
  }
  return count;
}

function collect(scan: UpdateScan, keys: Set<string>): void {
  const key = Buffer.alloc(257);
  const end = scan.reachNlriOffset + scan.reachNlriLength;
  for (let at = scan.reachNlriOffset; at < end; ) {
    keys.add(key.toString("latin1", 0, evpnKey(scan.bytes, at, key, 0)));
    at += evpnNlriLength(scan.bytes, at, end);
  }
}
