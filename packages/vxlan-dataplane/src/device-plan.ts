/**
 * What has to be done to the devices of a VRF's namespace. Pure.
 */
import type { IpAddress, MacAddress, Vni } from "@selvedge/net";
import type { Link, LinkSetRequest } from "@selvedge/netlink";
import type { BridgeDomainIntent, VrfIntent } from "./intent.ts";
import {
  isOurSubnetVxlan,
  isOurVxlan,
  subnetAlias,
  VXLAN_PORT,
  VXLAN_TTL,
  vrfAlias,
  vxlanName,
} from "./ownership.ts";

/** A VXLAN device as we make it. */
export interface VxlanDevice {
  readonly name: string;
  readonly vni: Vni;
  readonly local: IpAddress;
  readonly port: number;
  readonly ttl: number;
  readonly mac: MacAddress;
  readonly mtu: number;
}

/** What to do about a VXLAN device. */
export type DeviceVerdict =
  /** It is there and right; `changes` brings its changeable properties in order. */
  | {
      readonly kind: "present";
      readonly link: Link;
      readonly changes: LinkSetRequest | undefined;
    }
  /** There is none. */
  | { readonly kind: "absent" }
  /** It is ours and has a property that cannot be changed; it has to be made anew. */
  | { readonly kind: "wrong"; readonly link: Link }
  /** Its name belongs to a device that is not ours. */
  | { readonly kind: "taken"; readonly link: Link };

/** A VXLAN device that is wanted, and how it is told whose it is. */
export interface WantedVxlan {
  readonly device: VxlanDevice;
  readonly alias: string;
  readonly isOurs: (link: Link) => boolean;
}

/** The VXLAN device that carries the packets of a VRF. */
export function vrfVxlan(intent: VrfIntent): WantedVxlan {
  const device = vxlanDevice(intent, intent.l3vni);
  return { device, alias: vrfAlias(intent.name), isOurs: isOurVxlan };
}

/** The VXLAN device that carries the frames of a bridged subnet of a VRF. */
export function subnetVxlan(intent: VrfIntent, domain: BridgeDomainIntent): WantedVxlan {
  const device = vxlanDevice(intent, domain.l2vni);
  // Until it has its alias it is taken for one of a VRF.
  const isOurs = (link: Link): boolean => isOurSubnetVxlan(link) || isOurVxlan(link);
  return { device, alias: subnetAlias(domain.name), isOurs };
}

function vxlanDevice({ vtep, routerMac, mtu }: VrfIntent, vni: Vni): VxlanDevice {
  return {
    name: vxlanName(vni),
    vni,
    local: vtep,
    port: VXLAN_PORT,
    ttl: VXLAN_TTL,
    mac: routerMac,
    mtu,
  };
}

/**
 * Compares `link`, which has the name of the VXLAN device, with what is wanted. Another local address makes it wrong, although the
 * kernel would accept the change: existing FDB entries would go on sending from the old address.
 */
export function judgeVxlan(
  { device: wanted, alias, isOurs }: WantedVxlan,
  link: Link | undefined,
): DeviceVerdict {
  if (link === undefined) {
    return { kind: "absent" };
  }
  const { detail } = link;
  if (detail.kind !== "vxlan" || !isOurs(link)) {
    return { kind: "taken", link };
  }
  const isRight =
    detail.vni === wanted.vni &&
    detail.local === wanted.local &&
    detail.port === wanted.port &&
    detail.ttl === wanted.ttl &&
    detail.udpChecksum &&
    !detail.learning;
  if (!isRight) {
    return { kind: "wrong", link };
  }
  return { kind: "present", link, changes: linkChanges(link, { ...wanted, alias }) };
}

/** The request that gives `link` these properties and brings it up; `undefined` when it has them. */
export function linkChanges(
  link: Pick<Link, "index" | "up" | "alias" | "mac" | "mtu">,
  wanted: { readonly alias: string; readonly mac?: MacAddress; readonly mtu?: number },
): LinkSetRequest | undefined {
  const changes = {
    ...(link.alias === wanted.alias ? {} : { alias: wanted.alias }),
    ...(wanted.mac === undefined || link.mac === wanted.mac ? {} : { mac: wanted.mac }),
    ...(wanted.mtu === undefined || link.mtu === wanted.mtu ? {} : { mtu: wanted.mtu }),
    ...(link.up ? {} : { up: true }),
  };
  return Object.keys(changes).length === 0
    ? undefined
    : { kind: "link.set", index: link.index, ...changes };
}
