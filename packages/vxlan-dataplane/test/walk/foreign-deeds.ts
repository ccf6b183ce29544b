/** What others do to the kernel of a host behind its agent's back. */
import {
  NetworkNamespace,
  NftablesSocket,
  type NftRequest,
  type RouteRequest,
  RouteSocket,
} from "@selvedge/netlink";
import type { GuardTable } from "../../src/guard/guard-table.ts";
import { VRF_SYSCTLS } from "../../src/sysctls.ts";
import { filterDeeds, guardTables } from "./filters.ts";

const LOOPBACK = 1;
/** Of rtnetlink(7): routes that the kernel makes of addresses. Nobody but the kernel brings them back. */
const PROTOCOL_KERNEL = 2;
const OF_THE_KERNEL = ["127.0.0.1", "::1"];

/** The namespaces of a host. */
export interface ForeignSite {
  /** Names of VRF namespaces start with it and a dot. */
  readonly prefix: string;
  readonly underlay: string;
  readonly workloads: readonly string[];
}

/** Does one thing out of all that can be done in the namespaces, the one that `pick` numbers, and says which. */
export function foreignDeed({ prefix, underlay, workloads }: ForeignSite, pick: number): string {
  const vrfs = NetworkNamespace.list().filter(
    (name) => name.startsWith(`${prefix}.`) && NetworkNamespace.exists(name),
  );
  const deeds = [
    ...workloads.map((name) => ({ what: `make ${name} anew`, where: name, how: recreate })),
    ...filterDeedsIn(underlay, guardTables(prefix)),
    ...vrfs.flatMap((name) => [
      ...filterDeedsIn(name, guardTables()),
      { what: `delete ${name}`, where: name, how: NetworkNamespace.delete },
      ...requestsIn(name).map((request) => ({
        what: `${JSON.stringify(request)} in ${name}`,
        where: name,
        how: () => execute(name, request),
      })),
      ...VRF_SYSCTLS.slice(0, 4).map(([path, value]) => ({
        what: `${path} in ${name}`,
        where: name,
        how: () => setSysctl(name, path, value === "1" ? "0" : "1"),
      })),
    ]),
  ];
  const deed = deeds[pick % deeds.length];
  deed?.how(deed.where);
  return deed?.what ?? "nothing";
}

function filterDeedsIn(name: string, tables: readonly GuardTable[]) {
  using namespace = NetworkNamespace.open(name);
  return filterDeeds(namespace, tables).map((requests) => ({
    what: `${JSON.stringify(requests)} in ${name}`,
    where: name,
    how: () => transact(name, requests),
  }));
}

function transact(name: string, requests: readonly NftRequest[]): void {
  using namespace = NetworkNamespace.open(name);
  using filter = NftablesSocket.open(namespace);
  filter.execute(requests);
}

function recreate(name: string): void {
  NetworkNamespace.delete(name);
  NetworkNamespace.create(name).close();
}

function setSysctl(name: string, path: string, value: string): void {
  using namespace = NetworkNamespace.open(name);
  namespace.setSysctl(path, value);
}

/** The kernel may refuse it, as it does what cannot be done to lo. */
function execute(name: string, request: RouteRequest): void {
  using namespace = NetworkNamespace.open(name);
  using socket = RouteSocket.open(namespace);
  socket.execute([request]);
}

function requestsIn(name: string): RouteRequest[] {
  using namespace = NetworkNamespace.open(name);
  using socket = RouteSocket.open(namespace);
  const links = socket.links();
  const devices = links.filter(({ index }) => index !== LOOPBACK);
  return [
    ...devices.map(({ index }): RouteRequest => ({ kind: "link.delete", index })),
    ...devices.map(({ index }): RouteRequest => ({ kind: "link.set", index, mtu: 1280 })),
    ...links.map(({ index }): RouteRequest => ({ kind: "link.set", index, up: false })),
    ...socket
      .addresses()
      .filter(({ address }) => !OF_THE_KERNEL.includes(address))
      .map(
        ({ link, address, length }): RouteRequest => ({
          kind: "address.delete",
          link,
          address,
          length,
        }),
      ),
    ...socket
      .routes()
      .filter(({ protocol }) => protocol !== PROTOCOL_KERNEL)
      .map(
        ({ destination, metric }): RouteRequest => ({
          kind: "route.delete",
          destination,
          metric,
        }),
      ),
    ...socket.nexthops().map(({ id }): RouteRequest => ({ kind: "nexthop.delete", id })),
    ...socket.neighbours().map(
      ({ link, address }): RouteRequest => ({
        kind: "neighbour.delete",
        link,
        address,
      }),
    ),
    ...socket.fdb().map(
      ({ link, mac }): RouteRequest => ({
        kind: "fdb.delete",
        link,
        mac,
        table: "self",
      }),
    ),
  ];
}
