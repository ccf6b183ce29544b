/**
 * Desired states of a host, chosen at random from few names and numbers so that they collide often,
 * and the ways of telling a dataplane about them and of reading the model back.
 */
import {
  type IpAddress,
  type MacAddress,
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseVni,
} from "@selvedge/net";
import fc from "fast-check";
import type {
  BridgeDomainIntent,
  Dataplane,
  EndpointIntent,
  RemoteRoute,
  VrfIntent,
} from "../../src/index.ts";
import type { ModelKernel } from "./kernel.ts";

/** All that is wanted of a host. */
export interface World {
  readonly vrfs: readonly VrfIntent[];
  readonly endpoints: readonly EndpointIntent[];
  readonly routes: readonly { readonly vrf: string; readonly route: RemoteRoute }[];
  /** What is on other hosts of the bridge domain of a VRF. */
  readonly stations: readonly RemoteStation[];
}

/** A MAC of a bridge domain, its VTEP, and maybe an IP address; the VTEP may want what is flooded. */
export interface RemoteStation {
  readonly vrf: string;
  readonly mac: MacAddress;
  readonly vtep: IpAddress;
  readonly address: IpAddress | undefined;
  readonly floods: boolean;
}

export const WORKLOADS = ["w1", "w2", "w3"] as const;

const vrfNames = ["blue/main", "red/main"] as const;

const ips = (...texts: string[]): IpAddress[] => texts.map(parseIpAddress);

/** The one bridge domain that a VRF may have. */
const lanOf = (vrfName: string): string => vrfName.replace("main", "lan");

const bridgeDomain = (vrfName: string): fc.Arbitrary<BridgeDomainIntent> =>
  fc.record({
    name: fc.constant(lanOf(vrfName)),
    l2vni: fc.constant(parseVni(vrfName === "red/main" ? 6000 : 6001)),
    prefixes: fc
      .constantFrom(["10.1.0.0/24"], ["10.1.0.0/16", "2001:db8::/64"])
      .map((texts) => texts.map(parseIpPrefix)),
    gateways: fc.subarray(ips("10.1.0.1", "2001:db8::1")),
    flooding: fc.constantFrom("head-end-replication", "disabled"),
  });

const vrf = (name: string): fc.Arbitrary<Omit<VrfIntent, "l3vni">> =>
  fc.record({
    name: fc.constant(name),
    namespace: fc.constant(`vrf.${name.replace("/", ".")}`),
    vtep: fc.constantFrom(...ips("10.0.0.1", "10.0.0.9", "2001:db8:f::1")),
    routerMac: fc.constantFrom("02:00:0a:00:00:01", "02:00:0a:00:00:09").map(parseMacAddress),
    routerAddresses: fc.subarray(ips("100.64.0.1", "fd00::1"), { minLength: 1 }),
    gateways: fc.shuffledSubarray(ips("10.1.0.1", "10.1.1.1", "2001:db8::1")),
    aggregates: fc.subarray(["10.1.0.0/16", "2001:db8::/48"].map(parseIpPrefix)),
    mtu: fc.constantFrom(1450, 8950),
    bridgeDomains: fc.array(bridgeDomain(name), { maxLength: 1 }),
  });

const endpoint = (name: string): fc.Arbitrary<EndpointIntent> =>
  fc.record(
    {
      name: fc.constant(name),
      vrf: fc.constantFrom(...vrfNames),
      addresses: fc.subarray(ips("10.1.0.5", "10.1.0.6", "2001:db8::5"), { minLength: 1 }),
      mac: fc.constantFrom("02:00:00:00:00:05", "02:00:00:00:00:06").map(parseMacAddress),
      // One workload an endpoint: two endpoints never want one interface.
      workload: fc.constant({ namespace: name.replace("red/web-", "w"), interface: "eth0" }),
    },
    { requiredKeys: ["name", "vrf", "addresses", "workload"] },
  );

