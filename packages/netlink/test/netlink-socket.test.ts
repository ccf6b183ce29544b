import { constants } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { BATCH_CAPACITY, Batch } from "../src/batch.ts";
import { NetworkNamespace } from "../src/namespace.ts";
import { NetlinkSocket } from "../src/netlink-socket.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";
import { errorOf, labNamespace } from "./kernel-lab.ts";

const { EAGAIN } = constants.errno;
const RTM_DELNEXTHOP = 105;
const NLM_F_REQUEST = 1;

function labTransport(receiveBuffer: number, timeoutMilliseconds: number): NetlinkSocket {
  const socket = NetlinkSocket.open(labNamespace("socket"), "socket.open", {
    receiveBuffer,
    timeoutMilliseconds,
  });
  onTestFinished(() => socket.close());
  return socket;
}

/** Writes the deletion of a next hop that does not exist, which the kernel refuses. */
function writeRefused(writer: MessageWriter): void {
  writer.begin(RTM_DELNEXTHOP, NLM_F_REQUEST);
  writer.u32(0);
  writer.u32(0);
  writer.attributeU32(1, 77);
  writer.end();
}

function deleteMissing(socket: NetlinkSocket, count: number) {
  let refusals = 0;
  const batch = new Batch(socket, new MessageWriter(BATCH_CAPACITY), () => refusals++);
  for (let i = 0; i < count; i++) {
    writeRefused(batch.writer);
    batch.written();
  }
  return { ...batch.take(), refusals };
}

describe("a socket", () => {
  test("gives up with EAGAIN after its time-out, or at once when it need not wait", () => {
    const socket = labTransport(65536, 10);
    expect(socket.receive(true)).toBe(-EAGAIN);
    expect(socket.receive(false)).toBe(-EAGAIN);
  });

  test("takes the refusals of a full batch", () => {
    const socket = labTransport(4 * 1024 * 1024, 2000);
    expect(deleteMissing(socket, 512)).toEqual({
      applied: 0,
      refused: 512,
      uncertain: 0,
      refusals: 512,
    });
  });

  test("with too small a receive buffer loses answers, says so, and goes on working", () => {
    const socket = labTransport(16 * 1024, 2000);
    const { applied, refused, uncertain } = deleteMissing(socket, 512);
    expect(uncertain).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    expect([applied, refused + uncertain]).toEqual([0, 512]);
    expect(deleteMissing(socket, 1)).toMatchObject({ refused: 1, uncertain: 0 });
  });

  test("that is closed fails with EBADF and can be closed again", () => {
    const socket = labTransport(65536, 10);
    socket.close();
    socket.close();
    expect(socket.fd).toBe(-1);
    expect(errorOf(() => socket.send(new Uint8Array(16), 16))).toMatchObject({
      code: "EBADF",
      request: "socket.send",
    });
  });

  test("cannot be opened in a closed namespace, and the error says in which", () => {
    const namespace = labNamespace("closed");
    namespace.close();
    const open = () =>
      NetlinkSocket.open(namespace, "socket.open", {
        receiveBuffer: 65536,
        timeoutMilliseconds: 1,
      });
    expect(errorOf(open)).toMatchObject({ code: "EBADF", object: namespace.name });
  });

  test("belongs to the namespace it was opened in, wherever the thread is", () => {
    const namespace = labNamespace("belongs");
    const socket = labTransport(65536, 2000);
    expect(namespace.run(() => deleteMissing(socket, 1))).toMatchObject({ refused: 1 });
    using current = NetworkNamespace.current();
    expect(current.id).not.toBe(namespace.id);
  });
});
