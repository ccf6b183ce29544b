import { parseIpAddress } from "@selvedge/net";
import { expect, test } from "vitest";
import type { Evidence } from "../capture/evidence.ts";
import type { PlannedWorkload } from "../plan/lab-plan.ts";
import type { ReachabilityMatrix } from "../probe/matrix.ts";
import { checkFirstReplies } from "./first-reply.ts";
import { checkIsolated, type TenantEvidence } from "./isolation.ts";
import { checkReachable } from "./reachability.ts";
import { lossOf } from "./survival.ts";

const workload = (endpoint: string, address: string): PlannedWorkload => ({
  endpoint,
  tenant: endpoint.slice(0, endpoint.indexOf("/")),
  vrf: "main",
  host: "h1",
  namespace: `lab-${endpoint.replace("/", "-")}`,
  addresses: [parseIpAddress(address)],
});

/** red and blue both have 10.1.0.11; 10.1.0.50 is red's alone. */
const SOURCES = [
  workload("red/a", "10.1.0.11"),
  workload("red/b", "10.1.0.50"),
  workload("blue/a", "10.1.0.11"),
];
const ADDRESSES = ["10.1.0.11", "10.1.0.50"].map(parseIpAddress);

const matrixOf = (answers: ReachabilityMatrix["answers"]): ReachabilityMatrix => ({
  sources: SOURCES,
  addresses: ADDRESSES,
  answers,
});

const GOOD = matrixOf([
  ["red/a", "red/b"],
  ["red/a", "red/b"],
  ["blue/a", undefined],
]);

const seen = (namespace: string, ...sources: string[]): Evidence => ({
  namespace,
  packets: sources.length,
  sources: new Set(sources),
  sourcesByVni: new Map(),
});
const inside = (tenant: string, namespace: string, ...sources: string[]): TenantEvidence => ({
  ...seen(namespace, ...sources),
  tenant,
});
const wire = (vnis: Record<number, string[]>): Evidence => ({
  ...seen("lab-spine"),
  sourcesByVni: new Map(
    Object.entries(vnis).map(([vni, sources]) => [Number(vni), new Set(sources)]),
  ),
});

const CLEAN = {
  inside: [inside("red", "lab-red-a", "red/a", "red/b"), inside("blue", "lab-blue-a", "blue/a")],
  underlay: [wire({ 5000: ["red/a"], 5001: ["blue/a"] })],
};

test("a tenant is reachable when each address is answered by the tenant's own endpoint", () => {
  expect(checkReachable("red", GOOD)).toMatchObject({
    passed: true,
    detail: ["4 of 4 answered by the right endpoint"],
  });
});

test("silence within a tenant fails, and so does an answer of somebody else", () => {
  const outcome = checkReachable(
    "red",
    matrixOf([
      ["blue/a", "red/b"],
      ["red/a", undefined],
      ["blue/a", undefined],
    ]),
  );
  expect(outcome.passed).toBe(false);
  expect(outcome.detail).toEqual([
    "red/a asked 10.1.0.11 (red/a): blue/a answered",
    "red/b asked 10.1.0.50 (red/b): nobody answered",
  ]);
});

test("tenants are isolated when every capture saw its own tenant and no other", () => {
  const outcome = checkIsolated(["red", "blue"], GOOD, CLEAN);
  expect(outcome.passed).toBe(true);
  expect(outcome.detail.join()).toContain("VNI 5000 is red alone, VNI 5001 is blue alone");
  expect(outcome.detail.join()).toContain("1 probes to addresses that only another tenant has");
});

test("an answer across tenants breaks isolation", () => {
  const leaking = matrixOf([
    ["red/a", "red/b"],
    ["red/a", "red/b"],
    ["blue/a", "red/b"],
  ]);
  expect(checkIsolated(["red", "blue"], leaking, CLEAN).detail).toEqual([
    "blue/a asked 10.1.0.50: red/b answered",
  ]);
});

test("a packet of another tenant breaks isolation even if nobody answered it", () => {
  const evidence = {
    ...CLEAN,
    inside: [...CLEAN.inside, inside("blue", "lab-h1.blue.main", "blue/a", "red/a")],
  };
  expect(checkIsolated(["red", "blue"], GOOD, evidence).detail).toEqual([
    "a packet of red/a was seen in lab-h1.blue.main of blue",
  ]);
});

test("two tenants under one VNI break isolation", () => {
  const evidence = { ...CLEAN, underlay: [wire({ 5000: ["red/a", "blue/a"] })] };
  expect(checkIsolated(["red", "blue"], GOOD, evidence).detail).toEqual([
    "VNI 5000 carries packets of blue and red, seen in lab-spine",
  ]);
});

test("a blind capture proves nothing and fails", () => {
  const evidence = { inside: [inside("red", "lab-red-a")], underlay: [wire({})] };
  expect(checkIsolated(["red", "blue"], GOOD, evidence).detail).toEqual([
    "the capture in lab-red-a saw no probe of red: it proves nothing",
    "the capture in lab-spine saw no probe in VXLAN: it proves nothing",
  ]);
});

test("first replies are judged by the limit, and summed up", () => {
  const replies = [3, 9, 5].map((elapsed, index) => ({
    endpoint: `red/${index}`,
    from: "red/a",
    elapsed,
  }));
  expect(checkFirstReplies(10, replies).detail).toEqual([
    "3.0 / 5.0 / 9.0 ms (least / median / most of 3)",
  ]);
  expect(checkFirstReplies(5, replies).detail).toEqual(["red/1 answered red/a only after 9 ms"]);
  const silent = { endpoint: "red/x", from: "red/a", elapsed: undefined };
  expect(checkFirstReplies(5, [silent]).detail).toEqual(["red/x answered red/a never"]);
  expect(checkFirstReplies(5, []).passed).toBe(false);
});

test("a stream that lost packets says how many and when", () => {
  const stream = { address: "10.1.0.12", sent: 400 };
  expect(lossOf({ ...stream, lost: [] })).toEqual([]);
  expect(lossOf({ ...stream, lost: [510, 520, 1750] })).toEqual([
    "3 of 400 to 10.1.0.12 lost, between 0.51 s and 1.75 s; killed at 0.5 s",
  ]);
});
