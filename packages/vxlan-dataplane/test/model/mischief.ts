/**
 * What others do to the kernel behind the dataplane's back.
 */
import type { RouteRequest } from "@selvedge/netlink";
import type { ModelFilter } from "./filter.ts";
import type { ModelKernel } from "./kernel.ts";

type Deed = () => void;

/** Does one thing out of all that can be done, the one that `pick` numbers. */
export function mischief(kernel: ModelKernel, pick: number): void {
  const deeds = [
    ...kernel.list().flatMap((name) => deedsIn(kernel, name)),
    ...filterDeeds(kernel.underlayFilter),
  ];
  deeds[pick % deeds.length]?.();
}

function filterDeeds(filter: ModelFilter): Deed[] {
  return filter.deeds().map((requests) => () => filter.change(requests));
}

function deedsIn(kernel: ModelKernel, name: string): Deed[] {
  const objects = kernel.objects(name);
  const isVrf = name.startsWith("vrf.");
  const request =
    (value: RouteRequest): Deed =>
    () =>
      objects.apply(value);
  const recreate = (): void => {
    kernel.removeName(name);
    if (!isVrf) {
      kernel.addNamespace(name);
    }
  };
  const devices = [...objects.links.values()].map(({ link }) => link);
  return [
    recreate,
    ...devices
      .filter((link) => link.name !== "lo")
      .map(({ index }) => request({ kind: "link.delete", index })),
    // What happens inside a workload's namespace is not watched, except for its devices.
    ...(isVrf
      ? [
          ...devices.map(({ index }) => request({ kind: "link.set", index, up: false })),
          ...devices
            .filter((link) => link.name !== "lo")
            .map(({ index }) => request({ kind: "link.set", index, mtu: 1280 })),
          ...objects.addresses.map(({ link, address, length }) =>
            request({ kind: "address.delete", link, address, length }),
          ),
          ...objects.routes.map(({ destination, metric }) =>
            request({ kind: "route.delete", destination, metric }),
          ),
          ...objects.nexthops.map(({ id }) => request({ kind: "nexthop.delete", id })),
          ...objects.neighbours.map(({ link, address }) =>
            request({ kind: "neighbour.delete", link, address }),
          ),
          ...objects.fdb.map(({ link, mac, table, destination }) =>
            request({
              ...{ kind: "fdb.delete", link, mac, table },
              ...(destination === undefined ? {} : { destination }),
            }),
          ),
          ...devices
            .filter(({ master }) => master !== undefined)
            .flatMap(({ index }) => [
              request({ kind: "link.set", index, master: 0 }),
              request({ kind: "link.set", index, bridgePort: { learning: true } }),
            ]),
          ...filterDeeds(kernel.filter(name)),
        ]
      : []),
  ];
}
