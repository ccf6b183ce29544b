import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeChain } from "../../src/nftables/chain.ts";
import { decodeGeneration } from "../../src/nftables/generation.ts";
import { decodeRule } from "../../src/nftables/rule.ts";
import { decodeElements, decodeSet } from "../../src/nftables/set.ts";
import { decodeTable } from "../../src/nftables/table.ts";
import { MalformedMessage } from "../../src/wire/malformed-message.ts";
import { MessageReader } from "../../src/wire/message-reader.ts";
import { NFT_VECTORS } from "../vectors/nft.ts";

const DECODERS: Readonly<Record<string, (message: MessageReader) => unknown>> = {
  decodeTable,
  decodeChain,
  decodeRule,
  decodeSet,
  decodeGeneration,
  decodeElements: (message) => decodeElements(message, ["ifname", "ether_addr", "ipv6_addr"]),
};

/** Messages of nft with some octets changed and maybe the end cut off. */
const damaged = fc
  .record({
    seed: fc.constantFrom(...Object.values(NFT_VECTORS).map(({ hex }) => hex)),
    changes: fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 }),
    cut: fc.nat(40),
  })
  .map(({ seed, changes, cut }) => {
    const bytes = new Uint8Array(Buffer.from(seed, "hex"));
    for (const [at, octet] of changes) {
      bytes[at % bytes.length] = octet;
    }
    return bytes.subarray(0, Math.max(0, bytes.length - cut));
  });

describe("whatever the octets are, there is a value or they are malformed:", () => {
  test.each(Object.entries(DECODERS))("%s", (_name, decode) => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          const message = new MessageReader(bytes, bytes.length);
          while (message.next()) {
            decode(message);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what nft sends is read as what it means:", () => {
  const read = <T>(name: string, decode: (message: MessageReader) => T): T => {
    const bytes = Buffer.from(NFT_VECTORS[name]?.hex ?? "", "hex");
    const message = new MessageReader(bytes, bytes.length);
    message.next();
    return decode(message);
  };
  test("tables and chains", () => {
    expect(read("makes a table of ARP", decodeTable)).toEqual({ family: "arp", table: "t" });
    expect(read("makes a base chain of ARP", decodeChain)).toEqual({
      family: "arp",
      table: "t",
      chain: "guard",
      base: { hook: "input", priority: 0, policy: "drop" },
    });
  });
  test("a rule", () => {
    expect(read("appends a rule with a counter and a comment", decodeRule)).toMatchObject({
      chain: "guard",
      comment: "DHCP server",
      expressions: [
        { kind: "meta", key: "l4proto" },
        { kind: "compare", value: Uint8Array.of(17) },
        { kind: "payload", base: "transport", offset: 0, length: 2 },
        { kind: "compare", value: Uint8Array.of(0, 67) },
        { kind: "counter" },
        { kind: "verdict", verdict: { kind: "drop" } },
      ],
    });
  });
});
