import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type IpAddress, parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import type { PathState } from "../src/measure-path.ts";
import { PathMonitor } from "../src/path-monitor.ts";

const ip = parseIpAddress;
const prefix = `svt-pmtu-${process.pid}-${randomBytes(3).toString("hex")}`;
/** The beginnings of addresses on the two links, and prefix lengths. */
const NETWORKS = {
  4: { first: "192.0.2.", second: "198.51.100.", length: 24, host: 32 },
  6: { first: "2001:db8:a::", second: "2001:db8:b::", length: 64, host: 128 },
} as const;

function run(line: string): void {
  const [command = "", ...args] = line.split(" ");
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
}

/** `near` and `far`, each on a link of its own to `router`. */
describe.each([4, 6] as const)("IPv%i paths over a router", (family) => {
  const [near, router, far] = ["near", "router", "far"].map((name) => `${prefix}-${name}${family}`);
  const { first, second, length, host } = NETWORKS[family];
  const [NEAR, FAR] = [ip(`${first}1`), ip(`${second}2`)];
  const [ROUTER, NOBODY] = [ip(`${first}254`), ip(`${second}77`)];
  let namespace: NetworkNamespace | undefined;

  beforeAll(async () => {
    if (process.getuid?.() !== 0) throw new Error("raw sockets and namespaces need root");
    await primeThreadPool();
    for (const name of [near, router, far]) NetworkNamespace.create(name ?? "").close();
    run(`ip -n ${near} link add uplink type veth peer name port1 netns ${router}`);
    run(`ip -n ${far} link add uplink type veth peer name port2 netns ${router}`);
    for (const [name, device, address] of [
      [near, "uplink", `${NEAR}/${length}`],
      [router, "port1", `${ROUTER}/${length}`],
      [router, "port2", `${second}254/${length}`],
      [far, "uplink", `${FAR}/${length}`],
    ]) {
      const options = family === 6 ? " nodad" : "";
      run(`ip -n ${name} address add ${address} dev ${device}${options}`);
      run(`ip -n ${name} link set ${device} up`);
    }
    run(`ip -n ${near} route add default via ${ROUTER}`);
    run(`ip -n ${far} route add default via ${second}254`);
    for (const setting of [
      "net.ipv4.ip_forward=1",
      "net.ipv4.icmp_ratelimit=0",
      "net.ipv6.conf.all.forwarding=1",
      "net.ipv6.icmp.ratelimit=0",
    ]) {
      run(`ip netns exec ${router} sysctl -qw ${setting}`);
    }
    namespace = NetworkNamespace.open(near ?? "");
  });

  afterAll(() => {
    namespace?.close();
    for (const name of NetworkNamespace.list()) {
      if (name.startsWith(prefix)) NetworkNamespace.delete(name);
    }
  });

  beforeEach(() => {
    for (const [name, device] of [
      [near, "uplink"],
      [router, "port1"],
      [router, "port2"],
      [far, "uplink"],
    ]) {
      run(`ip -n ${name} link set ${device} mtu 1500`);
    }
  });

  function monitor(options: { readonly interval?: number; readonly timeout?: number } = {}) {
    const changes: [IpAddress, PathState][] = [];
    const started = new PathMonitor({
      local: NEAR,
      required: 1500,
      ...(namespace && { namespace }),
      interval: options.interval ?? 60_000,
      timeout: options.timeout ?? 1000,
      onChange: (destination, state) => changes.push([destination, state]),
    });
    onTestFinished(() => started.close());
    return { monitor: started, changes };
  }

  const soon = (expectation: () => void) =>
    vi.waitFor(expectation, { timeout: 20_000, interval: 10 });

  test("that carry what is required are found with one exchange", async () => {
    const { monitor: paths, changes } = monitor();
    paths.follow(new Set([FAR, ROUTER]));
    expect(paths.state(FAR)).toBeUndefined();
    await soon(() => expect(changes).toHaveLength(2));
    expect(paths.state(FAR)).toEqual({ kind: "carries", octets: 1500 });
    expect(paths.state(ROUTER)).toEqual({ kind: "carries", octets: 1500 });
  });

  test("with a link that is too small are named with its router and its size", async () => {
    run(`ip -n ${router} link set port2 mtu 1400`);
    run(`ip -n ${far} link set uplink mtu 1400`);
    const { monitor: paths } = monitor();
    paths.follow(new Set([FAR]));
    await soon(() =>
      expect(paths.state(FAR)).toEqual({
        kind: "too small",
        octets: 1400,
        required: 1500,
        reportedBy: ROUTER,
      }),
    );
  });

  test("that lose large packets without a word are found too", async () => {
    // The switch of real life: its port takes less than both ends think.
    run(`ip netns exec ${router} nft add table netdev t`);
    run(
      `ip netns exec ${router} nft add chain netdev t c { type filter hook ingress device port1 priority 0; }`,
    );
    run(`ip netns exec ${router} nft add rule netdev t c meta length > 1450 drop`);
    onTestFinished(() => run(`ip netns exec ${router} nft delete table netdev t`));
    const { monitor: paths } = monitor({ timeout: 60 });
    paths.follow(new Set([FAR]));
    await soon(() => expect(paths.state(FAR)).toMatchObject({ kind: "too small", octets: 1450 }));
    expect(paths.state(FAR)).toMatchObject({ reportedBy: undefined });
  });

  test("over a device that is too small itself are found without sending", async () => {
    run(`ip -n ${near} link set uplink mtu 1300`);
    const { monitor: paths } = monitor();
    paths.follow(new Set([FAR]));
    await soon(() =>
      expect(paths.state(FAR)).toMatchObject({
        kind: "too small",
        octets: 1300,
        reportedBy: undefined,
      }),
    );
  });

  test("to addresses of the other family are none", async () => {
    const { monitor: paths, changes } = monitor();
    const other = ip(`${NETWORKS[family === 4 ? 6 : 4].second}2`);
    paths.follow(new Set([other, FAR]));
    await soon(() => expect(paths.state(FAR)?.kind).toBe("carries"));
    expect(changes).toHaveLength(1);
    expect(paths.state(other)).toBeUndefined();
  });

  test("that are silent are called that", async () => {
    const { monitor: paths } = monitor({ timeout: 20 });
    paths.follow(new Set([NOBODY]));
    await soon(() => expect(paths.state(NOBODY)).toEqual({ kind: "silent" }));
  });

  test("are measured again, and each change is told once", async () => {
    const { monitor: paths, changes } = monitor({ interval: 20 });
    paths.follow(new Set([FAR]));
    await soon(() => expect(changes).toHaveLength(1));
    run(`ip -n ${router} link set port2 mtu 1400`);
    run(`ip -n ${far} link set uplink mtu 1400`);
    await soon(() => expect(changes).toHaveLength(2));
    run(`ip -n ${router} link set port2 mtu 1500`);
    run(`ip -n ${far} link set uplink mtu 1500`);
    await soon(() => expect(changes).toHaveLength(3));
    expect(changes.map(([, { kind }]) => kind)).toEqual(["carries", "too small", "carries"]);
  });

  test("that are followed no more are forgotten, also in the middle of a measurement", async () => {
    const { monitor: paths, changes } = monitor({ timeout: 50 });
    paths.follow(new Set([NOBODY, FAR]));
    paths.follow(new Set([FAR]));
    await soon(() => expect(changes).toHaveLength(1));
    expect(paths.state(NOBODY)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(changes.map(([destination]) => destination)).toEqual([FAR]);
  });

  test("a hundred of them are measured a few at a time, all of them", async () => {
    const many = Array.from({ length: 100 }, (_, i) => ip(`${first}${i + 101}`));
    const options = family === 6 ? " nodad" : "";
    for (const address of many) {
      run(`ip -n ${router} address add ${address}/${host} dev port1${options}`);
    }
    const { monitor: paths } = monitor({ timeout: 100 });
    paths.follow(new Set(many));
    await soon(() => {
      expect(many.every((path) => paths.state(path)?.kind === "carries")).toBe(true);
    });
  });

  test("an address that the host does not have is refused with the reason", () => {
    const stranger = ip(`${second}9`);
    expect(
      () =>
        new PathMonitor({
          local: stranger,
          required: 1500,
          ...(namespace && { namespace }),
          interval: 1000,
          onChange: () => undefined,
        }),
    ).toThrow(`echo requests from ${stranger}: address not available`);
  });
});
