/**
 * The load of the reflection benchmarks: what each client announces and takes back, as the octets that arrive
 * on its session.
 *
 * Routes are spread over tenants as in life: all routes of one tenant on one VTEP share their attributes
 * (route targets of the tenant, Router's MAC of the VTEP), so there are as many attribute sets as pairs of
 * client and tenant. Each route carries a serial number in its MAC address or prefix, unique within its client.
 */
import {
  type CodecContext,
  DEFAULT_CONTEXT,
  type EvpnRoute,
  encodeUpdate,
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
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import { RouteSum } from "./route-sum.ts";

/** The families and capabilities of all sessions: internal, four-octet AS, messages of 4096 octets. */
export const CONTEXT: CodecContext = { ...DEFAULT_CONTEXT, families: ["l2vpn-evpn"] };

/** What can be announced: host prefixes, MAC and IP addresses, or half of each. */
export const ROUTE_TYPES = ["type-5", "type-2", "mixed"] as const;
export type RouteTypes = (typeof ROUTE_TYPES)[number];

/** What one client announces. */
export interface LoadShape {
  readonly types: RouteTypes;
  readonly routes: number;
  /** Tenants among which the routes are divided. */
  readonly tenants: number;
  /** LOCAL_PREF, to announce the same routes with attributes that differ; 100 when absent. */
  readonly localPreference?: number;
}

/** A client's part of the load. */
export interface ClientLoad {
  /** Whole messages, cut as they would come from a socket. */
  readonly pieces: readonly Uint8Array[];
  /** Of all routes in them. */
  readonly sum: RouteSum;
}

/** 42 octets a route: what a message of 4096 octets holds with some room. */
const ROUTES_A_MESSAGE = 90;
/** Octets that a socket hands over at once. */
const PIECE_LENGTH = 0x10000;
const FIRST_L3_VNI = 5001;
const FIRST_L2_VNI = 100_001;
const ESI = "00:00:00:00:00:00:00:00:00:00";
/** Where the serial number goes: the last three octets of the MAC address, of the IP address or of the prefix. */
const MAC_SERIAL = 28;
const IP_SERIAL = 33;
const PREFIX_SERIAL = 26;
const MAC_IP = 2;
/** Where the address in a route distinguisher of type 1 is. */
const RD_ADDRESS = 4;

/** Address and router identifier of a client. */
export function clientAddress(client: number): IpAddress {
  return parseIpAddress(`10.1.${Math.floor(client / 250)}.${(client % 250) + 1}`);
}

/** Whether the route at `at` has a route distinguisher of that client. */
export function isFrom(view: DataView, at: number, client: number): boolean {
  return view.getUint32(at + RD_ADDRESS) === ((10 << 24) | (1 << 16) | rdHost(client));
}

function rdHost(client: number): number {
  return (Math.floor(client / 250) << 8) | ((client % 250) + 1);
}

/** The serial number in the route at `at`. */
export function serialOf(view: DataView, at: number): number {
  const serial = view.getUint8(at) === MAC_IP ? MAC_SERIAL : PREFIX_SERIAL;
  return (view.getUint8(at + serial) << 16) | view.getUint16(at + serial + 1);
}

/** What a client announces. */
export function announcements(client: number, shape: LoadShape): ClientLoad {
  return load(shape, (tenant, kind, count) => announcement(client, tenant, kind, count, shape));
}

/** The UPDATEs by which a client takes back all of `announcements`. */
export function withdrawals(client: number, shape: LoadShape): ClientLoad {
  return load(shape, (tenant, kind, count) => withdrawal(client, tenant, kind, count));
}

type Kind = "type-5" | "type-2";
type MakeMessage = (tenant: number, kind: Kind, count: number) => Uint8Array;

function load(shape: LoadShape, make: MakeMessage): ClientLoad {
  const messages: Uint8Array[] = [];
  const sum = new RouteSum();
  const perTenant = Math.ceil(shape.routes / shape.tenants);
  for (let first = 0; first < shape.routes; first += perTenant) {
    const count = Math.min(perTenant, shape.routes - first);
    for (const part of parts(shape.types, first, count)) {
      const message = make(first / perTenant, part.kind, part.count);
      number(message, part.first, sum);
      messages.push(message);
    }
  }
  return { pieces: cut(Buffer.concat(messages)), sum };
}

interface Part {
  readonly kind: Kind;
  readonly first: number;
  readonly count: number;
}

/** Routes of one tenant as what goes into one message each. */
function parts(types: RouteTypes, first: number, count: number): Part[] {
  if (types === "mixed") {
    const half = count >> 1;
    return [...parts("type-5", first, half), ...parts("type-2", first + half, count - half)];
  }
  const messages: Part[] = [];
  for (let done = 0; done < count; done += ROUTES_A_MESSAGE) {
    const left = Math.min(ROUTES_A_MESSAGE, count - done);
    messages.push({ kind: types, first: first + done, count: left });
  }
  return messages;
}

function announcement(
  client: number,
  tenant: number,
  kind: Kind,
  count: number,
  shape: LoadShape,
): Uint8Array {
  const nextHop = clientAddress(client);
  const routes = Array<EvpnRoute>(count).fill(route(client, tenant, kind));
  return encodeUpdate(
    {
      withdrawn: [],
      attributes: attributes(nextHop, tenant, kind, shape.localPreference ?? 100),
      announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes }],
    },
    CONTEXT,
  );
}

