/**
 * COMMUNITIES and LARGE_COMMUNITIES as texts: "65000:100", "no-export", "4200000001:1:2".
 *
 * RFC 1997, RFC 8092; well-known names from IANA "BGP Well-known Communities".
 */
import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";

const WELL_KNOWN: ReadonlyMap<number, string> = new Map([
  [0xffff0000, "graceful-shutdown"],
  [0xffff0006, "llgr-stale"],
  [0xffff0007, "no-llgr"],
  [0xffff029a, "blackhole"],
  [0xffffff01, "no-export"],
  [0xffffff02, "no-advertise"],
  [0xffffff03, "no-export-subconfed"],
  [0xffffff04, "no-peer"],
]);
const BY_NAME: ReadonlyMap<string, number> = new Map(
  Array.from(WELL_KNOWN, ([value, name]) => [name, value]),
);

/** The communities of a value whose length is a multiple of 4. */
export function decodeCommunities(value: Uint8Array): readonly string[] {
  const reader = new ByteReader(value);
  return Array.from({ length: value.length / 4 }, () => {
    const community = reader.u32();
    return WELL_KNOWN.get(community) ?? `${community >>> 16}:${community & 0xffff}`;
  });
}

/** The octets of communities. Throws RangeError for a text that is none. */
export function encodeCommunities(communities: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  for (const text of communities) {
    const known = BY_NAME.get(text);
    if (known !== undefined) out.u32(known);
    else for (const half of numbers(text, 2, 0xffff)) out.u16(half);
  }
  return out.finish();
}

/** The large communities of a value whose length is a multiple of 12. */
export function decodeLargeCommunities(value: Uint8Array): readonly string[] {
  const reader = new ByteReader(value);
  return Array.from({ length: value.length / 12 }, () =>
    [reader.u32(), reader.u32(), reader.u32()].join(":"),
  );
}

/** The octets of large communities. Throws RangeError for a text that is none. */
export function encodeLargeCommunities(communities: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  for (const text of communities) {
    for (const part of numbers(text, 3, 0xffffffff)) out.u32(part);
  }
  return out.finish();
}

function numbers(text: string, count: number, max: number): readonly number[] {
  const parts = text.split(":");
  const values = parts.filter((part) => /^\d+$/.test(part)).map(Number);
  if (parts.length !== count || values.length !== count || values.some((value) => value > max)) {
    throw new RangeError(`"${text}" is not a community of ${count} numbers up to ${max}`);
  }
  return values;
}
