/** Sockets made here behave as Node's own. */
import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { checkOptions } from "../src/check.ts";
import { connectTcp } from "../src/connect.ts";
import { TcpSocketError } from "../src/errors.ts";
import { TcpListener } from "../src/listener.ts";
import { connectIn, eventually, listenIn, makeRow, runIn } from "./lab.ts";

const TYPE_OF_SERVICE = 0xc0;

/** "operation code" of the TcpSocketError that `work` throws. */
const failure = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof TcpSocketError) return `${error.operation} ${error.code}`;
    throw error;
  }
  return "nothing";
};

describe("a connection", () => {
  test("has the local address and the type of service that were asked for", async () => {
    const ear = listenIn(undefined, "127.0.0.1");
    const { socket } = connectIn(undefined, "127.0.0.1", ear.listener.port, {
      localAddress: parseIpAddress("127.0.0.9"),
      typeOfService: TYPE_OF_SERVICE,
    });
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    expect(ear.accepted[0]?.remote).toEqual({ address: "127.0.0.9", port: socket.localPort });
    expect(socket.getTypeOfService()).toBe(TYPE_OF_SERVICE);
  });

  test("is refused where nobody listens", async () => {
    const ear = listenIn(undefined, "::1");
    ear.listener.close();
    const { events } = connectIn(undefined, "::1", ear.listener.port);
    await eventually(() => expect(events).toEqual(["ECONNREFUSED", "close"]));
  });

  test("can be given up while it is on its way", async () => {
    const { left } = makeRow();
    const { socket, events } = connectIn(left, "10.0.1.99", 179);
    setImmediate(() => socket.destroy());
    await eventually(() => expect(events).toEqual(["close"]));
  });

  test("cannot be had from an address that the machine does not have, and leaves no socket", () => {
    const target = { address: parseIpAddress("127.0.0.1"), port: 1 };
    const localAddress = parseIpAddress("192.0.2.1");
    expect(failure(() => connectTcp({ ...target, localAddress }))).toBe("bind EADDRNOTAVAIL");
    expect(failure(() => connectTcp({ ...target, device: "no-such-dev" }))).toBe("device ENODEV");
    expect(failure(() => connectTcp({ ...target, networkNamespace: "svt-none" }))).toBe(
      "namespace ENOENT",
    );
  });

  test("goes to a link-local address over its device, and is known there by the device", async () => {
    const { left, middle } = makeRow();
    const ear = listenIn(middle, "::", { "fe80::/64": { device: "eth1", ttl: 255 } });
    const said = runIn(left, "connect.ts", "fe80::2", String(ear.listener.port), "eth0");
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    expect(ear.accepted[0]?.remote.address).toMatch(/^fe80::/);
    expect(await said).toBe("connected\n");
  });

  test("to a link-local address needs a device, and cannot be had in another namespace", () => {
    const { left } = makeRow();
    const target = { address: parseIpAddress("fe80::2"), port: 179 };
    expect(failure(() => connectTcp(target))).toBe("link-local EINVAL");
    const there = { ...target, device: "eth0", networkNamespace: left };
    expect(failure(() => connectTcp(there))).toBe("link-local EINVAL");
  });
});

describe("a listener", () => {
  test("closes a link-local peer that comes over another device than its own", async () => {
    const { left, middle } = makeRow();
    const ear = listenIn(middle, "::", { "fe80::/64": { device: "eth2" } });
    await runIn(left, "connect.ts", "fe80::2", String(ear.listener.port), "eth0");
    await eventually(() => expect(ear.refused).toHaveLength(1));
    expect(ear.refused[0]).toMatch(/^fe80::.*: it came over eth1, not over eth2$/);
  });

  test("says that its port is taken, and that its address is not here", () => {
    const ear = listenIn(undefined, "127.0.0.1");
    const events = { onConnection: () => undefined, onRefused: () => undefined };
    const open = (address: string, port: number) => () =>
      TcpListener.open({ address: parseIpAddress(address), port }, {}, [], events);
    expect(failure(open("127.0.0.1", ear.listener.port))).toBe("bind EADDRINUSE");
    expect(failure(open("192.0.2.1", 0))).toBe("bind EADDRNOTAVAIL");
  });

  test("takes IPv6 only, so that IPv4 can be listened on apart", async () => {
    const ear = listenIn(undefined, "::");
    const { events } = connectIn(undefined, "127.0.0.1", ear.listener.port);
    await eventually(() => expect(events).toEqual(["ECONNREFUSED", "close"]));
    const other = connectIn(undefined, "::1", ear.listener.port);
    await eventually(() => expect(other.events).toEqual(["connect"]));
  });

  test("hears nothing any more once it is closed, also twice", async () => {
    const ear = listenIn(undefined, "127.0.0.1");
    ear.listener.close();
    ear.listener.close();
    const { events } = connectIn(undefined, "127.0.0.1", ear.listener.port);
    await eventually(() => expect(events).toContain("ECONNREFUSED"));
    expect(ear.accepted).toEqual([]);
  });

  test("delivers nothing before somebody reads", async () => {
    const ear = listenIn(undefined, "127.0.0.1");
    const { socket } = connectIn(undefined, "127.0.0.1", ear.listener.port);
    socket.write("early");
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    const heard: string[] = [];
    ear.accepted[0]?.socket.on("data", (data) => heard.push(String(data)));
    ear.accepted[0]?.socket.resume();
    await eventually(() => expect(heard).toEqual(["early"]));
  });
});

test("a check passes what this kernel can do, for a device that is not there yet too", () => {
  const peer = { md5Key: "secret", ttl: 255, minimumTtl: 255, device: "not-yet" };
  for (const prefix of ["10.0.0.1/32", "10.0.0.0/8", "::/0", "fe80::1/128"]) {
    checkOptions(parseIpPrefix(prefix), peer, {});
  }
  const nowhere = { networkNamespace: "svt-none" };
  expect(failure(() => checkOptions(parseIpPrefix("10.0.0.1/32"), peer, nowhere))).toBe(
    "namespace ENOENT",
  );
});
