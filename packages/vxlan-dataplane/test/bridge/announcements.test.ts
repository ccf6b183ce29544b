import { describe, expect, it } from "vitest";
import { announcement, announcements, movedAddresses } from "../../src/bridge/announcements.ts";
import { ip, MAC_A, MAC_B } from "./stations.ts";

const hex = (text: string): number[] => [...Buffer.from(text.replaceAll(" ", ""), "hex")];

describe("the announcement of an address", () => {
  it("is an ARP request of the address for itself", () => {
    const expected =
      "ffffffffffff 02000000000b 0806 0001 0800 06 04 0001 02000000000b 0a010515 000000000000 0a010515";
    expect([...announcement(ip("10.1.5.21"), MAC_B)]).toEqual(hex(expected));
  });

  it("is a neighbour advertisement with the override flag, and a checksum that comes out", () => {
    const frame = announcement(ip("2001:db8:5::21"), MAC_B);
    const address = "20010db8000500000000000000000021";
    const ipv6 = `60000000 0020 3a ff ${address} ff020000000000000000000000000001`;
    expect([...frame.subarray(0, 54)]).toEqual(hex(`333300000001 02000000000b 86dd ${ipv6}`));
    expect([...frame.subarray(54, 56), ...frame.subarray(58)]).toEqual(
      hex(`8800 20000000 ${address} 0201 02000000000b`),
    );
    // Over the addresses, the length, the next header, and the message (RFC 4443, section 2.3).
    const summed = [...frame.subarray(22, 54), 0, 32, 0, 58, ...frame.subarray(54)];
    let sum = summed.reduce((all, octet, at) => all + (at % 2 === 0 ? octet << 8 : octet), 0);
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    expect(sum).toBe(0xffff);
  });
});

it("goes to the workloads of all ports, but not to the one that has the address", () => {
  const [mine, other] = [ip("10.1.5.1"), ip("10.1.5.2")];
  const local = [
    { port: 8, mac: MAC_A, addresses: [mine] },
    { port: 9, mac: MAC_B, addresses: [] },
  ];
  const moved = [
    [mine, MAC_A],
    [other, MAC_B],
  ] as const;
  expect(announcements(moved, local)).toEqual([
    { link: 8, frame: announcement(other, MAC_B) },
    { link: 9, frame: announcement(mine, MAC_A) },
    { link: 9, frame: announcement(other, MAC_B) },
  ]);
});

describe("addresses that workloads may remember otherwise", () => {
  const [one, two, three] = ["10.1.5.1", "10.1.5.2", "10.1.5.3"].map(ip);

  it("are those with another MAC than before, and new ones", () => {
    if (!one || !two || !three) throw new Error("three addresses");
    const before = new Map([
      [one, MAC_A],
      [two, MAC_A],
    ]);
    const after = new Map([
      [one, MAC_A],
      [two, MAC_B],
      [three, MAC_B],
    ]);
    expect([...movedAddresses(before, after)]).toEqual([
      [two, MAC_B],
      [three, MAC_B],
    ]);
    expect([...movedAddresses(after, after)]).toEqual([]);
  });

  it("are none when nothing was known", () => {
    if (!one) throw new Error("an address");
    expect([...movedAddresses(new Map(), new Map([[one, MAC_A]]))]).toEqual([]);
  });
});
