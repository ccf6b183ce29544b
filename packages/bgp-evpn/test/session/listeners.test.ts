import { type IpPrefix, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, it } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import type { Endpoint, Transport } from "../../src/session/connection.ts";
import { Listeners } from "../../src/session/listeners.ts";
import { type PeerSocketOptions, peerSocketOptions } from "../../src/session/peer-socket.ts";

const endpoint = (address: string, port = 179): Endpoint => ({
  address: parseIpAddress(address),
  port,
});
const NONE = peerSocketOptions("", {}, false);
const withPassword = (password: string) => peerSocketOptions("", { password }, false);
const A = parseIpPrefix("10.0.0.1/32");
const RANGE = parseIpPrefix("10.0.0.0/8");
const refusal = new SpeakerError("socket-option-refused", "no");

/** What each listener has been told, as "address prefix password"; listeners on port 1 refuse passwords. */
const world = () => {
  const told: string[] = [];
  const faults = { check: false, listenOn: "" };
  const transport: Transport = {
    check: () => {
      if (faults.check) throw refusal;
    },
    connect: () => {
      throw new Error("nobody connects here");
    },
    listen: (at, peers) => {
      if (at.address === faults.listenOn) return Promise.reject(refusal);
      const note = (prefix: IpPrefix, options: PeerSocketOptions | undefined): void => {
        if (at.port === 1 && options?.password !== undefined) throw refusal;
        told.push(`${at.address} ${prefix} ${options?.password}`);
      };
      for (const [prefix, options] of peers) note(prefix, options);
      return Promise.resolve({
        ...at,
        setPeer: note,
        close: () => {
          told.push(`${at.address} closed`);
          return Promise.resolve();
        },
      });
    },
  };
  const events = { onConnection: () => undefined, onRefused: () => undefined };
  const listeners = new Listeners(transport, events);
  return { told, faults, listeners };
};

describe("the listeners of a speaker", () => {
  it("know the peers that were set before, while and after they were opened", async () => {
    const { told, listeners } = world();
    listeners.setPeer(A, withPassword("before"));
    const opening = listeners.open([endpoint("10.0.0.9"), endpoint("10.0.0.8")]);
    listeners.setPeer(A, withPassword("while"));
    await opening;
    expect(told.at(-1)).toBe("10.0.0.8 10.0.0.1/32 while");
    expect(told.filter((line) => line.startsWith("10.0.0.9")).at(-1)).toMatch(/while$/);
    listeners.setPeer(A, withPassword("after"));
    listeners.removePeer(A);
    expect(told.slice(-4)).toEqual([
      "10.0.0.9 10.0.0.1/32 after",
      "10.0.0.8 10.0.0.1/32 after",
      "10.0.0.9 10.0.0.1/32 undefined",
      "10.0.0.8 10.0.0.1/32 undefined",
    ]);
    expect(listeners.endpoints).toEqual([endpoint("10.0.0.9"), endpoint("10.0.0.8")]);
  });

  it("are told nothing that they know, and nothing of a peer that is not there", async () => {
    const { told, listeners } = world();
    await listeners.open([endpoint("10.0.0.9")]);
    listeners.setPeer(A, NONE);
    listeners.setPeer(A, peerSocketOptions("", {}, false));
    listeners.removePeer(RANGE);
    expect(told).toEqual(["10.0.0.9 10.0.0.1/32 undefined"]);
  });

  it("keep the old options when the transport cannot do the new ones", async () => {
    const { told, faults, listeners } = world();
    listeners.setPeer(A, NONE);
    faults.check = true;
    expect(() => listeners.setPeer(A, withPassword("x"))).toThrow(refusal);
    await listeners.open([endpoint("10.0.0.9")]);
    expect(told.every((line) => line.endsWith("undefined"))).toBe(true);
  });

  it("take the new options back from those that had them when another one refuses", async () => {
    const { told, listeners } = world();
    await listeners.open([endpoint("10.0.0.9"), endpoint("10.0.0.8", 1)]);
    expect(() => listeners.setPeer(A, withPassword("x"))).toThrow(refusal);
    expect(told).toEqual(["10.0.0.9 10.0.0.1/32 x", "10.0.0.9 10.0.0.1/32 undefined"]);
  });

  it("are all closed when one of them cannot be opened", async () => {
    const { told, faults, listeners } = world();
    faults.listenOn = "10.0.0.8";
    await expect(listeners.open([endpoint("10.0.0.9"), endpoint("10.0.0.8")])).rejects.toBe(
      refusal,
    );
    expect(told).toEqual(["10.0.0.9 closed"]);
    expect(listeners.endpoints).toEqual([]);
  });

  it("refuse a peer without a password in a range with one, whichever comes first", () => {
    const message = "10.0.0.1/32 has no password, but the range 10.0.0.0/8 around it has one";
    const one = world().listeners;
    one.setPeer(RANGE, withPassword("secret"));
    expect(() => one.setPeer(A, NONE)).toThrow(message);
    const other = world().listeners;
    other.setPeer(A, NONE);
    expect(() => other.setPeer(RANGE, withPassword("secret"))).toThrow(message);
    expect(() => other.setPeer(RANGE, withPassword("secret"))).toThrow(/^(?!.*secret)/);
    other.removePeer(A);
    other.setPeer(RANGE, withPassword("secret"));
  });

  it("let a peer and the range around it have different passwords, or the range none", () => {
    const { listeners } = world();
    listeners.setPeer(RANGE, withPassword("many"));
    listeners.setPeer(A, withPassword("one"));
    listeners.removePeer(A);
    listeners.setPeer(RANGE, NONE);
    listeners.setPeer(A, withPassword("one"));
    listeners.setPeer(parseIpPrefix("11.0.0.1/32"), NONE);
  });
});
