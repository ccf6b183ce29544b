import { parseIpAddress } from "@selvedge/net";
import pino from "pino";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { UnderlayPaths } from "../../src/kernel/underlay-paths.ts";

const ip = parseIpAddress;
const LOOPBACK = ip("127.0.0.1");
const OTHER = ip("127.0.0.2");

function pathsOf(interval: number | undefined) {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(line) });
  const remote = new Map([[OTHER, ["red/main"]]]);
  const paths = new UnderlayPaths({ dataplane: { remoteVteps: () => remote }, interval, log });
  onTestFinished(() => paths[Symbol.dispose]());
  return { paths, lines };
}

const soon = (expectation: () => void) =>
  vi.waitFor(expectation, { timeout: 10_000, interval: 10 });

describe("the paths of a host", () => {
  test("are measured from its VTEP to those that routes lead to", async () => {
    const { paths } = pathsOf(60_000);
    expect(paths.local).toBeUndefined();
    paths.measureFrom({ address: LOOPBACK, underlayMtu: 1500 });
    await soon(() => expect(paths.state(OTHER)).toEqual({ kind: "carries", octets: 1500 }));
    expect(paths.local).toEqual({ address: LOOPBACK, underlayMtu: 1500 });
  });

  test("are measured again when the underlay's MTU has changed, and told when too small", async () => {
    const { paths, lines } = pathsOf(60_000);
    paths.measureFrom({ address: LOOPBACK, underlayMtu: 1500 });
    // No IPv4 packet is as large as the loopback device takes.
    paths.measureFrom({ address: LOOPBACK, underlayMtu: 65_536 });
    await soon(() =>
      expect(paths.state(OTHER)).toMatchObject({ kind: "too small", octets: 65_535 }),
    );
    expect(lines.join("")).toContain(
      "the path from 127.0.0.1 to VTEP 127.0.0.2 carries 65535 of 65536 octets",
    );
  });

  test("are not measured when that is switched off", () => {
    const { paths } = pathsOf(undefined);
    paths.measureFrom({ address: LOOPBACK, underlayMtu: 1500 });
    expect(paths.state(OTHER)).toBeUndefined();
  });

  test("are not measured from an address that is not there, which is said once", () => {
    const { paths, lines } = pathsOf(60_000);
    paths.measureFrom({ address: ip("203.0.113.9"), underlayMtu: 1500 });
    paths.measureFrom({ address: ip("203.0.113.9"), underlayMtu: 1400 });
    expect(lines.filter((line) => line.includes("cannot be measured"))).toHaveLength(1);
  });
});
