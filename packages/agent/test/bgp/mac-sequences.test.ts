import { type RemoteMacChange, ZERO_ESI } from "@selvedge/bgp-evpn";
import { parseIpAddress, parseMacAddress, parseVni } from "@selvedge/net";
import { beforeEach, describe, expect, test } from "vitest";
import { MacSequences } from "../../src/bgp/mac-sequences.ts";

const LAN = "red/lan";
const MAC = parseMacAddress("02:00:00:00:00:01");
const VTEP = parseIpAddress("10.0.2.1");

const place = (sequence: number, sticky = false): RemoteMacChange => ({
  ...{ kind: "remote-mac", mac: MAC, nextHops: [{ vtep: VTEP, vni: parseVni(6001) }] },
  ...{ esi: ZERO_ESI, sequence, sticky, defaultGateway: false },
});

let sequences: MacSequences;
beforeEach(() => {
  sequences = new MacSequences();
});

describe("the number of a MAC of this host", () => {
  test("is 0, or one more than that of its place elsewhere", () => {
    expect(sequences.next(LAN, MAC, undefined)).toEqual({ kind: "announce", sequence: 0 });
    expect(sequences.next(LAN, MAC, place(4))).toEqual({ kind: "announce", sequence: 5 });
  });

  test("does not fall when that place is told no more, nor for an address that comes later", () => {
    sequences.next(LAN, MAC, place(4));
    expect(sequences.next(LAN, MAC, undefined)).toEqual({ kind: "announce", sequence: 5 });
    expect(sequences.next(LAN, MAC, place(1))).toEqual({ kind: "announce", sequence: 5 });
  });

  test("is that of its own bridge domain, and forgotten when the MAC is here no more", () => {
    sequences.next(LAN, MAC, place(4));
    expect(sequences.next("blue/lan", MAC, undefined)).toMatchObject({ sequence: 0 });
    sequences.forget(LAN, MAC);
    expect(sequences.next(LAN, MAC, undefined)).toMatchObject({ sequence: 0 });
  });

  test("is none while the MAC is sticky elsewhere, until that is over", () => {
    expect(sequences.next(LAN, MAC, place(0, true))).toEqual({
      kind: "sticky-elsewhere",
      vtep: VTEP,
    });
    expect(sequences.isWithheld(LAN, MAC)).toBe(true);
    expect(sequences.isWithheld("blue/lan", MAC)).toBe(false);
    expect(sequences.next(LAN, MAC, undefined).kind).toBe("announce");
    expect(sequences.isWithheld(LAN, MAC)).toBe(false);
  });
});
