import { type IpAddress, parseIpAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { Address } from "../src/address.ts";
import { errorOf, labBridge, labSocket } from "./kernel-lab.ts";

const ip = parseIpAddress;

/** Those of the kernel's own making left out. */
function addressesOf(addresses: readonly Address[], link: number): Address[] {
  return addresses.filter((address) => address.link === link && !address.tentative);
}

describe("address.replace", () => {
  test("adds addresses of both families, and again changes nothing", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    socket.executeOne({ kind: "link.set", index: link, addrGenMode: "none" });
    const requests = [
      { kind: "address.replace", link, address: ip("10.0.0.1"), length: 24 },
      { kind: "address.replace", link, address: ip("169.254.1.1"), length: 32, scope: "link" },
      { kind: "address.replace", link, address: ip("2001:db8::1"), length: 64, noDad: true },
    ] as const;
    for (let i = 0; i < 2; i++) {
      expect(socket.execute(requests)).toMatchObject({ applied: 3, failures: [] });
    }
    const usual = { link, permanent: true, tentative: false, dadFailed: false, protocol: 0 };
    const own = addressesOf(socket.addresses(), link).filter(
      ({ address }) => !address.startsWith("fe80"),
    );
    const order = own.sort((a, b) => a.length - b.length);
    expect(order).toEqual([
      { ...usual, address: "10.0.0.1", length: 24, scope: "universe" },
      { ...usual, address: "169.254.1.1", length: 32, scope: "link" },
      { ...usual, address: "2001:db8::1", length: 64, scope: "universe" },
    ]);
  });

  test("says who has made an address, and one that is there keeps its maker", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const protocolOf = (address: IpAddress): number | undefined =>
      socket.addresses().find((known) => known.address === address)?.protocol;
    for (const [text, length] of [
      ["10.0.0.1", 32],
      ["2001:db8::1", 128],
    ] as const) {
      const request = { kind: "address.replace", link, address: ip(text), length } as const;
      socket.executeOne({ ...request, protocol: 201 });
      expect(protocolOf(request.address)).toBe(201);
    }
    const other = { kind: "address.replace", link, address: ip("10.0.0.2"), length: 32 } as const;
    socket.executeOne(other);
    expect(protocolOf(other.address)).toBe(0);
  });

  test("without noDad leaves an IPv6 address tentative at first", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const address = ip("2001:db8::2");
    socket.executeOne({ kind: "address.replace", link, address, length: 64 });
    expect(socket.addresses().find((known) => known.address === address)?.tentative).toBe(true);
  });

  test("on a link that does not exist is ENODEV and names the address", () => {
    const request = {
      kind: "address.replace",
      link: 99,
      address: ip("10.0.0.1"),
      length: 32,
    } as const;
    expect(errorOf(() => labSocket().executeOne(request))).toMatchObject({
      code: "ENODEV",
      object: "address 10.0.0.1/32 on link 99",
    });
  });
});

describe("address.delete", () => {
  test("deletes an address; again it is EADDRNOTAVAIL", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const address = ip("10.0.0.1");
    socket.executeOne({ kind: "address.replace", link, address, length: 24 });
    socket.executeOne({ kind: "address.delete", link, address, length: 24 });
    expect(socket.addresses().filter((known) => known.address === address)).toEqual([]);
    const again = () => socket.executeOne({ kind: "address.delete", link, address, length: 24 });
    expect(errorOf(again)).toMatchObject({ code: "EADDRNOTAVAIL" });
  });
});
