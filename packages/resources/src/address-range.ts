/** Ranges of addresses as a Subnet has them: a prefix, "FIRST-LAST", or one address. Canonical text. */

import {
  compareIp,
  type IpAddress,
  ipFamily,
  parseIpAddress,
  parseIpPrefix,
  prefixAddress,
  prefixLast,
  ValueError,
} from "@selvedge/net";
import { z } from "zod";

/** The lowest and the highest address of a range, both included. */
export interface RangeBounds {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** Text in, canonical text out: "10.1.0.2 - 10.1.0.9" becomes "10.1.0.2-10.1.0.9". */
export const addressRangeSchema: z.ZodType<string, string> = z
  .string()
  .transform((text, context) => {
    try {
      const range = canonicalRange(text);
      if (range !== undefined) return range;
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
    }
    context.addIssue({
      code: "custom",
      message: `"${text}" is no range of addresses; write a prefix such as 10.1.0.0/28, or FIRST-LAST such as 10.1.0.2-10.1.0.9, of one family and the lower one first`,
    });
    return z.NEVER;
  });

function canonicalRange(text: string): string | undefined {
  if (text.includes("/")) return parseIpPrefix(text);
  const [first, last = first, ...more] = text.split("-").map((end) => parseIpAddress(end.trim()));
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  if (ipFamily(first) !== ipFamily(last) || compareIp(first, last) > 0) return undefined;
  return first === last ? first : `${first}-${last}`;
}

/** The ends of a range that the schema has read. @throws ValueError for other text. */
export function boundsOf(range: string): RangeBounds {
  if (range.includes("/")) {
    const prefix = parseIpPrefix(range);
    return { first: prefixAddress(prefix), last: prefixLast(prefix) };
  }
  const [first = "", last = first] = range.split("-");
  return { first: parseIpAddress(first), last: parseIpAddress(last) };
}

/** Is the address in the range? */
export function rangeContains(range: string, address: IpAddress): boolean {
  const { first, last } = boundsOf(range);
  if (ipFamily(first) !== ipFamily(address)) return false;
  return compareIp(first, address) <= 0 && compareIp(address, last) <= 0;
}
