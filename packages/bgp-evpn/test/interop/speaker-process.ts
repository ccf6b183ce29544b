/**
 * A speaker as a process, so that it can live in a network namespace and be killed. Commands come as lines of JSON on the
 * standard input, answers go as lines of JSON to the standard output; see remote-speaker.ts.
 */

import { createInterface } from "node:readline";
import type { MacVrfChange } from "../../src/rib/mac-vrf-change.ts";
import { Speaker } from "../../src/speaker.ts";
import type { SpeakerOptions } from "../../src/speaker-options.ts";
import type { Command } from "./remote-speaker.ts";

const macVrfs: Record<string, Record<string, MacVrfChange>> = {};
const vrfs: Record<string, Record<string, readonly unknown[]>> = {};

const log =
  (level: string) =>
  (fields: object, message: string): void => {
    process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
  };

const makeSpeaker = (options: SpeakerOptions): Speaker => {
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const speaker = new Speaker({ ...options, log: logger });
  speaker.onVrfRoutes((vrf, changes) => {
    const routes = vrfs[vrf] ?? {};
    vrfs[vrf] = routes;
    for (const change of changes) {
      if (change.kind === "reachable") routes[change.prefix] = change.nextHops;
      else delete routes[change.prefix];
    }
  });
  speaker.onMacVrfChanges((macVrf, changes) => {
    const table = macVrfs[macVrf] ?? {};
    macVrfs[macVrf] = table;
    for (const change of changes) noteMacVrfChange(table, change);
  });
  return speaker;
};

const noteMacVrfChange = (table: Record<string, MacVrfChange>, change: MacVrfChange): void => {
  const id =
    "mac" in change && !("ip" in change) ? change.mac : "ip" in change ? change.ip : change.vtep;
  const key = `${change.kind.replace("-gone", "")} ${id}`;
  if (change.kind.endsWith("-gone")) delete table[key];
  else table[key] = change;
};

let speaker: Speaker | undefined;

const perform = async (command: Command): Promise<unknown> => {
  if (command.kind === "new") {
    speaker = makeSpeaker(command.options);
    return undefined;
  }
  if (speaker === undefined) throw new Error("there is no speaker yet");
  switch (command.kind) {
    case "start":
      return speaker.start();
    case "stop":
      return speaker.stop();
    case "set-neighbor":
      return speaker.setNeighbor(command.options);
    case "set-vrf":
      return speaker.setVrf(command.vrf);
    case "originate":
      return speaker.originate(command.vrf, command.route);
    case "withdraw":
      return speaker.withdraw(command.vrf, command.prefix);
    case "clear":
      return speaker.clear(command.address, command.options);
    case "vrf-routes":
      return vrfs[command.vrf] ?? {};
    case "set-mac-vrf":
      return speaker.setMacVrf(command.macVrf);
    case "originate-mac":
      return speaker.originateMac(command.macVrf, command.entry);
    case "withdraw-mac":
      return speaker.withdrawMac(command.macVrf, command.entry.mac, command.entry.ip);
    case "set-segment":
      return speaker.setEthernetSegment(command.segment);
    case "mac-vrf-table":
      return macVrfs[command.macVrf] ?? {};
    case "summary":
      return speaker.summary();
    case "routes":
      return speaker.routes();
    default:
      return command satisfies never;
  }
};

const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  const result = await perform(JSON.parse(line));
  process.stdout.write(`${JSON.stringify({ result: result ?? null })}\n`);
}
