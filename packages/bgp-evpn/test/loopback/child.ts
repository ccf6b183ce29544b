/** What needs a process of its own: "loaded", "marks", "unprivileged" and "without-md5"; see speaker-transport.test.ts. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { parseIpAddress } from "@selvedge/net";
import { SpeakerError } from "../../src/errors.ts";
import { established, TestSpeaker } from "./speakers.ts";

const NOBODY = 65_534;

const isLoaded = (): boolean => readFileSync("/proc/self/maps", "utf8").includes("koffi.node");

const a = new TestSpeaker("127.0.0.1");
const b = new TestSpeaker("127.0.0.2");
const password = {
  address: parseIpAddress("127.0.0.2"),
  asn: a.speaker.summary().asn,
  password: "x",
};

/** A neighbour with a password for a speaker that has given up root since it began to listen on port 179. */
async function forbidPorts(): Promise<void> {
  const at = { address: parseIpAddress("127.0.0.77"), port: 179 };
  const speaker = new TestSpeaker("127.0.0.77", { listen: [at] });
  await speaker.speaker.start();
  process.setuid?.(NOBODY);
  try {
    speaker.speaker.setNeighbor(password);
  } catch (error) {
    if (!(error instanceof SpeakerError)) throw error;
    process.stdout.write(`${error.code}; `);
  }
  const socket = connect(at.port, at.address);
  await once(socket, "connect");
  process.stdout.write("still listening\n");
  socket.destroy();
  await speaker.speaker.stop();
}

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
} else if (process.argv[2] === "unprivileged") {
  await forbidPorts();
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
