import { expect, test } from "vitest";
import { findJob, requirementsOf } from "./jobs.mjs";
import { LAB_REQUIREMENTS, missingRequirements, TEST_REQUIREMENTS } from "./requirements.mjs";

const packagesOf = (requirements: readonly { readonly package: string }[]): string[] =>
  requirements.map((requirement) => requirement.package);

test("nothing is missing where every command is there", () => {
  expect(missingRequirements(TEST_REQUIREMENTS, () => true)).toEqual([]);
});

test("a package is missing when any of its commands is", () => {
  const present = (command: string): boolean => command !== "vtysh";
  expect(packagesOf(missingRequirements(TEST_REQUIREMENTS, present))).toEqual(["frr"]);
});

test("the tests need what the lab needs, and peers to talk to", () => {
  expect(packagesOf(LAB_REQUIREMENTS)).toEqual(["iproute2", "iputils-ping", "nftables", "tcpdump"]);
  expect(packagesOf(TEST_REQUIREMENTS)).toEqual([
    ...packagesOf(LAB_REQUIREMENTS),
    "frr",
    "bird2",
    "iperf3",
    "gobgpd",
    "exabgp",
    "etcd-server",
    "openssl",
  ]);
});

test("a job that only prints its help needs nothing of the machine", () => {
  const lab = findJob("lab");
  expect(lab).toBeDefined();
  if (lab === undefined) return;
  expect(requirementsOf(lab, ["--help"])).toEqual([]);
  expect(requirementsOf(lab, ["--check"])).toEqual(LAB_REQUIREMENTS);
});

test.each([
  ["--datastore", "etcd"],
  ["--check", "--datastore=etcd:3"],
])("a lab on etcd needs etcd: %s %s", (...args) => {
  const lab = findJob("lab");
  if (lab === undefined) throw new Error("there is no job lab");
  expect(packagesOf(requirementsOf(lab, args))).toContain("etcd-server");
  expect(packagesOf(requirementsOf(lab, ["--datastore", "sqlite"]))).not.toContain("etcd-server");
});

test("names that are not jobs are not found, also those every object has", () => {
  expect(findJob("toString")).toBeUndefined();
  expect(findJob(undefined)).toBeUndefined();
});
