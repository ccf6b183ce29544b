/** How our keys lie in etcd: values below PREFIX/data/, the slots of commits (commit-slot.ts) below PREFIX/commits/. */

export class KeySpace {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix.endsWith("/") ? prefix : `${prefix}/`;
  }

  /** The key below the prefix that holds a value. */
  dataKey(key: string): string {
    return `data/${key}`;
  }

  /** The key below the prefix that a slot is. */
  slotKey(key: string): string {
    return `commits/${key}`;
  }

  /** With the prefix, as etcd has it. */
  toEtcd(key: string): Buffer {
    return Buffer.from(this.#prefix + key, "utf8");
  }

  /** The key of a value out of etcd's key. */
  fromEtcd(key: Buffer): string {
    return key.toString("utf8").slice(this.#prefix.length + "data/".length);
  }
}

/** The first key after all that begin with `prefix`, as etcd's `range_end`. */
export function rangeEnd(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  // UTF-8 has no octet 0xff, so the last octet can always be incremented.
  const last = end.length - 1;
  end[last] = (end[last] ?? 0) + 1;
  return end;
}
