/**
 * An order of NLRIs by their octets: what decides between paths that are equal in everything that the protocol
 * compares, so that the outcome does not depend on which of them came first.
 */
import { RD_AT } from "./nlri-fields.ts";

/** What is needed to see the NLRI of a path. */
export interface NlriBytes {
  readonly paths: { readonly nlriLength: { get(path: number): number } };
  nlriBytes(path: number): Uint8Array;
  nlriOffset(path: number): number;
}

/** Negative when the NLRI of path `a` comes before that of `b`, from the distinguisher on. 0 when neither does. */
export function compareNlris(rib: NlriBytes, a: number, b: number): number {
  const bytesA = rib.nlriBytes(a);
  const bytesB = rib.nlriBytes(b);
  const atA = rib.nlriOffset(a);
  const atB = rib.nlriOffset(b);
  const length = Math.min(rib.paths.nlriLength.get(a), rib.paths.nlriLength.get(b));
  for (let i = RD_AT; i < length; i++) {
    const difference = (bytesA[atA + i] ?? 0) - (bytesB[atB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
