/**
 * The objects of one network namespace in the memory model of the kernel, and what a request does to
 * them: including what the kernel does silently, such as dropping routes with their device.
 */
import { constants } from "node:os";
import { ipFamily } from "@selvedge/net";
import type {
  Address,
  BridgePort,
  FdbEntry,
  Link,
  MonitorEvent,
  Neighbour,
  Nexthop,
  Route,
  RouteRequest,
} from "@selvedge/netlink";
import { NetlinkError } from "@selvedge/netlink";

const { EAFNOSUPPORT, EEXIST, EINVAL, ENETDOWN, ENODEV, ENOENT, EOPNOTSUPP, ESRCH, EADDRNOTAVAIL } =
  constants.errno;

/** How a device becomes a port. */
const FRESH_PORT: BridgePort = {
  learning: true,
  unicastFlood: true,
  multicastFlood: true,
  broadcastFlood: true,
  neighSuppress: false,
  isolated: false,
};
const ANY_MAC = "00:00:00:00:00:00";

/** Throws as the netlink package does. */
export function refuse(errno: number, request: RouteRequest["kind"], object: string): never {
  throw new NetlinkError({ errno, request, object });
}

/** A device and, of a veth pair, its other end. */
export interface ModelLink {
  link: Link;
  peer: { readonly objects: NamespaceObjects; readonly index: number } | undefined;
  group?: number;
}

/** Objects of one namespace. */
export class NamespaceObjects {
  readonly links = new Map<number, ModelLink>();
  readonly sysctls = new Map<string, string>();
  addresses: Address[] = [];
  routes: Route[] = [];
  neighbours: Neighbour[] = [];
  fdb: FdbEntry[] = [];
  nexthops: Nexthop[] = [];
  readonly #emit: (event: MonitorEvent) => void;
  #nextIndex = 1;

  constructor(emit: (event: MonitorEvent) => void) {
    this.#emit = emit;
    this.addLink({ name: "lo", detail: { kind: "other", type: undefined }, mtu: 65536 });
  }

  addLink(fields: Pick<Link, "name" | "detail" | "mtu"> & { mac?: Link["mac"] }): ModelLink {
    if (this.byName(fields.name) !== undefined) {
      refuse(EEXIST, "link.create", fields.name);
    }
    const link: Link = {
      index: this.#nextIndex++,
      up: false,
      carrier: false,
      alias: undefined,
      master: undefined,
      bridgePort: undefined,
      peer: undefined,
      peerNamespaceId: undefined,
      addrGenMode: "none",
      mac: fields.mac,
      ...fields,
    };
    const entry: ModelLink = { link, peer: undefined };
    this.links.set(link.index, entry);
    this.#emit({ kind: "link.new", link });
    return entry;
  }

  byName(name: string): ModelLink | undefined {
    return [...this.links.values()].find(({ link }) => link.name === name);
  }

  /** Deletes a device, everything on it, and the other end of a veth pair. */
  removeLink(index: number): void {
    const entry = this.links.get(index);
    if (entry === undefined) {
      return;
    }
    for (const port of this.links.values()) {
      if (port.link.master === index) {
        this.#leaveBridge(port);
      }
    }
    this.#flush(index);
    this.addresses = this.addresses.filter(({ link }) => link !== index);
    this.fdb = this.fdb.filter(({ link }) => link !== index);
    this.links.delete(index);
    for (const path of [...this.sysctls.keys()]) {
      if (path.includes(`/${entry.link.name}/`)) {
        this.sysctls.delete(path);
      }
    }
    this.#emit({ kind: "link.delete", link: entry.link });
    entry.peer?.objects.removeLink(entry.peer.index);
  }

