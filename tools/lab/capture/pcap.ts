/**
 * Reads what tcpdump writes (pcap-savefile(5)) of its "any" device, whose packets start with the
 * cooked header LINUX_SLL2 in place of Ethernet's, and looks into VXLAN (RFC 7348).
 *
 * Does not: pcapng, other link types, fragments, IPv6 extension headers.
 */
const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const MAGIC = 0xa1b2c3d4;
const LINKTYPE_LINUX_SLL2 = 276;
const SLL2_HEADER = 20;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const PROTOCOL_UDP = 17;
const UDP_HEADER = 8;
const VXLAN_PORT = 4789;
const VXLAN_HEADER = 8;
/** The I flag: the VNI is valid. */
const VXLAN_FLAG_VNI = 0x08;

/** The packets of a savefile, each from its cooked header on. A cut-off last packet is left out. */
export function* pcapPackets(file: Buffer): Iterable<Buffer> {
  if (file.length < FILE_HEADER) return;
  const isLittleEndian = file.readUInt32LE(0) === MAGIC;
  if (!isLittleEndian && file.readUInt32BE(0) !== MAGIC) throw new Error("this is no pcap file");
  const u32 = (offset: number): number =>
    isLittleEndian ? file.readUInt32LE(offset) : file.readUInt32BE(offset);
  const linkType = u32(20);
  if (linkType !== LINKTYPE_LINUX_SLL2) throw new Error(`unexpected pcap link type ${linkType}`);
  let offset = FILE_HEADER;
  while (offset + PACKET_HEADER <= file.length) {
    const length = u32(offset + 8);
    const start = offset + PACKET_HEADER;
    if (start + length > file.length) return;
    yield file.subarray(start, start + length);
    offset = start + length;
  }
}

/** The VNI of a VXLAN packet; undefined for any other packet. */
export function vxlanVni(packet: Buffer): number | undefined {
  const udp = udpOf(packet);
  if (udp === undefined) return undefined;
  const vxlan = udp + UDP_HEADER;
  if (packet.length < vxlan + VXLAN_HEADER) return undefined;
  if (packet.readUInt16BE(udp + 2) !== VXLAN_PORT) return undefined;
  if (((packet[vxlan] ?? 0) & VXLAN_FLAG_VNI) === 0) return undefined;
  return packet.readUIntBE(vxlan + 4, 3);
}

/** Where the UDP header of a packet begins; undefined when it has none. */
function udpOf(packet: Buffer): number | undefined {
  const ip = SLL2_HEADER;
  if (packet.length < ip + IPV4_HEADER) return undefined;
  switch (packet.readUInt16BE(0)) {
    case ETHERTYPE_IPV4:
      return packet[ip + 9] === PROTOCOL_UDP ? ip + ((packet[ip] ?? 0) & 0x0f) * 4 : undefined;
    case ETHERTYPE_IPV6:
      return packet[ip + 6] === PROTOCOL_UDP ? ip + IPV6_HEADER : undefined;
    default:
      return undefined;
  }
}
