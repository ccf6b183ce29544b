/** Finds out before anything is built whether this user and this kernel can carry a lab. */
import { release } from "node:os";
import { parseIpAddress, parseVni } from "@selvedge/net";
import { NetlinkError, NetworkNamespace, type RouteRequest, RouteSocket } from "@selvedge/netlink";
import { LabError } from "../lab-error.ts";
import type { Journal } from "../state/journal.ts";

interface Feature {
  readonly name: string;
  readonly request: RouteRequest;
  readonly cure: string;
}

const FEATURES: readonly Feature[] = [
  {
    name: "veth pairs",
    request: { kind: "link.create", name: "probe0", link: { kind: "veth", peerName: "probe1" } },
    cure: "modprobe veth",
  },
  {
    name: "VXLAN devices",
    request: {
      kind: "link.create",
      name: "probe2",
      link: {
        kind: "vxlan",
        vni: parseVni("1"),
        local: parseIpAddress("192.0.2.1"),
        port: 4789,
        learning: false,
        ttl: 64,
        udpChecksum: true,
      },
    },
    cure: "modprobe vxlan",
  },
  {
    name: "next-hop objects",
    request: { kind: "nexthop.replace", id: 1, via: { kind: "blackhole" }, protocol: 4 },
    cure: "they came with Linux 5.3",
  },
];

/** @throws LabError for who is not root. */
export function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new LabError(
    "a lab makes network namespaces, which only root may do. Run: sudo npm start, or be root in a container or VM",
  );
}

/**
 * Makes one of each kind of object in a namespace that is thrown away.
 *
 * @returns what was tried.
 * @throws LabError naming what the kernel lacks, and the cure.
 */
export function tryKernelFeatures(lab: string, journal: Journal): string {
  const name = `${lab}-preflight-${process.pid}`;
  journal.append({ kind: "namespace", name });
  using namespace = createScratch(name);
  try {
    using socket = RouteSocket.open(namespace);
    socket.executeOne({ kind: "link.set", name: "lo", up: true });
    for (const feature of FEATURES) tryFeature(socket, feature);
  } finally {
    NetworkNamespace.delete(name);
  }
  return FEATURES.map((feature) => feature.name).join(", ");
}

function createScratch(name: string): NetworkNamespace {
  try {
    return NetworkNamespace.create(name);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError(
      `cannot make a network namespace: ${reason}. In a container it takes --privileged`,
      { cause },
    );
  }
}

function tryFeature(socket: RouteSocket, feature: Feature): void {
  try {
    socket.executeOne(feature.request);
  } catch (cause) {
    if (!(cause instanceof NetlinkError)) throw cause;
    throw new LabError(
      `this kernel (Linux ${release()}) has no ${feature.name} for us: ${cause.message}. ` +
        `Try: ${feature.cure}`,
      { cause },
    );
  }
}
