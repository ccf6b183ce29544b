/** Builds a lab step by step, with a line for each. */
import { randomBytes } from "node:crypto";
import { describeFirstReplies } from "../checks/first-reply.ts";
import type { RunningLab } from "../checks/run-checks.ts";
import type { LabPlan } from "../plan/lab-plan.ts";
import type { Progress } from "../show/progress.ts";
import type { LabDirectory } from "../state/lab-directory.ts";
import { LabAgent } from "./agents.ts";
import { routesComplete } from "./convergence.ts";
import { Fabric } from "./fabric.ts";
import { LabDatastore } from "./lab-datastore.ts";
import { tryKernelFeatures } from "./preflight.ts";
import { type FirstReply, Workloads } from "./workloads.ts";

export interface BuildContext {
  readonly directory: LabDirectory;
  /** File that `selvedge apply` gets. */
  readonly resourcesFile: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Takes what must be closed when the lab ends. */
  readonly toClose: DisposableStack;
}

/** @throws LabError, or the reason of the signal; what was made so far is in the journal. */
export async function buildLab(plan: LabPlan, context: BuildContext): Promise<RunningLab> {
  const { directory, progress, signal, toClose } = context;
  const { journal } = directory;
  await progress.step(
    "preflight",
    () => tryKernelFeatures(plan.lab, journal),
    (features) => `root, ${features}`,
  );
  const fabric = await buildFabric(plan, context);
  const token = `${plan.lab}-${randomBytes(6).toString("hex")}`;
  const workloads = toClose.use(Workloads.open(plan.workloads, fabric, token));

  const datastore = new LabDatastore(plan.datastore, directory, fabric);
  await startMembers(datastore, context);
  await progress.step("datastore", () => applyResources(datastore, context), countOf("resources"));
  const agents = new Map(
    plan.agents.map((agent) => [agent.host, new LabAgent(agent, directory, fabric, datastore)]),
  );
  await startAgents([...agents.values()], context);

  const firstReplies = await progress.step(
    "attach",
    () => workloads.attach(plan.workloads, (host) => agentOf(host, agents), signal),
    (replies) => `${plan.workloads.length} workloads${describeReplies(replies)}`,
  );
  await progress.step(
    "routes",
    () => routesComplete(tableOf(plan, agents), plan.workloads, signal),
    countOf("EVPN routes"),
  );
  return { plan, directory, fabric, datastore, agents, workloads, firstReplies, token };
}

async function buildFabric(plan: LabPlan, context: BuildContext): Promise<Fabric> {
  const { directory, progress, signal, toClose } = context;
  const fabric = await progress.step(
    "namespaces",
    () => toClose.use(Fabric.create(plan, directory.journal)),
    () => `${plan.nodes.length} nodes, ${plan.workloads.length} workloads`,
  );
  signal.throwIfAborted();
  await progress.step("links", () => fabric.connect(plan), countOf("links of the underlay"));
  signal.throwIfAborted();
  return fabric;
}

async function startMembers(
  datastore: LabDatastore,
  { progress, signal }: BuildContext,
): Promise<void> {
  const { members } = datastore;
  if (members.length === 0) return;
  const names = members.map(({ plan }) => plan.name).join(", ");
  await progress.step(
    "etcd",
    () => datastore.start(signal),
    () => names,
  );
}

/** Gives the resources to the datastore as an operator would; returns how many there were. */
async function applyResources(
  datastore: LabDatastore,
  { resourcesFile, signal }: BuildContext,
): Promise<number> {
  const printed = await datastore.selvedge(["apply", "-f", resourcesFile], signal);
  return printed.trim().split("\n").length;
}

async function startAgents(
  agents: readonly LabAgent[],
  { progress, signal }: BuildContext,
): Promise<void> {
  await progress.step(
    "agents",
    async () => {
      // A connection that is refused is tried again only seconds later.
      const reflectors = agents.filter((agent) => agent.plan.isReflector);
      const others = agents.filter((agent) => !agent.plan.isReflector);
      for (const agent of reflectors) agent.start();
      await Promise.all(reflectors.map((agent) => agent.listening(signal)));
      for (const agent of others) agent.start();
      await Promise.all(agents.map((agent) => agent.ready(signal)));
    },
    () => agents.map((agent) => agent.plan.host).join(", "),
  );
  await progress.step(
    "BGP",
    () => Promise.all(agents.map((agent) => agent.bgpEstablished(signal))),
    // Each session is seen from both its ends.
    () => `${agents.reduce((sum, { plan }) => sum + plan.sessions, 0) / 2} sessions established`,
  );
}

/** The agent whose table holds every route: a reflector or, in a full mesh, any. */
function tableOf(plan: LabPlan, agents: ReadonlyMap<string, LabAgent>): LabAgent {
  const planned = plan.agents.find((agent) => agent.isReflector) ?? plan.agents[0];
  return agentOf(planned?.host ?? "", agents);
}

function agentOf(host: string, agents: ReadonlyMap<string, LabAgent>): LabAgent {
  const agent = agents.get(host);
  if (agent === undefined) throw new Error(`the lab has no agent ${host}`);
  return agent;
}

function countOf(things: string): (count: number) => string {
  return (count) => `${count} ${things}`;
}

function describeReplies(replies: readonly FirstReply[]): string {
  if (replies.length === 0) return "";
  return `, from attach call to first reply ${describeFirstReplies(replies)}`;
}
