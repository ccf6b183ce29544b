/** The datastore of a lab: how agents are configured for it, and how `selvedge` commands reach it. */
import type { NetworkNamespace } from "@selvedge/netlink";
import type { PlannedDatastore } from "../plan/datastore-plan.ts";
import type { LabDirectory } from "../state/lab-directory.ts";
import { CLIENT_PORT, EtcdMember } from "./etcd-member.ts";
import type { Fabric } from "./fabric.ts";
import { selvedge } from "./selvedge-command.ts";

const SQLITE_FILE = "datastore.db";
/** Keys of everything that Selvedge keeps in etcd begin so. */
const PREFIX = "/selvedge/";

export class LabDatastore {
  /** None of a lab on SQLite. */
  readonly members: readonly EtcdMember[];
  /** What stands under `datastore` in the configuration of an agent. */
  readonly configuration: object;
  /** What `--datastore` takes. */
  readonly location: string;
  /** Where a command must run to reach it; undefined: anywhere. */
  readonly namespace: NetworkNamespace | undefined;

  constructor(plan: PlannedDatastore, directory: LabDirectory, fabric: Fabric) {
    if (plan.kind === "sqlite") {
      this.members = [];
      this.location = directory.file(SQLITE_FILE);
      this.configuration = { sqlite: this.location };
      return;
    }
    const { members, managementNamespace } = plan;
    this.members = members.map((member) => new EtcdMember(member, members, directory, fabric));
    const endpoints = members.map(({ address }) => `${address}:${CLIENT_PORT}`);
    this.location = `etcd://${endpoints.join(",")}${PREFIX}`;
    this.configuration = { etcd: { endpoints, prefix: PREFIX } };
    this.namespace = fabric.namespace(managementNamespace);
  }

  /** Starts the members, if there are any, and waits until they serve clients. @throws LabError */
  async start(signal: AbortSignal): Promise<void> {
    for (const member of this.members) member.start();
    await Promise.all(this.members.map((member) => member.ready(signal)));
  }

  /** Runs a `selvedge` command on this datastore; returns what it printed. @throws LabError */
  selvedge(args: readonly string[], signal: AbortSignal): Promise<string> {
    return selvedge([...args, "--datastore", this.location], signal, this.namespace);
  }
}
