/** Runs the checks of a topology on a lab that is up. */
import type { LabAgent } from "../build/agents.ts";
import type { Fabric } from "../build/fabric.ts";
import type { LabDatastore } from "../build/lab-datastore.ts";
import type { FirstReply, Workloads } from "../build/workloads.ts";
import { orInterrupted } from "../interruption.ts";
import { LabError } from "../lab-error.ts";
import type { LabPlan, PlannedWorkload } from "../plan/lab-plan.ts";
import type { Check } from "../plan/topology.ts";
import { probeMatrix, type ReachabilityMatrix } from "../probe/matrix.ts";
import type { LabDirectory } from "../state/lab-directory.ts";
import { checkDatastoreLoss } from "./datastore-loss.ts";
import { checkFirstReplies } from "./first-reply.ts";
import { checkIsolated, type IsolationEvidence } from "./isolation.ts";
import type { CheckOutcome } from "./outcome.ts";
import { checkReachable } from "./reachability.ts";
import { checkSurvival } from "./survival.ts";
import { allPosts, watchDuring } from "./watch.ts";

const DATASTORE_CHECK_MANIFEST = "datastore-check.yaml";

/** A lab that is up, as far as checks look at it. */
export interface RunningLab {
  readonly plan: LabPlan;
  readonly directory: LabDirectory;
  readonly fabric: Fabric;
  readonly datastore: LabDatastore;
  readonly agents: ReadonlyMap<string, LabAgent>;
  readonly workloads: Workloads;
  readonly firstReplies: readonly FirstReply[];
  readonly token: string;
}

export interface Observation {
  readonly matrix: ReachabilityMatrix;
  readonly evidence: IsolationEvidence;
}

/** Lets every endpoint ask every address while every interface is watched. */
export async function observe(lab: RunningLab, signal: AbortSignal): Promise<Observation> {
  const { plan, workloads } = lab;
  const isolationMatters = plan.checks.some((check) => check.kind === "isolated");
  const posts = isolationMatters ? await allPosts(plan, lab.agents.values()) : [];
  const probe = (): Promise<ReachabilityMatrix> =>
    probeMatrix(plan.workloads, (endpoint) => workloads.port(endpoint), signal);
  const watched = watchDuring(probe, posts, lab.token, lab.directory.journal);
  const { result, evidence } = await orInterrupted(watched, signal);
  return { matrix: result, evidence };
}

/** Runs one check. */
export async function runCheck(
  check: Check,
  lab: RunningLab,
  observation: Observation,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  switch (check.kind) {
    case "reachable":
      return checkReachable(check.tenant, observation.matrix);
    case "isolated":
      return checkIsolated(check.tenants, observation.matrix, observation.evidence);
    case "first-reply":
      return checkFirstReplies(check.milliseconds, lab.firstReplies);
    case "survives-agent-death": {
      const from = findWorkload(check.from, lab.plan);
      const subject = {
        agent: findAgent(check.host, lab),
        from,
        to: findWorkload(check.to, lab.plan),
        port: lab.workloads.port(from.endpoint),
      };
      return await orInterrupted(checkSurvival(subject, signal), signal);
    }
    default:
      return check satisfies never;
  }
}

/** Between two endpoints on different hosts. */
export async function runDatastoreCheck(
  lab: RunningLab,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const { plan, datastore, agents, workloads, directory } = lab;
  const [from] = plan.workloads;
  const to = plan.workloads.find(
    ({ tenant, vrf, host }) => tenant === from?.tenant && vrf === from.vrf && host !== from.host,
  );
  if (from === undefined || to === undefined) {
    throw new LabError("to watch the loss of a datastore takes two workloads on different hosts");
  }
  const subject = {
    datastore,
    agents: [...agents.values()],
    from,
    to,
    port: workloads.port(from.endpoint),
    manifest: directory.file(DATASTORE_CHECK_MANIFEST),
  };
  return await orInterrupted(checkDatastoreLoss(subject, signal), signal);
}

function findAgent(host: string, lab: RunningLab): LabAgent {
  const agent = lab.agents.get(host);
  if (agent === undefined) throw new Error(`the lab has no agent ${host}`);
  return agent;
}

function findWorkload(endpoint: string, plan: LabPlan): PlannedWorkload {
  const workload = plan.workloads.find((candidate) => candidate.endpoint === endpoint);
  if (workload === undefined) throw new Error(`the lab has no workload ${endpoint}`);
  return workload;
}
