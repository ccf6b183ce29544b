import type { BgpClearRequest } from "@selvedge/api";
import { type ClearOptions, Speaker, SpeakerError } from "@selvedge/bgp-evpn";
import { type IpAddress, parseAsn, parseIpAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { type ClearableSpeaker, clearNeighbors } from "../src/clear-neighbors.ts";

const asn = parseAsn(65000);
const up = parseIpAddress("10.0.9.1");
const down = parseIpAddress("10.0.9.2");
const shut = parseIpAddress("10.0.9.3");

/** A speaker that is not started: of its neighbours `up` is cleared without complaint. */
class Sessions implements ClearableSpeaker {
  readonly calls: [IpAddress, ClearOptions][] = [];
  readonly #speaker = new Speaker({ asn, routerId: parseIpAddress("10.0.9.9"), listen: [] });

  constructor(...neighbors: readonly IpAddress[]) {
    for (const address of neighbors) {
      const options = address === shut ? ({ shutdown: true } as const) : {};
      this.#speaker.setNeighbor({ address, asn, ...options });
    }
  }

  summary: ClearableSpeaker["summary"] = () => this.#speaker.summary();

  clear: ClearableSpeaker["clear"] = (address, options) => {
    if (address !== up || options.mode === "hard") this.#speaker.clear(address, options);
    this.calls.push([address, options]);
  };
}

const hard = (neighbor: IpAddress | "all", message = ""): BgpClearRequest => ({
  mode: "hard",
  neighbor,
  message,
});

describe("clearing one neighbour", () => {
  test("does what was asked, soft without a direction in both", () => {
    const sessions = new Sessions(up);
    const cleared = { neighbors: [{ kind: "cleared", address: up }] };
    expect(clearNeighbors(sessions, hard(up, "new kernel"))).toEqual(cleared);
    expect(clearNeighbors(sessions, { mode: "soft", neighbor: up })).toEqual(cleared);
    expect(clearNeighbors(sessions, { mode: "soft-out", neighbor: up })).toEqual(cleared);
    expect(sessions.calls.map(([, options]) => options)).toEqual([
      { mode: "hard", message: "new kernel" },
      { mode: "soft-in" },
      { mode: "soft-out" },
      { mode: "soft-out" },
    ]);
  });

  test.each([
    ["one that is not there", hard(parseIpAddress("10.0.9.7")), "NotFound", "10.0.9.7"],
    ["one without a session", { mode: "soft-in", neighbor: down }, "Conflict", "10.0.9.2"],
    ["one that is shut down", hard(shut), "Conflict", "shut down by the configuration"],
    ["a text that is too long", hard(up, "x".repeat(256)), "BadRequest", "256 octets"],
  ] as const)("refuses %s", (_what, request, reason, words) => {
    const sessions = new Sessions(up, down, shut);
    expect(() => clearNeighbors(sessions, request)).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(words) }),
    );
    expect(sessions.calls).toEqual([]);
  });

  test("hands on what is no refusal", () => {
    const broken: ClearableSpeaker = {
      summary: () => new Sessions().summary(),
      clear: () => {
        throw new SpeakerError("already-started", "a broken invariant");
      },
    };
    expect(() => clearNeighbors(broken, hard(up))).toThrow("a broken invariant");
  });
});

describe("clearing all neighbours", () => {
  test("tells what became of each, in the order of their addresses", () => {
    const sessions = new Sessions(shut, up, down);
    expect(clearNeighbors(sessions, { mode: "soft-in", neighbor: "all" })).toEqual({
      neighbors: [
        { kind: "cleared", address: up },
        { kind: "refused", address: down, reason: expect.stringContaining(down) },
        { kind: "refused", address: shut, reason: expect.stringContaining("shut down") },
      ],
    });
    expect(sessions.calls).toEqual([[up, { mode: "soft-in" }]]);
  });

  test("is refused as a whole for a text that is too long, and without neighbours", () => {
    expect(() => clearNeighbors(new Sessions(up, down), hard("all", "x".repeat(256)))).toThrow(
      expect.objectContaining({ reason: "BadRequest" }),
    );
    expect(() => clearNeighbors(new Sessions(), hard("all"))).toThrow(
      expect.objectContaining({ reason: "NotFound" }),
    );
  });
});
