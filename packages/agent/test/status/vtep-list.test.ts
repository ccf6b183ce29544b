import { parseIpAddress } from "@selvedge/net";
import type { PathState } from "@selvedge/path-mtu";
import { describe, expect, test } from "vitest";
import { vtepListDocument } from "../../src/status/vtep-list.ts";

const ip = parseIpAddress;
const LOCAL = { address: ip("10.0.1.11"), underlayMtu: 1500 };
const [H2, SWITCH] = [ip("10.0.2.12"), ip("10.0.10.1")];

const listOf = (states: ReadonlyMap<string, PathState> = new Map()) =>
  vtepListDocument({
    local: LOCAL,
    remote: new Map([
      [SWITCH, ["red/main"]],
      [H2, ["red/main", "blue/main"]],
    ]),
    hosts: new Map([["h2", H2]]),
    state: (vtep) => states.get(vtep),
  });

describe("remote VTEPs as a document", () => {
  test("stand in the order of their addresses, with their Host and their VRFs", () => {
    expect(listOf()).toEqual({
      local: { vtepIp: "10.0.1.11", underlayMtu: 1500 },
      vteps: [
        { vtepIp: "10.0.2.12", host: "h2", vrfs: ["blue/main", "red/main"], path: "Unknown" },
        { vtepIp: "10.0.10.1", vrfs: ["red/main"], path: "Unknown" },
      ],
    });
  });

  test.each<[PathState, object]>([
    [
      { kind: "carries", octets: 1500 },
      { path: "Carries", pathMtu: 1500 },
    ],
    [{ kind: "silent" }, { path: "Silent" }],
    [
      { kind: "too small", octets: 1400, required: 1500, reportedBy: ip("10.0.2.1") },
      {
        path: "TooSmall",
        pathMtu: 1400,
        reason:
          "the path from 10.0.1.11 to VTEP 10.0.2.12 carries 1400 of 1500 octets (says 10.0.2.1): larger packets are lost; raise the MTU on the way, or lower that of the underlay's device",
      },
    ],
  ])("with a path in state %j show %j", (state, expected) => {
    expect(listOf(new Map([[H2, state]])).vteps[0]).toMatchObject(expected);
  });

  test("are none without a VRF", () => {
    const hosts = new Map([["h2", H2]]);
    const state = () => undefined;
    expect(vtepListDocument({ local: undefined, remote: new Map(), hosts, state })).toEqual({
      vteps: [],
    });
  });
});
