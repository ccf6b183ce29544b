import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ContestedMacs } from "../../src/bgp/contested-macs.ts";
import { recordingLog } from "../fixtures.ts";

const LAN = "red/lan";
const MAC = parseMacAddress("02:00:00:00:00:01");
const VTEP = parseIpAddress("10.0.2.1");
const ERROR = 50;

let announced: number;
let isContested: boolean;
let lines: Record<string, unknown>[];
let contested: ContestedMacs;

beforeEach(() => {
  vi.useFakeTimers();
  announced = 0;
  isContested = true;
  const recording = recordingLog();
  lines = recording.lines;
  contested = new ContestedMacs({
    isContested: () => isContested,
    announce: () => void announced++,
    log: recording.log,
    now: () => Date.now(),
  });
});
afterEach(() => {
  contested[Symbol.dispose]();
  vi.useRealTimers();
});

/** Another VTEP claims the MAC, and the time passes in which the datastore would say that it has moved. */
const claim = (): void => {
  contested.claimed(LAN, MAC, VTEP);
  vi.advanceTimersByTime(1000);
};

describe("a MAC of this host that another VTEP announces", () => {
  test("is announced again from here, but not before the datastore could say that it has moved", () => {
    contested.claimed(LAN, MAC, VTEP);
    contested.claimed(LAN, MAC, VTEP);
    vi.advanceTimersByTime(999);
    expect(announced).toBe(0);
    vi.advanceTimersByTime(1);
    expect(announced).toBe(1);
    expect(lines).toMatchObject([{ mac: MAC, vtep: VTEP, bridgeDomain: LAN }]);
  });

  test("is not when the endpoint has gone meanwhile, or the claim", () => {
    isContested = false;
    claim();
    expect(announced).toBe(0);
  });

  test("is a duplicate with the fifth claim: said once, held, and announced again later", () => {
    for (let i = 0; i < 4; i++) claim();
    expect(announced).toBe(4);
    claim();
    claim();
    expect(announced).toBe(4);
    expect(lines.filter(({ level }) => level === ERROR)).toMatchObject([{ mac: MAC, vtep: VTEP }]);
    vi.advanceTimersByTime(180_000);
    expect(announced).toBe(5);
    claim();
    expect(announced).toBe(6);
  });

  test("counts for its own bridge domain only, and within three minutes only", () => {
    for (let i = 0; i < 10; i++) {
      claim();
      contested.claimed("blue/lan", MAC, VTEP);
      vi.advanceTimersByTime(60_000);
    }
    expect(announced).toBe(20);
  });

  test("is left alone once the agent ends", () => {
    contested.claimed(LAN, MAC, VTEP);
    contested[Symbol.dispose]();
    vi.advanceTimersByTime(1000);
    expect(announced).toBe(0);
  });
});
