/** Draws the network of a lab: routers as a bar, under it a box for each host with its endpoints. */
import type { LabPlan, PlannedNode } from "../plan/lab-plan.ts";

const HOSTS_IN_A_ROW = 4;
const BOX_WIDTH = 19;
const GAP = 1;

export function drawNetwork(plan: LabPlan): string {
  const routers = plan.nodes.filter((node) => node.kind === "router");
  const hosts = plan.nodes.filter((node) => node.kind === "host");
  const rows: string[] = [];
  for (let index = 0; index < hosts.length; index += HOSTS_IN_A_ROW) {
    rows.push(...drawRow(hosts.slice(index, index + HOSTS_IN_A_ROW), routers, plan), "");
  }
  return [...rows, ...routerLinks(routers)].join("\n").trimEnd();
}

function drawRow(
  hosts: readonly PlannedNode[],
  routers: readonly PlannedNode[],
  plan: LabPlan,
): string[] {
  const boxes = hosts.map((host) => boxLines(host, plan));
  const height = Math.max(...boxes.map((lines) => lines.length));
  const inside = Array.from({ length: height }, (_, line) =>
    columns(boxes.map((lines) => `| ${(lines[line] ?? "").padEnd(BOX_WIDTH - 4)} |`)),
  );
  const width = hosts.length * (BOX_WIDTH + GAP) - GAP;
  const names = routers.map((router) => router.name).join(", ");
  const middle = (text: string): string => centred(text, BOX_WIDTH);
  const edge = `+${"-".repeat((BOX_WIDTH - 3) / 2)}+${"-".repeat((BOX_WIDTH - 3) / 2)}+`;
  const closed = `+${"-".repeat(BOX_WIDTH - 2)}+`;
  const bar = hosts.map(() => middle("+").replaceAll(" ", "-")).join("-".repeat(GAP));
  return [
    `+${"-".repeat(width - 2)}+`,
    `|${centred(names, width - 2)}|`,
    `+${bar.slice(1, -1)}+`,
    columns(hosts.map((host) => middle(host.interfaces[0]?.peerAddress ?? ""))),
    columns(hosts.map(() => middle("|"))),
    columns(hosts.map((host) => middle(host.interfaces[0]?.address ?? ""))),
    columns(hosts.map(() => edge)),
    ...inside,
    columns(hosts.map(() => closed)),
  ].map((line) => line.trimEnd());
}

/** Name and part of the host, its endpoints by tenant, and any further links. */
function boxLines(host: PlannedNode, plan: LabPlan): string[] {
  const agent = plan.agents.find((candidate) => candidate.host === host.name);
  const title = agent?.isReflector === true ? `${host.name}  reflector` : host.name;
  const lines = [title];
  for (const tenant of plan.tenants) {
    const own = plan.workloads.filter(
      (workload) => workload.host === host.name && workload.tenant === tenant,
    );
    for (const [index, { endpoint }] of own.entries()) {
      const name = endpoint.slice(tenant.length + 1);
      lines.push(`${(index === 0 ? tenant : "").padEnd(6)}${name}`);
    }
  }
  const nodes = new Map(plan.nodes.map(({ name, kind }) => [name, kind]));
  const further = host.interfaces.slice(1).filter(({ peer }) => nodes.get(peer) !== "management");
  for (const end of further) lines.push(`${end.name} to ${end.peer}`);
  return lines;
}

/** Links between routers, which the bar does not show. */
function routerLinks(routers: readonly PlannedNode[]): string[] {
  const names = new Set(routers.map((router) => router.name));
  return routers.flatMap((router) =>
    router.interfaces
      .filter((end) => names.has(end.peer) && router.name < end.peer)
      .map((end) => `${router.name} ${end.address} --- ${end.peerAddress} ${end.peer}`),
  );
}

function columns(texts: readonly string[]): string {
  return texts.join(" ".repeat(GAP));
}

function centred(text: string, width: number): string {
  const left = Math.max(0, Math.floor((width - text.length) / 2));
  return `${" ".repeat(left)}${text}`.padEnd(width);
}