function withdrawal(client: number, tenant: number, kind: Kind, count: number): Uint8Array {
  const routes = Array<EvpnRoute>(count).fill(route(client, tenant, kind));
  return encodeUpdate(
    {
      withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes }],
      attributes: [],
      announced: [],
    },
    CONTEXT,
  );
}

/** What FRR sends with a route: the targets of the VRF, for a MAC address those of the bridge domain too. */
function attributes(
  vtep: IpAddress,
  tenant: number,
  kind: Kind,
  localPreference: number,
): PathAttribute[] {
  const vnis = kind === "type-2" ? [FIRST_L2_VNI + tenant] : [];
  const targets = [...vnis, FIRST_L3_VNI + tenant].map(
    (vni) => ({ kind: "route-target", target: parseRouteTarget(`65000:${vni}`) }) as const,
  );
  return [
    { kind: "origin", origin: "igp" },
    { kind: "as-path", segments: [] },
    { kind: "local-pref", value: localPreference },
    {
      kind: "extended-communities",
      communities: [
        ...targets,
        { kind: "encapsulation", tunnelType: "vxlan" },
        { kind: "router-mac", mac: macFromVtep(vtep) },
      ],
    },
  ];
}

function route(client: number, tenant: number, kind: Kind): EvpnRoute {
  const rd = parseRouteDistinguisher(`${clientAddress(client)}:${tenant + 1}`);
  const common = { rd, esi: ESI, ethernetTag: 0 };
  const l3Vni = parseVni(FIRST_L3_VNI + tenant);
  if (kind === "type-2") {
    const labels = [FIRST_L2_VNI + tenant, l3Vni] as const;
    const mac = parseMacAddress("02:00:00:00:00:00");
    return { kind: "mac-ip", routeType: 2, ...common, mac, ip: parseIpAddress("10.0.0.0"), labels };
  }
  const gateway = parseIpAddress("0.0.0.0");
  const prefix = parseIpPrefix("10.0.0.0/32");
  return { kind: "ip-prefix", routeType: 5, ...common, prefix, gateway, label: l3Vni };
}

/** Numbers the routes of a message from `first` on, in place, and adds them to the sum. */
function number(message: Uint8Array, first: number, sum: RouteSum): void {
  const scan = new UpdateScan();
  const fault = scanUpdate(message, 0, message.length, CONTEXT, scan);
  if (fault !== undefined) throw new Error(`the benchmark's own UPDATE is malformed: ${fault}`);
  const isReach = scan.reachNlriLength > 0;
  const start = isReach ? scan.reachNlriOffset : scan.unreachNlriOffset;
  const end = start + (isReach ? scan.reachNlriLength : scan.unreachNlriLength);
  let serial = first;
  for (let at = start; at < end; at += evpnNlriLength(message, at, end)) {
    const isMacIp = message[at] === MAC_IP;
    writeSerial(message, at + (isMacIp ? IP_SERIAL : PREFIX_SERIAL), serial);
    if (isMacIp) writeSerial(message, at + MAC_SERIAL, serial);
    serial++;
  }
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (isReach) sum.addField(view, start, end);
}

function writeSerial(bytes: Uint8Array, at: number, serial: number): void {
  bytes[at] = serial >>> 16;
  bytes[at + 1] = serial >>> 8;
  bytes[at + 2] = serial;
}

/** Cuts a stream of messages into pieces of whole messages. */
export function cut(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    for (;;) {
      const length = end < bytes.length ? frameLength(bytes, end, bytes.length, CONTEXT) : 0;
      if (length <= 0 || end + length - start > PIECE_LENGTH) break;
      end += length;
    }
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}