  /** Carries out one request as the kernel would, or throws NetlinkError. */
  apply(request: RouteRequest): void {
    switch (request.kind) {
      case "link.create": {
        const { kind, name, link, mac, mtu = 1500 } = request;
        if (link.kind !== "bridge") {
          refuse(EINVAL, kind, name);
        }
        const detail = {
          kind: "bridge",
          multicastSnooping: link.multicastSnooping ?? true,
        } as const;
        this.addLink({ name, detail, mac, mtu });
        break;
      }
      case "link.set":
        this.#setLink(request);
        break;
      case "link.delete": {
        const entry = this.#find(request.kind, request);
        this.removeLink(entry.link.index);
        break;
      }
      case "link.deleteGroup": {
        const doomed = [...this.links.values()].filter(({ group }) => group === request.group);
        if (doomed.length === 0) {
          refuse(ENODEV, request.kind, `link group ${request.group}`);
        }
        for (const { link } of doomed) {
          this.removeLink(link.index);
        }
        break;
      }
      case "link.settle":
        this.#find(request.kind, request);
        break;
      case "address.replace":
      case "address.delete":
        this.#changeAddress(request);
        break;
      case "route.replace":
      case "route.delete":
        this.#changeRoute(request);
        break;
      case "neighbour.replace": {
        const { link, address, mac, state, externLearn = false, protocol = 0 } = request;
        this.#requireUp(request.kind, link);
        this.neighbours = this.neighbours.filter((n) => n.link !== link || n.address !== address);
        const neighbour: Neighbour = { link, address, mac, state, externLearn, protocol };
        this.neighbours.push(neighbour);
        this.#emit({ kind: "neighbour.new", neighbour });
        break;
      }
      case "neighbour.delete": {
        const { link, address } = request;
        const neighbour = this.neighbours.find((n) => n.link === link && n.address === address);
        if (neighbour === undefined) {
          refuse(ENOENT, request.kind, address);
        }
        this.neighbours = this.neighbours.filter((n) => n !== neighbour);
        this.#emit({ kind: "neighbour.delete", neighbour });
        break;
      }
      case "fdb.replace":
      case "fdb.append":
      case "fdb.delete":
        this.#changeFdb(request);
        break;
      case "nexthop.replace":
      case "nexthop.delete":
        this.#changeNexthop(request);
        break;
      default:
        refuse(EINVAL, "link.create", "the model does not know this request");
    }
  }

