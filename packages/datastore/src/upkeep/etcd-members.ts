/** The members of an etcd, each asked for itself. Does not: ask members that the location does not name. */
import { EtcdClient } from "../etcd/etcd-client.ts";
import type { EtcdLocation } from "../etcd/etcd-location.ts";
import { StoreError } from "../store-error.ts";
import { readEtcdQuota } from "./etcd-quota.ts";

export interface EtcdMember {
  /** As etcd calls it; empty for one that has never answered. */
  readonly name: string;
  /** Where it was asked; absent for one that the location does not name. */
  readonly endpoint?: string;
  /** Absent where it did not answer. */
  readonly answer?: {
    readonly version: string;
    readonly isLeader: boolean;
    readonly isLearner: boolean;
    /** Octets of its file, and those of them in use. */
    readonly size: number;
    readonly used: number;
    /** Octets that it may come to. */
    readonly quota?: number;
  };
  /** NOSPACE or CORRUPT. */
  readonly alarms: readonly string[];
}

/** Milliseconds that a member may take for defragmentation, in which it answers nobody. */
const DEFRAGMENTATION_PATIENCE = 600_000;

/** In the order of the location, then those that it does not name. @throws StoreError when none answers. */
export async function readEtcdMembers(location: EtcdLocation): Promise<EtcdMember[]> {
  const { listed, alarms } = await readCluster(location);
  const seen = new Set<string>();
  const members: EtcdMember[] = [];
  for (const endpoint of location.endpoints) {
    const status = await askMember(location, endpoint);
    if (status === undefined) {
      members.push({ name: "", endpoint, alarms: [] });
      continue;
    }
    const { id, ...answer } = status;
    seen.add(id);
    const quota = await readEtcdQuota(endpoint, location.tls);
    members.push({
      name: listed.get(id) ?? "",
      endpoint,
      answer: { ...answer, ...(quota === undefined ? {} : { quota }) },
      alarms: alarms.get(id) ?? [],
    });
  }
  const others = [...listed].filter(([id]) => !seen.has(id));
  const silent = members.filter(({ answer }) => answer === undefined).length;
  // One that is silent at its endpoint is one of the others, and not known by which name.
  for (const [id, name] of others.slice(silent)) {
    members.push({ name, alarms: alarms.get(id) ?? [] });
  }
  return members;
}

/** Gives a member's unused space back to its file system; it answers nobody meanwhile. @throws StoreError */
export async function defragmentMember(location: EtcdLocation, endpoint: string): Promise<void> {
  await withMember(location, endpoint, async (client) => {
    const deadline = Date.now() + DEFRAGMENTATION_PATIENCE;
    const done = await client.attempt((member) => member.maintenance.defragment({ deadline }));
    if (done.kind !== "answer") throw client.unavailable(`${endpoint} has not been defragmented`);
  });
}

async function readCluster(location: EtcdLocation) {
  return await withClient(location, async (client) => {
    const list = await unlessDenied(() => client.ask((member) => member.cluster.memberList({})));
    const active = await unlessDenied(() =>
      client.ask((member) => member.maintenance.alarm({ action: "Get" })),
    );
    const alarms = new Map<string, string[]>();
    const raised = active === undefined ? [] : client.answered(active).alarms;
    for (const { memberID, alarm } of raised) {
      alarms.set(memberID, [...(alarms.get(memberID) ?? []), String(alarm).toUpperCase()]);
    }
    const members = list === undefined ? [] : client.answered(list).members;
    const listed = new Map(members.map(({ ID, name }) => [ID, name]));
    return { listed, alarms };
  });
}

async function askMember(location: EtcdLocation, endpoint: string) {
  return await withMember(location, endpoint, async (client) => {
    const attempt = await unlessDenied(() =>
      client.attempt((member) => member.maintenance.status()),
    );
    if (attempt?.kind !== "answer") return undefined;
    const { header, version, dbSize, dbSizeInUse, leader, isLearner } = attempt.value;
    return {
      id: header.member_id,
      version,
      isLeader: header.member_id === leader,
      isLearner,
      size: Number(dbSize),
      used: Number(dbSizeInUse),
    };
  });
}

/** Undefined where etcd's own authentication keeps it for its root user. */
async function unlessDenied<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError && error.code === "denied") return undefined;
    throw error;
  }
}

function withMember<T>(
  location: EtcdLocation,
  endpoint: string,
  work: (client: EtcdClient) => Promise<T>,
): Promise<T> {
  return withClient({ ...location, endpoints: [endpoint] }, work);
}

async function withClient<T>(
  location: EtcdLocation,
  work: (client: EtcdClient) => Promise<T>,
): Promise<T> {
  const client = new EtcdClient(location);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
