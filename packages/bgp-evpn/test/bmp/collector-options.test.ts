import { parseIpAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { type CollectorOptions, collectorSettings } from "../../src/bmp/collector-options.ts";
import { SpeakerError } from "../../src/errors.ts";

const address = parseIpAddress("10.0.0.9");

describe("the options of collectors", () => {
  test("have defaults: the back-off of RFC 7854, reports each minute, 16 MiB", () => {
    expect(collectorSettings([{ address, port: 5000 }])).toEqual([
      {
        address,
        port: 5000,
        initialRetry: 30,
        maxRetry: 720,
        statisticsInterval: 60,
        queueLimit: 16 * 1024 * 1024,
      },
    ]);
  });

  test.each<[Partial<CollectorOptions>, string]>([
    [{ port: 0 }, "port is 0; it must be 1 to 65535"],
    [{ port: 1.5 }, "port is 1.5"],
    [{ initialRetry: 0 }, "initialRetry is 0"],
    [{ maxRetry: 29 }, "maxRetry is 29; it must be 30 to 86400"],
    [{ statisticsInterval: -1 }, "statisticsInterval is -1"],
    [{ queueLimit: 1000 }, "queueLimit is 1000; it must be 1048576 to"],
  ])("%j are refused with what would be right", (options, message) => {
    const parse = () => collectorSettings([{ address, port: 5000, ...options }]);
    expect(parse).toThrow(SpeakerError);
    const port = options.port ?? 5000;
    expect(parse).toThrow(`collector 10.0.0.9 port ${port}: ${message}`);
  });

  test("name each collector once", () => {
    const one = { address, port: 5000 };
    expect(collectorSettings([one, { ...one, port: 5001 }])).toHaveLength(2);
    expect(() => collectorSettings([one, one])).toThrow("it is given twice");
  });
});
