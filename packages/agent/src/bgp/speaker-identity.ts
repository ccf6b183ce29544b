/** What makes a speaker the one it is: a change of any of it needs a new speaker. */
import type { Asn, IpAddress } from "@selvedge/net";
import type { Host } from "@selvedge/resources";

/** Who a speaker is to its neighbours. */
export interface SpeakerIdentity {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  /** Where it listens, and the source of its sessions. */
  readonly address: IpAddress;
}

/** The identity that a Host resource gives. */
export function speakerIdentity(host: Host): SpeakerIdentity {
  const { asn, routerId, address } = host.spec;
  return { asn, routerId, address };
}

/** Whether a speaker of one identity can go on under the other. */
export function isSameIdentity(a: SpeakerIdentity, b: SpeakerIdentity): boolean {
  return a.asn === b.asn && a.routerId === b.routerId && a.address === b.address;
}