const nextHop = fc.constantFrom(2, 3, 4, 5, 6).map((n) => {
  const vtep = parseIpAddress(n < 5 ? `10.0.0.${n}` : `2001:db8:f::${n}`);
  return { vtep, routerMac: macFromVtep(vtep) };
});

const prefixes = ["10.1.0.5/32", "10.1.0.77/32", "10.2.0.0/24", "2001:db8::77/128", "0.0.0.0/0"];

const routeOf = fc.record({
  vrf: fc.constantFrom(...vrfNames),
  route: fc.record({
    prefix: fc.constantFrom(...prefixes.map(parseIpPrefix)),
    nextHops: fc.uniqueArray(nextHop, { minLength: 1, maxLength: 3, selector: ({ vtep }) => vtep }),
  }),
});

const station = fc.record({
  vrf: fc.constantFrom(...vrfNames),
  mac: fc.constantFrom("02:00:00:00:00:05", "02:00:00:00:00:77").map(parseMacAddress),
  vtep: fc.constantFrom(...ips("10.0.0.2", "10.0.0.3", "2001:db8:f::5")),
  address: fc.constantFrom(...ips("10.1.0.5", "10.1.0.77", "2001:db8::77"), undefined),
  floods: fc.boolean(),
});

/** A desired state that a host can have: two VRFs never have one VNI, routes are of VRFs that are there. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    vrfs: fc
      .tuple(
        vrf("red/main"),
        vrf("blue/main"),
        fc.boolean(),
        fc.constantFrom("11", "11", "10", "01", "00"),
      )
      .map(([red, blue, isSwapped, which]) =>
        [
          { ...red, l3vni: parseVni(isSwapped ? 5001 : 5000) },
          { ...blue, l3vni: parseVni(isSwapped ? 5000 : 5001) },
        ].filter((_, index) => which[index] === "1"),
      ),
    endpoints: fc
      .tuple(...[1, 2, 3].map((n) => fc.option(endpoint(`red/web-${n}`), { nil: undefined })))
      .map((all) => all.filter((one) => one !== undefined)),
    routes: fc.uniqueArray(routeOf, {
      maxLength: 8,
      size: "max",
      selector: ({ vrf: name, route }) => `${name} ${route.prefix}`,
    }),
    stations: fc.uniqueArray(station, {
      maxLength: 4,
      comparator: (a, b) => a.vrf === b.vrf && (a.mac === b.mac || a.address === b.address),
    }),
    bridged: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  })
  .map(({ bridged, ...world }) => {
    const has = (name: string): boolean => world.vrfs.some((one) => one.name === name);
    const hasLan = (name: string): boolean =>
      world.vrfs.some((one) => one.name === name && (one.bridgeDomains ?? []).length > 0);
    return {
      ...world,
      endpoints: world.endpoints.map((one, i) =>
        bridged[i] === true && hasLan(one.vrf) ? { ...one, bridgeDomain: lanOf(one.vrf) } : one,
      ),
      routes: world.routes.filter(({ vrf: name }) => has(name)),
      stations: world.stations.filter(({ vrf: name }) => hasLan(name)),
    };
  });

/** The calls that bring a dataplane from one desired state to another, in no particular order. */
export function calls(from: World, to: World): ((dataplane: Dataplane) => void)[] {
  const vrfsAfter = new Set(to.vrfs.map(({ name }) => name));
  const endpointsAfter = new Set(to.endpoints.map(({ name }) => name));
  const routesAfter = new Set(to.routes.map(({ vrf: name, route }) => `${name} ${route.prefix}`));
  return [
    ...from.vrfs
      .filter(({ name }) => !vrfsAfter.has(name))
      .map(
        ({ name }) =>
          (dataplane: Dataplane) =>
            dataplane.removeVrf(name),
      ),
    ...from.endpoints
      .filter(({ name }) => !endpointsAfter.has(name))
      .map(
        ({ name }) =>
          (dataplane: Dataplane) =>
            dataplane.removeEndpoint(name),
      ),
    ...from.routes
      .filter(({ vrf: name, route }) => !routesAfter.has(`${name} ${route.prefix}`))
      .map(
        ({ vrf: name, route }) =>
          (dataplane: Dataplane) =>
            dataplane.removeRoute(name, route.prefix),
      ),
    ...from.stations
      .filter(({ vrf: name }) => vrfsAfter.has(name))
      .map((one) => (dataplane: Dataplane) => replaceStation(dataplane, one, to)),
    ...to.stations.map((one) => (dataplane: Dataplane) => setStation(dataplane, one)),
    ...to.vrfs.map((intent) => (dataplane: Dataplane) => dataplane.setVrf(intent)),
    ...to.endpoints.map((intent) => (dataplane: Dataplane) => dataplane.setEndpoint(intent)),
    ...to.routes.map(
      ({ vrf: name, route }) =>
        (dataplane: Dataplane) =>
          dataplane.setRoute(name, route),
    ),
  ];
}

