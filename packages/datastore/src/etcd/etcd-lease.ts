/** Leases of etcd. Each renewal is a short stream of its own, so that it goes to whichever member answers. */
import type { Etcd3 } from "etcd3";
import { keepLease } from "../lease-keeper.ts";
import type { Lease } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";

/** Milliseconds that one renewal may take. */
const RENEWAL_TIMEOUT = 3000;

/**
 * A lease of at least so many seconds: etcd gives no less than it needs to elect a leader, 2 s by default. One whose
 * grant had no answer runs out by itself. @throws StoreError
 */
export async function grantEtcdLease(client: EtcdClient, ttlSeconds: number): Promise<Lease> {
  let askedAt = performance.now();
  const granted = await client.ask((member) => {
    askedAt = performance.now();
    return member.leaseClient.leaseGrant({ TTL: ttlSeconds });
  });
  if (granted.kind !== "answer") throw new Error(`etcd grants no lease: ${granted.kind}`);
  const { ID: id, TTL } = granted.value;
  return keepLease({
    id,
    timeToLive: Number(TTL) * 1000,
    askedAt,
    closed: client.closed,
    calls: {
      renew: async () => {
        const answer = await client.ask((member) => renewOnce(member, id));
        return answer.kind === "answer" && answer.value > 0 ? "kept" : "gone";
      },
      revoke: async () => {
        // One that is gone already is as good as revoked.
        await client.ask((member) => member.leaseClient.leaseRevoke({ ID: id }));
      },
    },
  });
}

/** The seconds that the lease has from now on; 0 when it is gone. */
async function renewOnce(member: Etcd3, id: string): Promise<number> {
  const stream = await member.leaseClient.leaseKeepAlive({
    deadline: Date.now() + RENEWAL_TIMEOUT,
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      stream
        .on("data", ({ TTL }) => resolve(Number(TTL)))
        .on("error", reject)
        .on("end", () => reject(new Error("the server has ended the renewal")));
      stream.write({ ID: id });
    });
  } finally {
    stream.on("error", () => {});
    stream.cancel();
  }
}
