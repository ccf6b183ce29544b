/** What needs a process of its own: "loaded", "marks" and "without-md5"; see speaker-transport.test.ts. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseIpAddress } from "@selvedge/net";
import { SpeakerError } from "../../src/errors.ts";
import { established, TestSpeaker } from "./speakers.ts";

const isLoaded = (): boolean => readFileSync("/proc/self/maps", "utf8").includes("koffi.node");

const a = new TestSpeaker("127.0.0.1");
const b = new TestSpeaker("127.0.0.2");
const password = {
  address: parseIpAddress("127.0.0.2"),
  asn: a.speaker.summary().asn,
  password: "x",
};

if (process.argv[2] === "loaded") {
  await Promise.all([a.speaker.start(), b.speaker.start()]);
  a.peerWith(b);
  await established(a, b);
  const before = isLoaded();
  a.speaker.setNeighbor(password);
  process.stdout.write(`established ${before}, with a password ${isLoaded()}\n`);
} else if (process.argv[2] === "marks") {
  await Promise.all([a.speaker.start(), b.speaker.start()]);
  a.peerWith(b);
  await established(a, b);
  const lines = execFileSync("ss", ["-tnHp", "--tos", "state", "established"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(`pid=${process.pid},`));
  process.stdout.write(`${lines.map((line) => /tos:(\S+)/.exec(line)?.[1]).join(" ")}\n`);
} else {
  const { forbidTcpMd5 } = await import("./without-md5.ts");
  forbidTcpMd5();
  await a.speaker.start();
  try {
    a.speaker.setNeighbor(password);
  } catch (error) {
    if (!(error instanceof SpeakerError)) throw error;
    const { length } = a.speaker.summary().neighbors;
    process.stdout.write(`${error.code}: ${error.message}; neighbours: ${length}\n`);
  }
}
await Promise.all([a.speaker.stop(), b.speaker.stop()]);
