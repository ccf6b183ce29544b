import { describe, expect, it } from "vitest";
import {
  isPlainSocket,
  peerSocketOptions,
  sameSocketOptions,
  type TransportOptions,
} from "../../src/session/peer-socket.ts";

const external = (options: TransportOptions) => peerSocketOptions("neighbour x", options, true);
const internal = (options: TransportOptions) => peerSocketOptions("neighbour x", options, false);

describe("the socket of a neighbour", () => {
  it("is a plain one within the AS", () => {
    expect(isPlainSocket(internal({}))).toBe(true);
  });

  it("reaches one hop towards another AS, or as many as are allowed", () => {
    expect(external({})).toMatchObject({ ttl: 1, minimumTtl: undefined });
    expect(external({ ebgpMultihop: 4 })).toMatchObject({ ttl: 4, minimumTtl: undefined });
  });

  it("sends with a TTL of 255 and takes none below the allowed hops with TTL security, in both kinds of session", () => {
    for (const make of [external, internal]) {
      expect(make({ ttlSecurity: 1 })).toMatchObject({ ttl: 255, minimumTtl: 255 });
      expect(make({ ttlSecurity: 254 })).toMatchObject({ ttl: 255, minimumTtl: 2 });
    }
  });

  it("has the password and the interface", () => {
    const socket = internal({ password: "secret", sourceInterface: "eth0.100" });
    expect(socket).toMatchObject({ password: "secret", device: "eth0.100" });
    expect(isPlainSocket(socket)).toBe(false);
  });

  it("is another one after a change of any option", () => {
    const options = { password: "a", ttlSecurity: 1, sourceInterface: "eth0" };
    const changes = [{ password: "b" }, { ttlSecurity: 2 }, { sourceInterface: "eth1" }];
    expect(sameSocketOptions(internal(options), internal(options))).toBe(true);
    for (const change of changes) {
      expect(sameSocketOptions(internal(options), internal({ ...options, ...change }))).toBe(false);
    }
    expect(sameSocketOptions(external({}), external({ ebgpMultihop: 2 }))).toBe(false);
  });

  it.each<[TransportOptions, string]>([
    [{ password: "" }, "password has 0 octets; it must have 1 to 80"],
    [{ password: "\u00e9".repeat(41) }, "password has 82 octets; it must have 1 to 80"],
    [{ ttlSecurity: 0 }, "ttlSecurity is 0; it must be 1 to 254 hops"],
    [{ ttlSecurity: 255 }, "ttlSecurity is 255; it must be 1 to 254 hops"],
    [{ ttlSecurity: 1.5 }, "ttlSecurity is 1.5; it must be 1 to 254 hops"],
    [{ ebgpMultihop: 0 }, "ebgpMultihop is 0; it must be 1 to 255 hops"],
    [{ ebgpMultihop: 256 }, "ebgpMultihop is 256; it must be 1 to 255 hops"],
    [{ ebgpMultihop: 2, ttlSecurity: 2 }, "ttlSecurity and ebgpMultihop exclude each other"],
    [{ sourceInterface: "" }, 'sourceInterface is ""; that is no name of an interface'],
    [{ sourceInterface: "a/b" }, 'sourceInterface is "a/b"'],
    [{ sourceInterface: ".." }, 'sourceInterface is ".."'],
    [{ sourceInterface: "sixteen-octets-x" }, 'sourceInterface is "sixteen-octets-x"'],
  ])("refuses %j", (options, reason) => {
    expect(() => external(options)).toThrow(`neighbour x: ${reason}`);
    expect(() => external(options)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });

  it("refuses multihop within the AS, where no TTL is limited", () => {
    expect(() => internal({ ebgpMultihop: 2 })).toThrow("for neighbours of another AS");
  });

  it("does not tell the password in a refusal", () => {
    const password = "hunter2".repeat(20);
    expect(() => external({ password })).toThrow(/^(?!.*hunter2)/);
  });
});
