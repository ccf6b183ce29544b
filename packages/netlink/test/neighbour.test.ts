import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { errorOf, labBridge, labNamespace, labSocket, output } from "./kernel-lab.ts";

const ip = parseIpAddress;
const mac = parseMacAddress("02:00:0a:00:00:02");

describe("neighbour.replace", () => {
  test("adds neighbours of both families, and the dump gives back what was asked for", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const wanted = [
      { address: ip("fe80::1"), state: "permanent", externLearn: false, protocol: 201 },
      { address: ip("10.0.0.1"), state: "permanent", externLearn: true, protocol: 0 },
      { address: ip("10.0.0.2"), state: "noarp", externLearn: true, protocol: 201 },
    ] as const;
    for (const { address, state, externLearn, protocol } of wanted) {
      socket.executeOne({
        kind: "neighbour.replace",
        link,
        address,
        mac,
        state,
        externLearn,
        ...(protocol === 0 ? {} : { protocol }),
      });
    }
    const known = socket.neighbours();
    for (const entry of wanted) {
      expect(known).toContainEqual({ ...entry, link, mac });
    }
  });

  test("changes the link-layer address of the one that is there", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const address = ip("10.0.0.1");
    const other = parseMacAddress("02:00:0a:00:00:99");
    for (const current of [mac, other]) {
      socket.executeOne({
        kind: "neighbour.replace",
        link,
        address,
        mac: current,
        state: "permanent",
      });
    }
    const found = socket.neighbours().filter((known) => known.address === address);
    expect(found.map((known) => known.mac)).toEqual([other]);
  });
});

test("neighbour.delete deletes it; again it is ENOENT", () => {
  const socket = labSocket();
  const link = labBridge(socket);
  const address = ip("10.0.0.1");
  socket.executeOne({ kind: "neighbour.replace", link, address, mac, state: "permanent" });
  socket.executeOne({ kind: "neighbour.delete", link, address });
  expect(socket.neighbours().filter((known) => known.address === address)).toEqual([]);
  expect(
    errorOf(() => socket.executeOne({ kind: "neighbour.delete", link, address })),
  ).toMatchObject({
    code: "ENOENT",
    object: `neighbour 10.0.0.1 on link ${link}`,
  });
});

test("a dump has no proxy entries", () => {
  const namespace = labNamespace("proxy");
  const socket = labSocket(namespace);
  labBridge(socket);
  namespace.run(() => output("ip", "neigh", "add", "proxy", "10.0.0.7", "dev", "br0"));
  expect(socket.neighbours().map(({ address }) => address)).not.toContain("10.0.0.7");
});
