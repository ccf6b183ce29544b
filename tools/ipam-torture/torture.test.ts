import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EtcdServer } from "../../packages/datastore/test/etcd/etcd-server.ts";
import { type Torture, torture } from "./torture.ts";

/** Eight hosts in two subnets with the same 254 addresses, of which they hold 200, in blocks of eight. */
const OPTIONS: Omit<Torture, "workload"> & {
  readonly workload: Omit<Torture["workload"], "datastore">;
} = {
  workload: {
    tenants: ["red", "blue"],
    cidr: "10.1.0.0/24",
    blockLength: 29,
    hold: 25,
    churn: 25,
    concurrency: 4,
    coolDown: 50,
  },
  hosts: 8,
  kills: 3,
  random: Math.random,
  poolSize: 254,
};

const RIGHT = { kills: 3, held: 400, faults: [] };

test("eight hosts, killed at random, share two subnets in a SQLite file", async () => {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-torture-store-"));
  try {
    const workload = { ...OPTIONS.workload, datastore: join(directory, "store.db") };
    expect(await torture({ ...OPTIONS, workload })).toMatchObject(RIGHT);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 120_000);

test("eight hosts, killed at random, share two subnets in an etcd that is killed and started again", async () => {
  const server = await EtcdServer.start();
  try {
    const workload = { ...OPTIONS.workload, datastore: `etcd://${server.endpoint}/torture/` };
    const restart = async (): Promise<void> => {
      await server.kill();
      await server.start();
    };
    expect(await torture({ ...OPTIONS, workload, restart })).toMatchObject(RIGHT);
  } finally {
    await server.remove();
  }
}, 120_000);
