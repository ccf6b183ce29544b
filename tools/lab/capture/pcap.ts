/**
 * Reads what tcpdump writes (pcap-savefile(5)) of its "any" device, whose packets start with the
 * cooked header LINUX_SLL2 in place of Ethernet's, and looks into VXLAN (RFC 7348) over IPv4.
 *
 * Does not: pcapng, other link types, IPv4 fragments, VXLAN over IPv6.
 */
const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const MAGIC = 0xa1b2c3d4;
const LINKTYPE_LINUX_SLL2 = 276;
const SLL2_HEADER = 20;
const ETHERTYPE_IPV4 = 0x0800;
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
  if (packet.length < SLL2_HEADER + 20 || packet.readUInt16BE(0) !== ETHERTYPE_IPV4) {
    return undefined;
  }
  const ip = SLL2_HEADER;
  const udp = ip + ((packet[ip] ?? 0) & 0x0f) * 4;
  const vxlan = udp + UDP_HEADER;
  if (packet[ip + 9] !== PROTOCOL_UDP || packet.length < vxlan + VXLAN_HEADER) return undefined;
  if (packet.readUInt16BE(udp + 2) !== VXLAN_PORT) return undefined;
  if (((packet[vxlan] ?? 0) & VXLAN_FLAG_VNI) === 0) return undefined;
  return packet.readUIntBE(vxlan + 4, 3);
}
