/**
 * A second, independent reading of encoded messages for comparison with those of iproute2: what may
 * differ without meaning (sequence number, order of attributes, the acknowledge flag, the flag that
 * marks nesting, final NULs of texts, the state in the deletion of a neighbour) is taken out.
 */

/** Octets of the family header of each message type. */
const FAMILY_HEADER: Readonly<Record<number, number>> = {
  16: 16,
  17: 16,
  20: 8,
  21: 8,
  24: 12,
  25: 12,
  28: 12,
  29: 12,
  104: 8,
  105: 8,
};

/** Attributes of link messages that hold attributes: path of types to octets before them. */
const NESTED: Readonly<Record<string, number>> = {
  "18": 0,
  "18.2": 0,
  "18.2.1": 16,
  "26": 0,
  "26.10": 0,
};

/** Link texts, which may end in a NUL: name, alias, kind, name of a veth peer. */
const TEXTS: ReadonlySet<string> = new Set(["3", "20", "18.1", "18.4", "18.2.1.3"]);

/**
 * How ip(8) says that what follows is about a port of a bridge: in the place of the device's own kind,
 * of which the kernel knows none by this name and looks for a module. IFLA_INFO_SLAVE_KIND says it too.
 */
const PORT_OF_A_BRIDGE = `18.1=${hex(Buffer.from("bridge_slave"))}`;
const BRIDGE_AS_MASTER = `18.4=${hex(Buffer.from("bridge"))}`;

const NLM_F_ACK = 4;
const RTM_DELNEIGH = 29;
/** Octets to ndm_state in struct ndmsg. */
const NDM_STATE = 8;

export interface MessageTree {
  readonly type: number;
  readonly flags: number;
  readonly header: string;
  readonly attributes: readonly string[];
}

/** Reads one message. */
export function messageTree(bytes: Uint8Array): MessageTree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint16(4, true);
  const headerLength = FAMILY_HEADER[type];
  if (view.getUint32(0, true) !== bytes.length || headerLength === undefined) {
    throw new Error(`not one message of a known type: ${hex(bytes)}`);
  }
  const isLink = type === 16 || type === 17;
  if (type === RTM_DELNEIGH) {
    view.setUint16(16 + NDM_STATE, 0);
  }
  return {
    type,
    flags: view.getUint16(6, true) & ~NLM_F_ACK,
    header: hex(bytes.subarray(16, 16 + headerLength)),
    attributes: attributeTree(bytes.subarray(16 + headerLength), isLink, ""),
  };
}

function attributeTree(bytes: Uint8Array, isLink: boolean, parent: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at, true);
    const type = view.getUint16(at + 2, true) & 0x3fff;
    const path = `${parent}${type}`;
    let value = bytes.subarray(at + 4, at + length);
    const nested = isLink && path !== "18.2.1" ? NESTED[path] : vethPeer(isLink, path, value);
    if (isLink && TEXTS.has(path) && value.at(-1) === 0) {
      value = value.subarray(0, -1);
    }
    const leaf = `${path}=${hex(value)}`;
    found.push(
      nested === undefined
        ? leaf.replace(PORT_OF_A_BRIDGE, BRIDGE_AS_MASTER)
        : `${path}{${hex(value.subarray(0, nested))}|${attributeTree(value.subarray(nested), isLink, `${path}.`).join(",")}}`,
    );
    at += (length + 3) & ~3;
  }
  return found.sort();
}

/** Attribute 1 of a veth's data holds a whole link message; that of a VXLAN device is its number. */
function vethPeer(isLink: boolean, path: string, value: Uint8Array): number | undefined {
  return isLink && path === "18.2.1" && value.length > 4 ? NESTED[path] : undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
