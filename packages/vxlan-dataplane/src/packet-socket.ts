/**
 * Sends frames from the devices of a namespace (packet(7)).
 */
import { closeSync } from "node:fs";
import { lastErrno, libc, NetlinkError, type NetworkNamespace } from "@selvedge/netlink";
import type { OutgoingFrame } from "./kernel.ts";

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

/** Sends frames in order. Throws NetlinkError at the first that the kernel does not take. */
export function transmitFrames(
  namespace: NetworkNamespace,
  frames: readonly OutgoingFrame[],
): void {
  const fd = namespace.run(() => socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (fd === -1) {
    throw refusal("socket.open", "frames");
  }
  try {
    const address = new Uint8Array(SOCKADDR_LL);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, true);
    for (const { link, frame } of frames) {
      view.setInt32(4, link, true);
      if (sendto(fd, frame, frame.length, MSG_DONTWAIT, address, address.length) === -1) {
        throw refusal("socket.send", `a frame from link ${link}`);
      }
    }
  } finally {
    closeSync(fd);
  }
}

function refusal(request: "socket.open" | "socket.send", object: string): NetlinkError {
  return new NetlinkError({ errno: lastErrno(), request, object });
}
