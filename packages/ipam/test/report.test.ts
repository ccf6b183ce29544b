import { ResourceStore } from "@selvedge/datastore";
import { expect, test } from "vitest";
import { Ipam } from "../src/ipam.ts";
import { poolOfSubnet } from "../src/pool-of-subnet.ts";
import { usageReport } from "../src/report.ts";
import { readStoredPools } from "../src/stored-pools.ts";
import { declared, network } from "./network.ts";
import { ips } from "./pools.ts";
import { TemporaryStore } from "./stores.ts";

test("the report counts what is given, reserved, cooling down, free and borrowed, by pool and block", async () => {
  await using temporary = new TemporaryStore();
  const { store } = temporary;
  const subnet = "cidrs: [10.1.0.0/25, '2001:db8::/64'], gateway: [10.1.0.1]";
  await new ResourceStore(store).apply(declared(network("red", subnet)));
  const { resources } = await new ResourceStore(store).snapshot();
  const web = resources.find((resource) => resource.kind === "Subnet");
  if (web === undefined) throw new Error("no subnet");
  const pool = poolOfSubnet(web);
  const ipam = new Ipam(store, { now: () => 1000 });
  const fixed = (owner: string, host: string, address: string) =>
    ipam.allocate({
      ...{ pool, owner, host, reason: "" },
      want: { kind: "fixed", addresses: ips(address) },
    });
  await ipam.allocate({ pool, owner: "a", host: "h1", reason: "" });
  const [first = ""] = await ipam.byOwner(pool, "a");
  await ipam.allocate({ pool, owner: "b", host: "h1", reason: "" });
  await ipam.release({ pool, owner: "b" });
  // A borrowed one, and one that is never given automatically, in a block of nobody.
  const isFirst = Number(first.split(".")[3]) < 64;
  await fixed("c", "h2", isFirst ? "10.1.0.40" : "10.1.0.100");
  await fixed("d", "h2", isFirst ? "10.1.0.127" : "10.1.0.0");
  const report = usageReport(await readStoredPools(store), resources, 2000, 60_000);
  const counts = report.pools.map(({ family, size, given, reserved, cooling, free }) => ({
    ...{ family, size, given, reserved, cooling, free },
  }));
  expect(counts).toEqual([
    { family: 4, size: 128n, given: 3, reserved: 2n, cooling: 1, free: 122n },
    { family: 6, size: 1n << 64n, given: 1, reserved: 1n, cooling: 1, free: (1n << 64n) - 3n },
  ]);
  for (const { size, given, reserved, cooling, free } of report.blocks) {
    expect(given + reserved + cooling + free).toBe(size);
  }
  expect(report.pools.map(({ borrowed }) => borrowed)).toEqual([1, 0]);
  expect(report.blocks.map(({ host }) => host).sort()).toEqual(["h1", "h1", undefined]);
});