function setStation(dataplane: Dataplane, one: RemoteStation): void {
  const { vrf: name, mac, vtep, address, floods } = one;
  dataplane.setRemoteMac(name, lanOf(name), mac, vtep);
  if (address !== undefined) {
    dataplane.setRemoteNeighbour(name, lanOf(name), address, mac);
  }
  if (floods) {
    dataplane.addFloodVtep(name, lanOf(name), vtep);
  }
}

/** Takes back what was said of a station, but for what is said of another one as well. */
function replaceStation(dataplane: Dataplane, before: RemoteStation, to: World): void {
  const { vrf: name, mac, vtep, address } = before;
  const after = to.stations.filter((one) => one.vrf === name);
  if (!after.some((one) => one.mac === mac)) {
    dataplane.removeRemoteMac(name, lanOf(name), mac);
  }
  if (address !== undefined && !after.some((one) => one.address === address)) {
    dataplane.removeRemoteNeighbour(name, lanOf(name), address);
  }
  if (!after.some((one) => one.vtep === vtep && one.floods)) {
    dataplane.removeFloodVtep(name, lanOf(name), vtep);
  }
}

/** Everything in the model in words without interface indexes, sorted unless order matters. */
export function describeKernel(kernel: ModelKernel): Record<string, unknown> {
  return {
    underlay: kernel.underlayFilter.describe(),
    ...Object.fromEntries(kernel.list().map((name) => [name, describeNamespace(kernel, name)])),
  };
}

function describeNamespace(kernel: ModelKernel, namespace: string): unknown {
  const objects = kernel.objects(namespace);
  const name = (index: number | undefined): string =>
    (index === undefined ? undefined : objects.links.get(index)?.link.name) ?? "none";
  const words = (items: readonly unknown[]): string[] =>
    items.map((item) => JSON.stringify(item, rename)).sort();
  const rename = (key: string, value: unknown): unknown =>
    (key === "link" || key === "index" || key === "master") && typeof value === "number"
      ? name(value)
      : value;
  return {
    links: words(
      [...objects.links.values()].map(({ link: { peer: _peer, index: _index, ...link } }) => link),
    ),
    firstOnLoopback: objects.addresses.some(({ address }) => address === "100.64.0.1")
      ? objects.addresses.find(({ link, address }) => link === 1 && !address.includes(":"))?.address
      : "any",
    addresses: words(objects.addresses),
    routes: words(objects.routes),
    neighbours: words(objects.neighbours),
    fdb: words(objects.fdb),
    nexthops: words(objects.nexthops),
    filter: kernel.filter(namespace).describe(),
    // A workload that has once had IPv6 keeps it enabled.
    sysctls: words([...objects.sysctls].filter(([path]) => !path.endsWith("eth0/disable_ipv6"))),
  };
}
