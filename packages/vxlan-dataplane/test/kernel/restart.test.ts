import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ROUTE_PROTOCOL } from "../../src/index.ts";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";
import { manyRoutes, victimVrf } from "./victim-world.ts";

const COUNT = 5000;

describe("an agent that is killed in the middle of its work", () => {
  let lab: Lab;
  let one: LabHost;
  let victim: ChildProcess | undefined;

  beforeEach(async () => {
    lab = await Lab.open();
    [one] = lab.addHosts();
  });

  afterEach(() => {
    victim?.kill("SIGKILL");
    lab?.close();
  });

  /** What leads where, as the kernel says: prefix and members of the next hop. */
  const routesOf = (namespace: string): Map<string, string> => {
    using opened = NetworkNamespace.open(namespace);
    using socket = RouteSocket.open(opened);
    const members = new Map(
      socket
        .nexthops({ protocol: ROUTE_PROTOCOL })
        .map(({ id, via }) => [
          id,
          via.kind === "group" ? via.members.map((member) => member.id).join() : String(id),
        ]),
    );
    return new Map(
      socket
        .routes({ protocol: ROUTE_PROTOCOL })
        .map(({ destination, via }) => [
          destination,
          via.kind === "nexthop" ? (members.get(via.id) ?? "?") : via.kind,
        ]),
    );
  };

  it("leaves everything in place, and its successor changes only what differs", async () => {
    const { namespace } = lab.vrf(one, "red/main");
    const script = fileURLToPath(new URL("victim.ts", import.meta.url));
    const prefix = `${lab.prefix}.h1`;
    const args = ["--conditions=@selvedge/source", script, one.name, prefix, namespace, `${COUNT}`];
    victim = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(victim.stdout ?? victim, "data");
    victim.kill("SIGKILL");
    await once(victim, "exit");

    const left = routesOf(namespace);
    expect(left.size).toBe(COUNT);
    const { dataplane } = one;
    dataplane.setVrf(victimVrf(namespace));
    // The next hops of a round that the victim never came to.
    const wanted = manyRoutes(COUNT, 1000);
    for (const route of wanted) {
      dataplane.setRoute("red/main", route);
    }
    const before = dataplane.apply();
    expect(before).toMatchObject({ failures: [], more: false });
    dataplane.markSynced();
    expect(dataplane.apply()).toMatchObject({ failures: [], more: false });
    const right = routesOf(namespace);
    expect(right.size).toBe(COUNT);
    for (const { prefix: destination, nextHops } of wanted) {
      const ids = nextHops.map(({ vtep }) => 0xc0000200 + Number(vtep.split(".")[3]));
      expect(right.get(destination)).toBe(ids.sort((a, b) => a - b).join());
    }
    lab.restart(one);
    one.dataplane.setVrf(victimVrf(namespace));
    for (const route of wanted.toReversed()) {
      one.dataplane.setRoute("red/main", route);
    }
    one.dataplane.markSynced();
    expect(one.dataplane.apply()).toEqual(NOTHING_TO_DO);
  });

  it("had groups of next hops, which go when nobody needs them", () => {
    const { namespace } = lab.vrf(one, "red/main");
    const { dataplane } = one;
    dataplane.setVrf(victimVrf(namespace));
    const [route] = manyRoutes(1, 0);
    if (route === undefined) {
      throw new Error("the test has no route");
    }
    dataplane.setRoute("red/main", route);
    dataplane.markSynced();
    expect(dataplane.apply().failures).toEqual([]);
    expect(routesOf(namespace).get(route.prefix)).toBe("3221225994,3221225995");
    const counts = (): number[] =>
      ["nexthop", "neigh"].map(
        (what) => lab.command(`ip -n ${namespace} ${what}`).output.trim().split("\n").length,
      );
    expect(counts()).toEqual([3, 2]);
    dataplane.setRoute("red/main", { ...route, nextHops: route.nextHops.slice(1) });
    expect(dataplane.apply().failures).toEqual([]);
    expect(routesOf(namespace).get(route.prefix)).toBe("3221225995");
    expect(counts()).toEqual([1, 1]);
    dataplane.removeRoute("red/main", route.prefix);
    expect(dataplane.apply().failures).toEqual([]);
    expect(lab.command(`ip -n ${namespace} nexthop`).output).toBe("");
    expect(lab.command(`bridge -n ${namespace} fdb show dev vx5001`).output).toBe("");
  });
});
