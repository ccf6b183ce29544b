import { DEFAULT_CONTEXT, encodeKeepalive, encodeUpdate } from "@selvedge/bgp-evpn";
import {
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
} from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { run } from "../run.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const UPDATE = hex(
  encodeUpdate(
    {
      attributes: [
        { kind: "mp-reach" },
        { kind: "origin", origin: "igp" },
        { kind: "as-path", segments: [] },
        { kind: "local-pref", value: 100 },
        {
          kind: "extended-communities",
          communities: [
            { kind: "route-target", target: parseRouteTarget("65000:5001") },
            { kind: "router-mac", mac: parseMacAddress("02:00:0a:00:01:01") },
          ],
        },
      ],
      announced: [
        {
          carriedIn: "mp-reach",
          family: "l2vpn-evpn",
          nextHop: parseIpAddress("10.0.1.1"),
          routes: [
            {
              kind: "ip-prefix",
              routeType: 5,
              rd: parseRouteDistinguisher("10.0.1.1:1"),
              esi: "00:00:00:00:00:00:00:00:00:00",
              ethernetTag: 0,
              prefix: parseIpPrefix("2001:db8:1::11/128"),
              gateway: parseIpAddress("::"),
              label: 5001,
            },
          ],
        },
      ],
      withdrawn: [],
    },
    DEFAULT_CONTEXT,
  ),
);

const decode = async (stdin: string, ...options: string[]): Promise<unknown[]> => {
  const { exitCode, stdout } = await run(["bgp", "decode", ...options], stdin);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout);
};

describe("selvedge bgp decode", () => {
  test("prints one or many messages, whatever the line breaks", async () => {
    const text = `${UPDATE}${hex(encodeKeepalive())}`.replace(/(.{7})/g, "$1\n  ");
    const messages = await decode(text);
    expect(messages).toMatchObject([
      {
        kind: "update",
        treatment: "accept",
        announced: [
          {
            family: "l2vpn-evpn",
            routes: [
              {
                routeType: 5,
                rd: "10.0.1.1:1",
                prefix: "2001:db8:1::11/128",
                gateway: "::",
                label: 5001,
              },
            ],
          },
        ],
      },
      { kind: "keepalive" },
    ]);
  });

  test("prints what is malformed with the action that RFC 7606 asks for", async () => {
    // ORIGIN 0 becomes 9, which is no origin.
    const wrong = UPDATE.replace("40010100", "40010109");
    expect(wrong).not.toBe(UPDATE);
    const [message] = await decode(wrong);
    expect(message).toMatchObject({
      kind: "update",
      treatment: "treat-as-withdraw",
      errors: [{ attribute: "ORIGIN", treatment: "treat-as-withdraw" }],
    });
  });

  test("prints an unknown attribute and an unknown route type as hex", async () => {
    const attributes = "c0630401020304" + "800e0f0019460400000000" + "00" + "63020102" + "00";
    const length = (attributes.length / 2).toString(16).padStart(4, "0");
    const total = (23 + attributes.length / 2).toString(16).padStart(4, "0");
    const [message] = await decode(`${"ff".repeat(16)}${total}020000${length}${attributes}`);
    expect(JSON.stringify(message)).toContain('"type":99,"value":"01020304"');
  });

  test("prints what is cut short as such, and the session reset of a bad header", async () => {
    expect(await decode(UPDATE.slice(0, 60))).toMatchObject([{ kind: "truncated" }]);
    expect(await decode("00".repeat(19))).toMatchObject([
      { kind: "malformed", treatment: "session-reset", code: 1, subcode: 1 },
    ]);
  });

  test("takes LOCAL_PREF from an external neighbour as RFC 7606 says: discarded", async () => {
    const [message] = await decode(UPDATE, "--ebgp");
    expect(message).toMatchObject({ errors: [{ treatment: "attribute-discard" }] });
  });

  test("refuses input that is no hexadecimal text", async () => {
    const { exitCode, stderr } = await run(["bgp", "decode"], "not a message");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("no hexadecimal digit");
  });
});
