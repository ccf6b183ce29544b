/**
 * What a kernel has of a host, in words that are equal for two hosts that are: without interface indexes, counters, names
 * that differ, and what the kernel learns or makes by itself. Sorted, as the order says nothing.
 */
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { endpointSysctls, VRF_SYSCTLS } from "../../src/sysctls.ts";
import { describeFilters, guardTables } from "./filters.ts";

/** Of rtnetlink(7): routes that the kernel makes of addresses. */
const PROTOCOL_KERNEL = 2;
const LOOPBACK = 1;

/** What the kernel makes of link-local addresses of workloads: duplicate address detection takes a second. */
const LINK_LOCAL = /^fe80:/;

/** Of all namespaces whose names start with the prefix, and of the underlay: one line a thing, without the prefix. */
export function describeKernel(prefix: string, underlay: NetworkNamespace): string[] {
  const filters = [...describeFilters(underlay, guardTables(prefix))];
  return [
    ...describeNamespaces(prefix),
    ...filters.map((line) => `underlay ${line}`.replaceAll(prefix, "")).sort(),
  ];
}

function describeNamespaces(prefix: string): string[] {
  const names = NetworkNamespace.list().filter((name) => name.startsWith(prefix));
  return names.sort().flatMap((name) => {
    if (!NetworkNamespace.exists(name)) return [`${name.slice(prefix.length)} plain file`];
    using namespace = NetworkNamespace.open(name);
    const isVrf = name.startsWith(`${prefix}.`);
    const lines = [...describeNamespace(namespace, isVrf)].sort();
    return ["namespace", ...lines].map((line) => `${name} ${line}`.replaceAll(prefix, ""));
  });
}

function* describeNamespace(namespace: NetworkNamespace, isVrf: boolean): Generator<string> {
  using socket = RouteSocket.open(namespace);
  const links = socket.links();
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const rename = (key: string, value: unknown): unknown =>
    (key === "link" || key === "index" || key === "master") && typeof value === "number"
      ? (names.get(value) ?? "none")
      : value;
  const words = (item: object): string => JSON.stringify(item, rename);
  for (const { index: _, peer: _peer, peerNamespaceId: _id, ...link } of links) {
    yield `link ${words(link)}`;
  }
  const addresses = socket.addresses().filter(({ address }) => isVrf || !LINK_LOCAL.test(address));
  // ICMP errors are sent from the first of lo.
  const onLoopback = addresses.find(
    ({ link, address }) => link === LOOPBACK && !address.includes(":"),
  );
  if (onLoopback !== undefined) yield `first ${onLoopback.address}`;
  for (const { tentative: _, ...address } of addresses) yield `address ${words(address)}`;
  for (const route of socket.routes()) {
    if (route.protocol !== PROTOCOL_KERNEL) yield `route ${words(route)}`;
  }
  for (const nexthop of socket.nexthops()) yield `nexthop ${words(nexthop)}`;
  for (const neighbour of socket.neighbours()) {
    if (neighbour.state === "permanent") yield `neighbour ${words(neighbour)}`;
  }
  for (const entry of socket.fdb()) {
    if (entry.destination !== undefined) yield `fdb ${words(entry)}`;
  }
  if (!isVrf) return;
  yield* describeFilters(namespace, guardTables());
  const perEndpoint = links.filter(({ detail }) => detail.kind === "veth");
  const paths = [...VRF_SYSCTLS, ...perEndpoint.flatMap(({ name }) => endpointSysctls(name))];
  for (const [path] of paths) yield `sysctl ${path} = ${namespace.getSysctl(path)}`;
}
