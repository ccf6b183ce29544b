/** What a capture says about probes: whose it saw, and under which VNI. */
import { probeSources } from "../probe/message.ts";
import { pcapPackets, vxlanVni } from "./pcap.ts";

export interface Evidence {
  /** Name of the namespace in which all interfaces were watched. */
  readonly namespace: string;
  /** Packets with a probe in them. */
  readonly packets: number;
  /** `tenant/endpoint` of everybody whose probes or answers to them were seen. */
  readonly sources: ReadonlySet<string>;
  /** The same by VNI, for packets in VXLAN. */
  readonly sourcesByVni: ReadonlyMap<number, ReadonlySet<string>>;
}

/** `file` is a savefile of tcpdump; `token` marks the probes of this run. */
export function readEvidence(namespace: string, file: Buffer, token: string): Evidence {
  const sources = new Set<string>();
  const sourcesByVni = new Map<number, Set<string>>();
  let packets = 0;
  for (const packet of pcapPackets(file)) {
    const [source] = probeSources(packet, token);
    if (source === undefined) continue;
    packets += 1;
    sources.add(source);
    const vni = vxlanVni(packet);
    if (vni === undefined) continue;
    const known = sourcesByVni.get(vni) ?? new Set<string>();
    known.add(source);
    sourcesByVni.set(vni, known);
  }
  return { namespace, packets, sources, sourcesByVni };
}
