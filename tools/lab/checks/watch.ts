/** Watches every interface that isolation is about while something runs. */

import { NetworkNamespace } from "@selvedge/netlink";
import type { LabAgent } from "../build/agents.ts";
import { Capture } from "../capture/capture.ts";
import { type Evidence, readEvidence } from "../capture/evidence.ts";
import type { LabPlan } from "../plan/lab-plan.ts";
import type { Journal } from "../state/journal.ts";
import type { IsolationEvidence } from "./isolation.ts";

/** Whatever carries a probe, also an ICMP error that quotes one. */
const EVERYTHING = "ip or ip6";
const VXLAN = "udp port 4789";

/** A namespace to watch; `tenant` is undefined for the underlay. */
interface Post {
  readonly namespace: string;
  readonly tenant: string | undefined;
}

/** @param token marks the probes of this run. */
export async function watchDuring<T>(
  work: () => Promise<T>,
  posts: readonly Post[],
  token: string,
  journal: Journal,
): Promise<{ readonly result: T; readonly evidence: IsolationEvidence }> {
  const captures = await Promise.all(
    posts.map(async (post) => {
      using namespace = NetworkNamespace.open(post.namespace);
      const filter = post.tenant === undefined ? VXLAN : EVERYTHING;
      return { post, capture: await Capture.start(namespace, filter, journal) };
    }),
  );
  const result = await work();
  const seen = await Promise.all(
    captures.map(async ({ post, capture }) => ({
      post,
      evidence: readEvidence(post.namespace, await capture.stop(), token),
    })),
  );
  const inside = seen.flatMap(({ post, evidence }) =>
    post.tenant === undefined ? [] : [{ ...evidence, tenant: post.tenant }],
  );
  const underlay: Evidence[] = seen
    .filter(({ post }) => post.tenant === undefined)
    .map(({ evidence }) => evidence);
  return { result, evidence: { inside, underlay } };
}

/** Every workload, every VRF on every host, and the routers in between. */
export async function allPosts(plan: LabPlan, agents: Iterable<LabAgent>): Promise<Post[]> {
  const vrfs = await Promise.all([...agents].map((agent) => agent.client.vrfs()));
  return [
    ...plan.workloads.map(({ namespace, tenant }) => ({ namespace, tenant })),
    ...vrfs
      .flatMap((document) => document.vrfs)
      .map(({ name, namespace }) => ({ namespace, tenant: name.slice(0, name.indexOf("/")) })),
    ...plan.nodes
      .filter((node) => node.kind === "router")
      .map(({ namespace }) => ({ namespace, tenant: undefined })),
  ];
}
