/**
 * Desired states of a host, chosen at random from few names and numbers so that they collide often,
 * and the ways of telling a dataplane about them and of reading the model back.
 */
import {
  type IpAddress,
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseVni,
} from "@selvedge/net";
import fc from "fast-check";
import type { Dataplane, EndpointIntent, RemoteRoute, VrfIntent } from "../../src/index.ts";
import type { ModelKernel } from "./kernel.ts";

/** All that is wanted of a host. */
export interface World {
  readonly vrfs: readonly VrfIntent[];
  readonly endpoints: readonly EndpointIntent[];
  readonly routes: readonly { readonly vrf: string; readonly route: RemoteRoute }[];
}

export const WORKLOADS = ["w1", "w2", "w3"] as const;

const vrfNames = ["blue/main", "red/main"] as const;

const ips = (...texts: string[]): IpAddress[] => texts.map(parseIpAddress);

const vrf = (name: string): fc.Arbitrary<Omit<VrfIntent, "l3vni">> =>
  fc.record({
    name: fc.constant(name),
    namespace: fc.constant(`vrf.${name.replace("/", ".")}`),
    vtep: fc.constantFrom(...ips("10.0.0.1", "10.0.0.9")),
    routerMac: fc.constantFrom("02:00:0a:00:00:01", "02:00:0a:00:00:09").map(parseMacAddress),
    routerAddresses: fc.subarray(ips("100.64.0.1", "fd00::1"), { minLength: 1 }),
    gateways: fc.shuffledSubarray(ips("10.1.0.1", "10.1.1.1", "2001:db8::1")),
    aggregates: fc.subarray(["10.1.0.0/16", "2001:db8::/48"].map(parseIpPrefix)),
    mtu: fc.constantFrom(1450, 8950),
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

const nextHop = fc.constantFrom(2, 3, 4, 5).map((n) => {
  const vtep = parseIpAddress(`10.0.0.${n}`);
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
  })
  .map((world) => ({
    ...world,
    routes: world.routes.filter(({ vrf: name }) => world.vrfs.some((one) => one.name === name)),
  }));

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
    ...to.vrfs.map((intent) => (dataplane: Dataplane) => dataplane.setVrf(intent)),
    ...to.endpoints.map((intent) => (dataplane: Dataplane) => dataplane.setEndpoint(intent)),
    ...to.routes.map(
      ({ vrf: name, route }) =>
        (dataplane: Dataplane) =>
          dataplane.setRoute(name, route),
    ),
  ];
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
    (key === "link" || key === "index") && typeof value === "number" ? name(value) : value;
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
