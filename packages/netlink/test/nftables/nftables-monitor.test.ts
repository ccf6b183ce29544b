import { expect, onTestFinished, test } from "vitest";
import {
  decodeNftEvents,
  NftablesMonitor,
  type NftEvent,
} from "../../src/nftables/nftables-monitor.ts";
import { NftablesSocket } from "../../src/nftables/nftables-socket.ts";
import { MalformedMessage } from "../../src/wire/malformed-message.ts";
import { MessageReader } from "../../src/wire/message-reader.ts";
import { errorOf, eventually, labNamespace, output } from "../kernel-lab.ts";

test("each transaction is told once, with its generation and who made it", async () => {
  const namespace = labNamespace("nftmon");
  using socket = NftablesSocket.open(namespace);
  const events: NftEvent[] = [];
  const monitor = NftablesMonitor.open(namespace, (event) => events.push(event));
  onTestFinished(() => monitor.close());
  const before = socket.generation();
  const table = { family: "inet", table: "t" } as const;
  socket.execute([
    { kind: "table.add", ...table },
    { kind: "set.add", ...table, set: "s", type: ["ifname"] },
  ]);
  output("ip", "netns", "exec", namespace.name ?? "", "nft", "delete", "table", "inet", "t");
  await eventually(() => expect(events).toHaveLength(2));
  expect(events).toMatchObject([
    { kind: "generation", generation: { id: before + 1, process: { pid: process.pid } } },
    { kind: "generation", generation: { id: before + 2, process: { name: "nft" } } },
  ]);
  monitor.close();
  socket.execute([{ kind: "table.add", ...table }]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toHaveLength(2);
});

test("an event that makes no sense is malformed", () => {
  // A generation of two octets.
  const bytes = Buffer.from(
    "1c0000000f0a00000000000000000000" + "00000000" + "06000100beef0000",
    "hex",
  );
  const error = errorOf(() => decodeNftEvents(new MessageReader(bytes, bytes.length)));
  expect(error).toBeInstanceOf(MalformedMessage);
});
