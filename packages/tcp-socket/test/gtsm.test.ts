/** GTSM (RFC 5082): the neighbour on the link is let in, one behind a router is not. */
import { parseIpPrefix } from "@selvedge/net";
import { NetworkNamespace } from "@selvedge/netlink";
import { describe, expect, test } from "vitest";
import { connectAndLeave, connectIn, counter, eventually, listenIn, makeRow } from "./lab.ts";

const ONE_HOP = { ttl: 255, minimumTtl: 255 };
const TWO_HOPS = { ttl: 255, minimumTtl: 254 };

const FAMILIES = [
  { version: 4, any: "0.0.0.0", here: "10.0.2.1", near: "10.0.2.2", far: "10.0.1.1" },
  {
    version: 6,
    any: "::",
    here: "2001:db8:2::1",
    near: "2001:db8:2::2",
    far: "2001:db8:1::1",
  },
];

describe.each(FAMILIES)("over IPv$version", ({ any, here, near, far }) => {
  const range = any === "::" ? "::/0" : "0.0.0.0/0";

  test("a peer on the link connects with a TTL of 255", async () => {
    const { middle, right } = makeRow();
    const ear = listenIn(right, any, { [range]: ONE_HOP });
    const { events } = connectIn(middle, here, ear.listener.port, ONE_HOP);
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    ear.accepted[0]?.socket.write("near");
    await eventually(() => expect(events).toEqual(["connect", "near"]));
    expect(ear.accepted[0]?.remote.address).toBe(near);
  });

  test("a peer behind a router is closed unread, whatever TTL it sends with", async () => {
    const { left, right } = makeRow();
    const ear = listenIn(right, any, { [range]: ONE_HOP });
    connectIn(left, here, ear.listener.port, { ttl: 255 }).socket.write("evil");
    await eventually(() =>
      expect(ear.refused).toEqual([`${far}: its TTL is 254; 255 is the least (RFC 5082)`]),
    );
    expect(ear.accepted).toEqual([]);
  });

  test("a peer behind a router connects where two hops are allowed", async () => {
    const { left, right } = makeRow();
    const ear = listenIn(right, any, { [range]: TWO_HOPS });
    const { events } = connectIn(left, here, ear.listener.port, TWO_HOPS);
    await eventually(() => expect(ear.accepted).toHaveLength(1));
    await eventually(() => expect(events).toEqual(["connect"]));
  });

  test("an answer from behind a router is dropped by the kernel of who connects", async () => {
    const { left, right } = makeRow();
    const ear = listenIn(right, any, { [range]: { ttl: 255 } });
    const { events } = connectIn(left, here, ear.listener.port, ONE_HOP);
    await eventually(() => expect(counter(left, "TcpExtTCPMinTTLDrop")).toBeGreaterThan(0));
    expect(events).toEqual([]);
  });

  test("a SYN with a TTL of 1, as eBGP sends it, does not pass the router", async () => {
    const { left, right } = makeRow();
    const ear = listenIn(right, any);
    const { events } = connectIn(left, here, ear.listener.port, { ttl: 1 });
    const told = any === "::" ? "Icmp6InTimeExcds" : "IcmpInTimeExcds";
    await eventually(() => expect(counter(left, told)).toBeGreaterThan(0));
    expect(ear.accepted).toEqual([]);
    expect(events).not.toContain("connect");
  });
});

test("a peer that was answered by a SYN cookie is closed unread, and the reason is that", async () => {
  const { middle, right } = makeRow();
  using namespace = NetworkNamespace.open(right);
  // Not only under a flood, but always.
  namespace.setSysctl("net/ipv4/tcp_syncookies", "2");
  const ear = listenIn(right, "0.0.0.0", { "0.0.0.0/0": ONE_HOP });
  connectIn(middle, "10.0.2.1", ear.listener.port, ONE_HOP);
  await eventually(() => expect(ear.refused).toHaveLength(1));
  expect(ear.refused[0]).toContain("its distance is unknown");
  expect(ear.refused[0]).toContain("SYN cookies");
});

test("a peer whose connection came before GTSM was asked for is closed unread as well", async () => {
  const { left, right } = makeRow();
  const ear = listenIn(right, "0.0.0.0", { "10.0.1.1/32": {} });
  connectAndLeave(left, "10.0.2.1", ear.listener.port);
  ear.listener.setPeer(parseIpPrefix("10.0.1.1/32"), ONE_HOP);
  await eventually(() => expect(ear.refused).toHaveLength(1));
  expect(ear.refused[0]).toMatch(/its TTL is 6\d/);
});
