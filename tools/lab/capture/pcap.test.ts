import { expect, test } from "vitest";
import { encodeProbe } from "../probe/message.ts";
import { readEvidence } from "./evidence.ts";
import { pcapPackets, vxlanVni } from "./pcap.ts";

/** A packet as tcpdump's "any" device gives it: cooked header, IP, UDP, and what follows. */
function cookedUdp(port: number, payload: Buffer, family: 4 | 6 = 4): Buffer {
  const cooked = Buffer.alloc(20);
  cooked.writeUInt16BE(family === 4 ? 0x0800 : 0x86dd, 0);
  const ip = Buffer.alloc(family === 4 ? 20 : 40);
  ip[0] = family === 4 ? 0x45 : 0x60;
  ip[family === 4 ? 9 : 6] = 17;
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(port, 2);
  return Buffer.concat([cooked, ip, udp, payload]);
}

function vxlan(vni: number, inner: Buffer, family: 4 | 6 = 4): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 0x08;
  header.writeUIntBE(vni, 4, 3);
  return cookedUdp(4789, Buffer.concat([header, inner]), family);
}

function savefile(packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(276, 20);
  const records = packets.flatMap((packet) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return [record, packet];
  });
  return Buffer.concat([header, ...records]);
}

const probeOf = (source: string): Buffer =>
  encodeProbe({ kind: "question", token: "run", number: 1, source });

test("the packets of a savefile are read, without one that was cut off", () => {
  const packets = [cookedUdp(1, Buffer.from("a")), cookedUdp(2, Buffer.from("bc"))];
  const file = savefile(packets);
  expect([...pcapPackets(file)]).toEqual(packets);
  expect([...pcapPackets(file.subarray(0, file.length - 1))]).toEqual(packets.slice(0, 1));
  expect([...pcapPackets(Buffer.alloc(0))]).toEqual([]);
});

test("a VNI is that of a VXLAN packet only", () => {
  expect(vxlanVni(vxlan(5001, Buffer.from("x")))).toBe(5001);
  expect(vxlanVni(vxlan(16_777_215, Buffer.alloc(0)))).toBe(16_777_215);
  expect(vxlanVni(cookedUdp(4790, Buffer.alloc(20)))).toBeUndefined();
  for (const family of [4, 6] as const) {
    const packet = vxlan(5001, Buffer.alloc(0), family);
    expect(vxlanVni(packet)).toBe(5001);
    for (let length = 0; length < packet.length; length += 1) {
      expect(vxlanVni(packet.subarray(0, length))).toBeUndefined();
    }
  }
});

test("evidence says whose probes were seen, and under which VNI", () => {
  const file = savefile([
    vxlan(5000, probeOf("red/a")),
    vxlan(5000, probeOf("red/b")),
    vxlan(5001, probeOf("blue/a")),
    cookedUdp(4777, probeOf("red/c")),
    cookedUdp(4777, Buffer.from("something else")),
  ]);
  const evidence = readEvidence("lab-spine", file, "run");
  expect(evidence.packets).toBe(4);
  expect([...evidence.sources]).toEqual(["red/a", "red/b", "blue/a", "red/c"]);
  expect(evidence.sourcesByVni).toEqual(
    new Map([
      [5000, new Set(["red/a", "red/b"])],
      [5001, new Set(["blue/a"])],
    ]),
  );
});
