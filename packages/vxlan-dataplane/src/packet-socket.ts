/**
 * Sends frames from a device of a namespace (packet(7)).
 */
import { closeSync } from "node:fs";
import { lastErrno, libc, NetlinkError, type NetworkNamespace } from "@selvedge/netlink";

const socket = libc<[number, number, number]>("int socket(int, int, int)");
const sendto = libc<[number, Uint8Array, number, number, Uint8Array, number]>(
  "intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)",
);

// bits/socket.h, linux/if_packet.h
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const SOCKADDR_LL = 20;

/** Sends frames, whole Ethernet headers in front, from the device with this index. Throws NetlinkError. */
export function transmitFrames(
  namespace: NetworkNamespace,
  link: number,
  frames: Iterable<Uint8Array>,
): void {
  const fd = namespace.run(() => socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (fd === -1) {
    throw refusal("socket.open", link);
  }
  try {
    const address = new Uint8Array(SOCKADDR_LL);
    new DataView(address.buffer).setUint16(0, AF_PACKET, true);
    new DataView(address.buffer).setInt32(4, link, true);
    for (const frame of frames) {
      if (sendto(fd, frame, frame.length, MSG_DONTWAIT, address, address.length) === -1) {
        throw refusal("socket.send", link);
      }
    }
  } finally {
    closeSync(fd);
  }
}

function refusal(request: "socket.open" | "socket.send", link: number): NetlinkError {
  return new NetlinkError({ errno: lastErrno(), request, object: `frames from link ${link}` });
}
