/**
 * What a set of routes adds up to: how many, and a sum of hashes of their NLRI, which does not depend on the order.
 * Equal sums say that a client was told exactly the routes that others announced, octet for octet.
 *
 * Cheap on purpose, as it runs while a reflector is measured: 32 bits a read, about 10 ns a route.
 */

const HEADER_LENGTH = 2;

/** Routes counted and summed. */
export class RouteSum {
  count = 0;
  hash = 0;

  /** Adds every route of an NLRI field. */
  addField(view: DataView, start: number, end: number): void {
    for (let at = start; at + HEADER_LENGTH <= end; ) {
      const length = HEADER_LENGTH + view.getUint8(at + 1);
      if (at + length > end) throw new RangeError("a route ends beyond its field");
      this.hash = (this.hash + hashRoute(view, at, length)) | 0;
      this.count++;
      at += length;
    }
  }

  clear(): void {
    this.count = 0;
    this.hash = 0;
  }

  add(other: RouteSum): void {
    this.count += other.count;
    this.hash = (this.hash + other.hash) | 0;
  }

  /** This sum without the routes of the other. */
  without(other: RouteSum): RouteSum {
    const rest = new RouteSum();
    rest.count = this.count - other.count;
    rest.hash = (this.hash - other.hash) | 0;
    return rest;
  }

  equals(other: RouteSum): boolean {
    return this.count === other.count && this.hash === other.hash;
  }
}

function hashRoute(view: DataView, offset: number, length: number): number {
  let hash = length;
  const end = offset + length;
  let at = offset;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), 0x85ebca6b) >>> 0;
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0xc2b2ae35) >>> 0;
  return Math.imul(hash ^ (hash >>> 15), 0x7feb352d);
}