  #find(
    kind: RouteRequest["kind"],
    selector: { index?: number | undefined; name?: string | undefined },
  ): ModelLink {
    const entry =
      selector.index === undefined
        ? this.byName(selector.name ?? "")
        : this.links.get(selector.index);
    return entry ?? refuse(ENODEV, kind, String(selector.name ?? selector.index));
  }

  #requireUp(kind: RouteRequest["kind"], index: number): void {
    if (this.links.get(index)?.link.up !== true) {
      refuse(this.links.has(index) ? ENETDOWN : ENODEV, kind, String(index));
    }
  }

  /** What goes with a device that goes down. */
  #flush(index: number): void {
    const gone = this.nexthops.filter(({ via }) => via.kind === "gateway" && via.link === index);
    for (const { id } of gone) {
      this.#removeNexthop(id);
    }
    this.neighbours = this.neighbours.filter(({ link }) => link !== index);
    this.routes = this.routes.filter(({ via }) => !(via.kind === "link" && via.index === index));
    this.routes = this.routes.filter(({ via }) => !(via.kind === "gateway" && via.link === index));
    this.addresses = this.addresses.filter((a) => a.link !== index || !a.address.includes(":"));
  }

  #leaveBridge(port: ModelLink): void {
    port.link = { ...port.link, master: undefined, bridgePort: undefined };
    this.fdb = this.fdb.filter((e) => e.table !== "master" || e.link !== port.link.index);
    this.#emit({ kind: "link.new", link: port.link });
  }

  #setPort(entry: ModelLink, request: Extract<RouteRequest, { kind: "link.set" }>): void {
    const { master, bridgePort } = request;
    if (master !== undefined) {
      if (entry.link.master !== undefined) {
        this.#leaveBridge(entry);
      }
      if (master !== 0) {
        if (this.links.get(master)?.link.detail.kind !== "bridge") {
          refuse(EINVAL, request.kind, String(master));
        }
        entry.link = { ...entry.link, master, bridgePort: FRESH_PORT };
      }
    }
    if (bridgePort !== undefined) {
      if (entry.link.bridgePort === undefined) {
        refuse(EOPNOTSUPP, request.kind, entry.link.name);
      }
      entry.link = { ...entry.link, bridgePort: { ...entry.link.bridgePort, ...bridgePort } };
    }
  }

  #setLink(request: Extract<RouteRequest, { kind: "link.set" }>): void {
    const entry = this.#find(request.kind, request);
    this.#setPort(entry, request);
    const { up, mac, mtu, alias, group } = request;
    if (group !== undefined) {
      entry.group = group;
    }
    if (mac !== undefined && mac !== entry.link.mac) {
      // NETDEV_CHANGEADDR: permanent ones too.
      this.neighbours = this.neighbours.filter(({ link }) => link !== entry.link.index);
    }
    entry.link = {
      ...entry.link,
      up: up ?? entry.link.up,
      mac: mac ?? entry.link.mac,
      mtu: mtu ?? entry.link.mtu,
      alias: alias ?? entry.link.alias,
    };
    if (up === false) {
      this.#flush(entry.link.index);
    }
    this.#emit({ kind: "link.new", link: entry.link });
  }

  #changeAddress(request: Extract<RouteRequest, { kind: `address.${string}` }>): void {
    const { kind, link, address, length, scope = "universe", protocol = 0 } = request;
    if (!this.links.has(link)) {
      refuse(ENODEV, kind, address);
    }
    // An IPv6 address that is there with another length is taken for the same, and keeps it.
    const isOne = kind === "address.replace" && address.includes(":");
    const known = this.addresses.find(
      (a) => a.link === link && a.address === address && (isOne || a.length === length),
    );
    if (kind === "address.replace") {
      if (known === undefined) {
        const flags = { permanent: true, tentative: false, dadFailed: false, protocol };
        const added: Address = { link, address, length, scope, ...flags };
        this.addresses.push(added);
        this.#emit({ kind: "address.new", address: added });
      }
    } else if (known === undefined) {
      refuse(EADDRNOTAVAIL, kind, address);
    } else {
      this.addresses = this.addresses.filter((a) => a !== known);
      this.#emit({ kind: "address.delete", address: known });
      const isIpv4 = (text: string): boolean => !text.includes(":");
      if (
        link !== 1 &&
        isIpv4(address) &&
        !this.addresses.some((a) => a.link === link && isIpv4(a.address))
      ) {
        // Last address was deleted from this interface: disable IP.
        this.neighbours = this.neighbours.filter((n) => n.link !== link || !isIpv4(n.address));
        this.routes = this.routes.filter(
          ({ via, destination }) =>
            !(isIpv4(destination) && via.kind === "link" && via.index === link),
        );
      }
    }
  }

  #changeRoute(request: Extract<RouteRequest, { kind: `route.${string}` }>): void {
    const { kind, destination, protocol = 4, metric = 0 } = request;
    const known = this.routes.find((r) => r.destination === destination && r.metric === metric);
    if (kind === "route.delete") {
      const isOther =
        (request.protocol ?? known?.protocol) !== known?.protocol ||
        (request.via?.kind === "link" &&
          (known?.via.kind !== "link" || known.via.index !== request.via.index));
      if (known === undefined || isOther) {
        refuse(ESRCH, kind, destination);
      }
      this.routes = this.routes.filter((r) => r !== known);
      this.#emit({ kind: "route.delete", route: known });
      return;
    }
    const { via } = request;
    if (via.kind === "nexthop" && !this.nexthops.some(({ id }) => id === via.id)) {
      refuse(EINVAL, kind, destination);
    }
    if (via.kind === "link") {
      this.#requireUp(kind, via.index);
    }
    if (via.kind === "gateway") {
      this.#requireUp(kind, via.link);
    }
    const route: Route = { destination, via, protocol, metric, source: undefined };
    this.routes = this.routes.filter((r) => r !== known);
    this.routes.push(route);
    this.#emit({ kind: "route.new", route });
  }

  #changeFdb(
    request: Extract<RouteRequest, { kind: "fdb.replace" | "fdb.append" | "fdb.delete" }>,
  ) {
    const { kind, link, mac, table, destination } = request;
    if (!this.links.has(link)) {
      refuse(ENODEV, kind, mac);
    }
    const bridge = this.links.get(link)?.link.master;
    if (table === "master" && bridge === undefined) {
      refuse(EOPNOTSUPP, kind, mac);
    }
    const { detail } = this.links.get(link)?.link ?? {};
    const local = detail?.kind === "vxlan" ? detail.local : undefined;
    if (local && destination && ipFamily(local) !== ipFamily(destination)) {
      refuse(EAFNOSUPPORT, kind, mac);
    }
    const known = this.fdb.find((e) => {
      if (e.mac !== mac || e.table !== table) {
        return false;
      }
      // A bridge has one entry for a MAC, whatever its port.
      return table === "master"
        ? this.links.get(e.link)?.link.master === bridge
        : e.link === link && (mac !== ANY_MAC || e.destination === destination);
    });
    if (kind === "fdb.delete" && table === "master" && known?.link !== link) {
      refuse(ENOENT, kind, mac);
    }
    if (kind === "fdb.delete") {
      if (known === undefined) {
        refuse(ENOENT, kind, mac);
      }
      this.fdb = this.fdb.filter((e) => e !== known);
      this.#emit({ kind: "fdb.delete", entry: known });
      return;
    }
    const { state, externLearn = false, nexthop } = request;
    const entry: FdbEntry = {
      link,
      mac,
      table,
      destination,
      nexthop,
      state,
      externLearn,
      vlan: undefined,
    };
    this.fdb = this.fdb.filter((e) => e !== known);
    this.fdb.push(entry);
    this.#emit({ kind: "fdb.new", entry });
  }

  #changeNexthop(request: Extract<RouteRequest, { kind: `nexthop.${string}` }>): void {
    const { kind, id } = request;
    if (kind === "nexthop.delete") {
      if (!this.nexthops.some((nexthop) => nexthop.id === id)) {
        refuse(ENOENT, kind, String(id));
      }
      this.#removeNexthop(id);
      return;
    }
    const { via, protocol } = request;
    if (via.kind === "gateway") {
      this.#requireUp(kind, via.link);
    }
    if (via.kind === "group") {
      for (const member of via.members) {
        if (!this.nexthops.some((nexthop) => nexthop.id === member.id)) {
          refuse(EINVAL, kind, String(id));
        }
      }
    }
    const nexthop: Nexthop = { id, via, protocol };
    this.nexthops = this.nexthops.filter((other) => other.id !== id);
    this.nexthops.push(nexthop);
    this.#emit({ kind: "nexthop.new", nexthop });
  }

  /** With a next-hop object go its routes and its memberships, with the last membership a group. */
  #removeNexthop(id: number): void {
    const nexthop = this.nexthops.find((other) => other.id === id);
    if (nexthop === undefined) {
      return;
    }
    this.nexthops = this.nexthops.filter((other) => other !== nexthop);
    this.routes = this.routes.filter(({ via }) => !(via.kind === "nexthop" && via.id === id));
    this.#emit({ kind: "nexthop.delete", nexthop });
    for (const group of this.nexthops) {
      if (group.via.kind === "group" && group.via.members.some((member) => member.id === id)) {
        const members = group.via.members.filter((member) => member.id !== id);
        if (members.length === 0) {
          this.#removeNexthop(group.id);
        } else {
          const shrunk: Nexthop = { ...group, via: { kind: "group", members } };
          this.nexthops = this.nexthops.map((other) => (other === group ? shrunk : other));
          this.#emit({ kind: "nexthop.new", nexthop: shrunk });
        }
      }
    }
  }
}
