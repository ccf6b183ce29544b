import { parseIpAddress, parseMacAddress, parseRouteDistinguisher } from "@selvedge/net";
import { afterEach, expect, it } from "vitest";
import { SpeakerError } from "../src/errors.ts";
import { TestSpeaker, until } from "./loopback/speakers.ts";
import { SEGMENT } from "./rib/model/mac-routes.ts";
import { macVrf } from "./rib/model/make.ts";

const MAC = parseMacAddress("02:00:00:00:01:01");
const IP = parseIpAddress("192.168.100.11");

const running: TestSpeaker[] = [];

const start = async (address: string): Promise<{ speaker: TestSpeaker; told: string[] }> => {
  const speaker = new TestSpeaker(address);
  running.push(speaker);
  await speaker.speaker.start();
  const vtep = address.replace("127.0.0", "192.0.2");
  speaker.speaker.setMacVrf(macVrf("blue", { rd: `${address}:100`, vtep }));
  const told: string[] = [];
  speaker.speaker.onMacVrfChanges((name, changes) => {
    told.push(...changes.map(({ kind }) => `${name} ${kind}`));
  });
  return { speaker, told };
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

it("two speakers tell each other their VTEPs and MACs, and take them back", async () => {
  const a = await start("127.0.0.1");
  const b = await start("127.0.0.2");
  a.speaker.speaker.originateMac("blue", { mac: MAC, ip: IP });
  a.speaker.peerWith(b.speaker);
  await until(() => b.told.length === 3 && a.told.length === 1);
  expect(a.told).toEqual(["blue remote-vtep"]);
  expect(b.told.splice(0).sort()).toEqual([
    "blue neighbour",
    "blue remote-mac",
    "blue remote-vtep",
  ]);
  a.speaker.speaker.withdrawMac("blue", MAC, IP);
  await until(() => b.told.length === 2);
  expect(b.told.splice(0).sort()).toEqual(["blue neighbour-gone", "blue remote-mac-gone"]);
  a.speaker.speaker.removeMacVrf("blue");
  await until(() => b.told.length === 1);
  expect(b.told).toEqual(["blue remote-vtep-gone"]);
});

it("a listener that was taken away hears nothing more, and may call the speaker while it is there", async () => {
  const a = await start("127.0.0.1");
  const b = await start("127.0.0.2");
  const heard: string[] = [];
  const stop = b.speaker.speaker.onMacVrfChanges((_, changes) => {
    heard.push(...changes.map(({ kind }) => kind));
    b.speaker.speaker.originateMac("blue", { mac: MAC });
    stop();
  });
  a.speaker.peerWith(b.speaker);
  await until(() => a.told.includes("blue remote-mac"));
  a.speaker.speaker.removeMacVrf("blue");
  await until(() => b.told.includes("blue remote-vtep-gone"));
  expect(heard).toEqual(["remote-vtep"]);
});

it("two speakers with a port on one segment tell each other, and the segment's routers are told", async () => {
  const a = await start("127.0.0.1");
  const b = await start("127.0.0.2");
  const heard: string[] = [];
  b.speaker.speaker.onSegmentRouters((_, routers) => {
    heard.push(routers.map(({ address }) => address).join(" "));
  });
  for (const { speaker } of [a, b]) {
    const { address } = speaker;
    speaker.speaker.setEthernetSegment({
      esi: SEGMENT,
      rd: parseRouteDistinguisher(`${address}:1`),
      vtep: parseIpAddress(address.replace("127.0.0", "192.0.2")),
      macVrfs: ["blue"],
    });
  }
  await until(() => heard.at(-1) === "192.0.2.2");
  a.speaker.peerWith(b.speaker);
  await until(() => heard.at(-1) === "192.0.2.1 192.0.2.2");
  a.speaker.speaker.removeEthernetSegment(SEGMENT);
  await until(() => heard.at(-1) === "192.0.2.2");
});

it("what cannot be is refused with a code", async () => {
  const { speaker } = await start("127.0.0.1");
  const entry = { mac: parseMacAddress("ff:ff:ff:ff:ff:ff") };
  expect(() => speaker.speaker.originateMac("blue", entry)).toThrow(SpeakerError);
  expect(() => speaker.speaker.originateMac("red", { mac: MAC })).toThrow(
    expect.objectContaining({ code: "unknown-mac-vrf" }),
  );
});
