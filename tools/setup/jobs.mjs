/** The jobs of `npm start`, `npm test`, `npm run setup` and `npm run bench`. */
import { BENCH_REQUIREMENTS, ETCD, LAB_REQUIREMENTS, TEST_REQUIREMENTS } from "./requirements.mjs";

/** @typedef {import("./requirements.mjs").Requirement} Requirement */

/**
 * @typedef {object} Job
 * @property {string} title as in "the lab uses ..."
 * @property {readonly Requirement[]} requirements
 * @property {readonly string[] | undefined} program arguments to Node, relative to the root; undefined: set up only
 */

/** @type {Readonly<Record<string, Job>>} */
const JOBS = {
  lab: { title: "the lab", requirements: LAB_REQUIREMENTS, program: ["tools/lab/main.ts"] },
  test: {
    title: "the test suite",
    requirements: TEST_REQUIREMENTS,
    program: ["node_modules/vitest/vitest.mjs", "run"],
  },
  bench: {
    title: "the benchmarks",
    requirements: BENCH_REQUIREMENTS,
    program: ["tools/bench/main.ts"],
  },
  setup: { title: "development", requirements: TEST_REQUIREMENTS, program: undefined },
};

/**
 * @param {string | undefined} name
 * @returns {Job | undefined}
 */
export function findJob(name) {
  return name !== undefined && Object.hasOwn(JOBS, name) ? JOBS[name] : undefined;
}

/**
 * What a run of the job needs of the machine: nothing, when it only prints its help; etcd, when a lab is to be on it.
 * @param {Job} job
 * @param {readonly string[]} args
 * @returns {readonly Requirement[]}
 */
export function requirementsOf(job, args) {
  if (args.includes("--help")) return [];
  const isOnEtcd = /(^| )--datastore[ =]etcd/.test(args.join(" "));
  const needed = isOnEtcd && !job.requirements.includes(ETCD) ? [ETCD] : [];
  return [...job.requirements, ...needed];
}
