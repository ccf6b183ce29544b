/** The log of a host: one event a line, each in the file before the next thing happens, so that kill -9 loses none. */
import { existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { type Event, eventSchema } from "./history.ts";

/** Microseconds of the machine's monotonic clock, the same in all processes. */
export function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** See the file's head. */
export class EventLog {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  append(event: Event): void {
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}

/** All events of a log; none when there is no file yet. */
export function readEvents(path: string): Event[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => eventSchema.parse(JSON.parse(line)));
}
