/** TCP-MD5 between two namespaces. That a connection does not come about is told by the kernel's counters of drops. */
import { parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { connectAndLeave, connectIn, counter, eventually, listenIn, makeRow } from "./lab.ts";

const FAMILIES = [
  { version: 4, here: "10.0.1.2", there: "10.0.1.1/32", range: "10.0.0.0/16" },
  { version: 6, here: "2001:db8:1::2", there: "2001:db8:1::1/128", range: "2001:db8::/32" },
];

describe.each(FAMILIES)("TCP-MD5 over IPv$version", ({ here, there, range }) => {
  test("connects peers that have the same key, and carries data both ways", async () => {
    const { left, middle } = makeRow();
    const ear = listenIn(middle, here, { [there]: { md5Key: "secret" } });
    const { socket, events } = connectIn(left, here, ear.listener.port, { md5Key: "secret" });
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    ear.accepted[0]?.socket.resume();
    ear.accepted[0]?.socket.write("signed");
    socket.write("too");
    await eventually(() => expect(events).toEqual(["connect", "signed"]));
    expect(ear.accepted[0]?.remote.address).toBe(there.split("/")[0]);
  });

  test.each([
    ["another key", { md5Key: "Secret" }, "TcpExtTCPMD5Failure"],
    ["no key", {}, "TcpExtTCPMD5NotFound"],
  ])("drops the SYNs of a peer with %s", async (_, options, drops) => {
    const { left, middle } = makeRow();
    const ear = listenIn(middle, here, { [there]: { md5Key: "secret" } });
    const { events } = connectIn(left, here, ear.listener.port, options);
    await eventually(() => expect(counter(middle, drops)).toBeGreaterThan(0));
    expect(ear.accepted).toHaveLength(0);
    expect(events).toEqual([]);
  });

  test("drops the SYNs of a peer that has a key where none is expected", async () => {
    const { left, middle } = makeRow();
    const ear = listenIn(middle, here);
    const { events } = connectIn(left, here, ear.listener.port, { md5Key: "secret" });
    await eventually(() => expect(counter(middle, "TcpExtTCPMD5Unexpected")).toBeGreaterThan(0));
    expect(ear.accepted).toHaveLength(0);
    expect(events).toEqual([]);
  });

  test("has one key for a whole prefix, and another for an address in it", async () => {
    const { left, middle, right } = makeRow();
    const ear = listenIn(middle, here.includes(":") ? "::" : "0.0.0.0", {
      [range]: { md5Key: "many" },
      [there]: { md5Key: "one" },
    });
    connectIn(right, here, ear.listener.port, { md5Key: "many" });
    connectIn(left, here, ear.listener.port, { md5Key: "one" });
    await eventually(() => expect(ear.accepted).toHaveLength(2));
    connectIn(left, here, ear.listener.port, { md5Key: "many" });
    await eventually(() => expect(counter(middle, "TcpExtTCPMD5Failure")).toBeGreaterThan(0));
    expect(ear.accepted).toHaveLength(2);
  });

  test("takes a new key for connections from then on; old ones keep theirs", async () => {
    const { left, middle } = makeRow();
    const peer = parseIpPrefix(there);
    const ear = listenIn(middle, here, { [there]: { md5Key: "old" } });
    const old = connectIn(left, here, ear.listener.port, { md5Key: "old" });
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    ear.listener.setPeer(peer, { md5Key: "new" });
    const other = connectIn(left, here, ear.listener.port, { md5Key: "new" });
    await eventually(() => expect(other.events).toEqual(["connect"]));
    ear.accepted[0]?.socket.write("still here");
    await eventually(() => expect(old.events).toEqual(["connect", "still here"]));
    ear.listener.setPeer(peer, undefined);
    const unsigned = connectIn(left, here, ear.listener.port);
    await eventually(() => expect(unsigned.events).toEqual(["connect"]));
  });
});

test("closes unread what waits to be accepted when its peer gets a key", async () => {
  const { left, middle } = makeRow();
  const ear = listenIn(middle, "10.0.1.2");
  // The handshake is the kernel's; the event loop does not run meanwhile, so nobody has accepted.
  connectAndLeave(left, "10.0.1.2", ear.listener.port);
  ear.listener.setPeer(parseIpPrefix("10.0.1.1/32"), { md5Key: "secret" });
  expect(ear.refused).toEqual(["10.0.1.1: it was made before the key of the peer changed"]);
  expect(ear.accepted).toEqual([]);
});

test("removing a key that was never set is no error", () => {
  const ear = listenIn(undefined, "127.0.0.1", { "127.0.0.2/32": {} });
  ear.listener.setPeer(parseIpPrefix("127.0.0.2/32"), undefined);
  ear.listener.setPeer(parseIpPrefix("127.0.0.3/32"), undefined);
  expect(ear.refused).toEqual([]);
});
