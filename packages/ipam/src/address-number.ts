/** Addresses as numbers, to count with. */

import { type IpAddress, type IpFamily, ipBytes, ipFromBytes } from "@selvedge/net";

const BITS: { readonly 4: 32; readonly 6: 128 } = { 4: 32, 6: 128 };

/** Bits of an address of the family. */
export function addressBits(family: IpFamily): 32 | 128 {
  return BITS[family];
}

/** The address as an unsigned number of 32 or 128 bits. */
export function addressNumber(address: IpAddress): bigint {
  const bytes = ipBytes(address);
  const view = new DataView(bytes.buffer);
  if (bytes.length === 4) return BigInt(view.getUint32(0));
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** The address with this number, whose low 32 or 128 bits count. */
export function addressOf(number: bigint, family: IpFamily): IpAddress {
  const bytes = new Uint8Array(BITS[family] / 8);
  const view = new DataView(bytes.buffer);
  if (family === 4) {
    view.setUint32(0, Number(BigInt.asUintN(32, number)));
  } else {
    view.setBigUint64(0, BigInt.asUintN(64, number >> 64n));
    view.setBigUint64(8, BigInt.asUintN(64, number));
  }
  return ipFromBytes(bytes, 0, family);
}
