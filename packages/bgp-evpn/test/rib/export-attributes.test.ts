import { parseAsn } from "@selvedge/net";
import { expect, test } from "vitest";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import { ExportAttributes } from "../../src/rib/export-attributes.ts";
import { exportPolicyFor } from "../../src/rib/export-policy.ts";
import { LOCAL_PEER, PeerTable } from "../../src/rib/peer-table.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { type SessionSlot, sessionSlot } from "./model/sessions.ts";

const OWN_ASN = parseAsn(65000);
const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const OTHER_CLIENT = sessionSlot("other client", "10.0.0.12", { client: true });
const OLD_CLIENT = sessionSlot("two-octet client", "10.0.0.13", {
  client: true,
  fourOctetAs: false,
});
const EXTERNAL = sessionSlot("external", "10.0.0.31", { asn: 65009 });
const OLD_EXTERNAL = sessionSlot("two-octet external", "10.0.0.32", {
  asn: 65010,
  fourOctetAs: false,
});

const ORIGIN = "40010100";
const NO_AS = "400200";
const AS_65101 = "40020602010000fe4d";
const LOCAL_PREF = "40050400000064";
const NEXT_HOP = "040a00000b";

/** What a peer is sent of these attributes, learned from a peer or local, as hex. */
function exported(attributes: string, from: SessionSlot | "local", to: SessionSlot): string {
  const table = new AttributeTable({ asn: OWN_ASN, routerId: 0x0a000001, clusterId: 0x0a0000fe });
  const bytes = bytesFromHex((NEXT_HOP + attributes).replaceAll(" ", ""));
  const id = table.intern(bytes, bytes.length);
  const peers = new PeerTable(0x0a000001);
  const source = from === "local" ? peers.get(LOCAL_PEER) : peers.add(from.peer);
  const writer = new ExportAttributes(table, OWN_ASN, 0x0a0000fe);
  return hex(writer.bytes.slice(0, writer.write(id, source, exportPolicyFor(to.peer))));
}

test("reflection adds ORIGINATOR_ID and CLUSTER_LIST and changes nothing else (RFC 4456 section 8)", () => {
  // Communities in descending order, an extended-length LOCAL_PREF, an unknown attribute.
  const before = `${ORIGIN}${NO_AS}500500 0400000064`;
  const after = `c01010 030c000000000008 0002fde800001389 e063 03c0ffee`;
  expect(exported(before + after, CLIENT, OTHER_CLIENT)).toBe(
    `${before}8009040a00000b800a040a0000fe${after}`.replaceAll(" ", ""),
  );
});

test("an ORIGINATOR_ID stays, and the own cluster goes to the front of the CLUSTER_LIST", () => {
  const ids = "8009040a000063";
  expect(exported(`${ORIGIN}${NO_AS}${LOCAL_PREF}${ids}800a040a0000c9`, CLIENT, OTHER_CLIENT)).toBe(
    `${ORIGIN}${NO_AS}${LOCAL_PREF}${ids}800a080a0000fe0a0000c9`,
  );
});

test("a CLUSTER_LIST that outgrows one length octet gets two", () => {
  const list = "0a0000c9".repeat(63);
  const sent = `${ORIGIN}${NO_AS}${LOCAL_PREF}8009040a000063`;
  expect(exported(`${sent}800afc${list}`, CLIENT, OTHER_CLIENT)).toBe(
    `${sent}900a01000a0000fe${list}`,
  );
});

test("local routes and routes of external peers are not marked as reflected", () => {
  const local = `${ORIGIN}${NO_AS}${LOCAL_PREF}`;
  expect(exported(local, "local", CLIENT)).toBe(local);
  expect(exported(`${ORIGIN}${AS_65101}c00804fde80001`, EXTERNAL, CLIENT)).toBe(
    `${ORIGIN}${AS_65101}${LOCAL_PREF}c00804fde80001`,
  );
});

test("an external peer gets the own AS in front and nothing of the inside of the AS", () => {
  const inside = `80040400000005${LOCAL_PREF}8009040a000063800a040a0000c9`;
  const communities = "c010184004fde8000000010002fde8000013890603020000000001";
  expect(exported(`${ORIGIN}${AS_65101}${inside}${communities}`, CLIENT, EXTERNAL)).toBe(
    `${ORIGIN}40020a02020000fde80000fe4dc010100002fde8000013890603020000000001`,
  );
});

test("extended communities that are all non-transitive leave no empty attribute behind", () => {
  expect(exported(`${ORIGIN}${NO_AS}c010084004fde800000001`, "local", EXTERNAL)).toBe(
    `${ORIGIN}40020602010000fde8`,
  );
});

test("a two-octet peer gets AS_TRANS and the AS4_ attributes where they are needed", () => {
  const path = "40020a02020000fe4dfa56ea00";
  const aggregator = "c00708fa56ea000a00004d";
  expect(exported(`${ORIGIN}${path}${LOCAL_PREF}${aggregator}`, "local", OLD_CLIENT)).toBe(
    `${ORIGIN}4002060202fe4d5ba0${LOCAL_PREF}c007065ba00a00004d` +
      "c0110a02020000fe4dfa56ea00c01208fa56ea000a00004d",
  );
  const small = "c007080000fe4d0a00004d";
  expect(exported(`${ORIGIN}${AS_65101}${LOCAL_PREF}${small}`, "local", OLD_CLIENT)).toBe(
    `${ORIGIN}4002040201fe4d${LOCAL_PREF}c00706fe4d0a00004d`,
  );
});

test("the own AS is in front of AS_PATH and AS4_PATH for a two-octet external peer", () => {
  expect(exported(`${ORIGIN}40020602 01fa56ea00`, EXTERNAL, OLD_EXTERNAL)).toBe(
    `${ORIGIN}4002060202fde85ba0c0110a02020000fde8fa56ea00`,
  );
});
