import { describe, expect, test } from "vitest";
import { decodeLink, IFLA_INFO_KIND, IFLA_LINKINFO } from "../src/link.ts";
import { MessageReader } from "../src/wire/message-reader.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";
import { message } from "./fake-kernel.ts";
import { labNamespace, labSocket, linkNamed, output } from "./kernel-lab.ts";

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const AF_BRIDGE = 7;

describe("a link", () => {
  test("of a kind that is not made here is reported by the kernel's name of it", () => {
    const writer = new MessageWriter(64);
    writer.begin(RTM_NEWLINK, 0);
    for (let i = 0; i < 4; i++) {
      writer.u32(0);
    }
    const info = writer.beginNest(IFLA_LINKINFO);
    writer.attributeText(IFLA_INFO_KIND, "wireguard");
    writer.endNest(info);
    writer.end();
    const reader = new MessageReader(writer.bytes, writer.length);
    reader.next();
    expect(decodeLink(reader)?.detail).toEqual({ kind: "other", type: "wireguard" });
  });

  test("that is VXLAN without a VNI of its own is none of ours", () => {
    const namespace = labNamespace("link");
    namespace.run(() => output("ip", "link", "add", "vx", "type", "vxlan", "external"));
    expect(linkNamed(labSocket(namespace), "vx").detail).toEqual({ kind: "other", type: "vxlan" });
  });

  test("without a kind, such as the loopback device, has none", () => {
    expect(linkNamed(labSocket(), "lo")).toEqual({
      index: 1,
      name: "lo",
      detail: { kind: "other", type: undefined },
      up: false,
      carrier: false,
      mtu: 65536,
      mac: "00:00:00:00:00:00",
      alias: undefined,
      master: undefined,
      bridgePort: undefined,
      peer: undefined,
      peerNamespaceId: undefined,
      addrGenMode: "eui64",
    });
  });

  test("message of the bridge family is about a port and passed over", () => {
    const header = new Uint8Array(16);
    header[0] = AF_BRIDGE;
    const bytes = message(RTM_DELLINK, 0, 0, header);
    const reader = new MessageReader(bytes, bytes.length);
    reader.next();
    expect(decodeLink(reader)).toBeUndefined();
  });
});
