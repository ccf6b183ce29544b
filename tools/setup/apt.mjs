/** Installs what a job lacks from Debian, or says what the user has to do. */
import { SetupError } from "./setup-error.mjs";

/** @typedef {import("./requirements.mjs").Requirement} Requirement */
/** @typedef {import("../../bin/run-child.mjs").ChildOutcome} ChildOutcome */

/**
 * What installing needs of the machine; tests pass their own.
 * @typedef {object} Machine
 * @property {boolean} isRoot
 * @property {boolean} hasApt
 * @property {(command: string, args: readonly string[], environment: Record<string, string>) => Promise<ChildOutcome>} run
 * @property {(work: () => Promise<void>) => Promise<void>} withoutServiceStarts
 * @property {(line: string) => void} say
 */

const INSTALL = ["install", "-y", "--no-install-recommends"];
/** Another apt or unattended-upgrades may hold the lock for minutes. */
const APT_OPTIONS = ["-q", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Use-Pty=0"];
const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };

/**
 * @param {readonly Requirement[]} missing
 * @param {string} job what they are for, as in "the lab"
 * @param {Machine} machine
 * @returns {Promise<void>}
 * @throws {SetupError} with the command to run, or apt's own words
 */
export async function installMissing(missing, job, machine) {
  if (missing.length === 0) return;
  const packages = missing.map((requirement) => requirement.package);
  if (!machine.hasApt) {
    machine.say(`${job} uses ${describeCommands(missing)}: not found, and this is not Debian`);
    return;
  }
  if (!machine.isRoot) {
    throw new SetupError(
      `${job} uses ${describeCommands(missing)}, and only root may install them. Run:\n` +
        `  sudo apt-get ${[...INSTALL, ...packages].join(" ")}`,
    );
  }
  machine.say(
    `installs ${packages.join(", ")} from Debian: ${job} uses ${describeCommands(missing)}`,
  );
  await machine.withoutServiceStarts(() => install(packages, machine));
}

/**
 * @param {readonly string[]} packages
 * @param {Machine} machine
 */
async function install(packages, machine) {
  const args = [...APT_OPTIONS, ...INSTALL, ...packages];
  let refreshed = false;
  const refresh = async (/** @type {string} */ reason) => {
    machine.say(`refreshes the package lists: ${reason}`);
    check(await apt([...APT_OPTIONS, "update"], machine), "apt-get update");
    refreshed = true;
  };

  const listed = await machine.run("apt-cache", ["policy", ...packages], ENVIRONMENT);
  if (!hasCandidates(listed.output, packages)) await refresh("they do not have these packages");
  let outcome = await apt(args, machine);
  if (outcome.code !== 0 && outcome.interruptedBy === undefined && !refreshed) {
    await refresh("the installation failed, and old lists are the usual cause");
    outcome = await apt(args, machine);
  }
  check(outcome, `apt-get ${[...INSTALL, ...packages].join(" ")}`);
}

/**
 * @param {readonly string[]} args
 * @param {Machine} machine
 */
function apt(args, machine) {
  return machine.run("apt-get", args, ENVIRONMENT);
}

/**
 * @param {ChildOutcome} outcome
 * @param {string} command
 */
function check(outcome, command) {
  if (outcome.interruptedBy !== undefined) {
    throw new SetupError(`stopped while installing packages`, outcome.interruptedBy);
  }
  if (outcome.code !== 0) {
    const ended = outcome.signal ?? `status ${outcome.code}`;
    throw new SetupError(`${command} failed (${ended}):\n${outcome.output.trimEnd()}`);
  }
}

/**
 * Whether apt-cache policy found a version to install for each package.
 * @param {string} policy
 * @param {readonly string[]} packages
 * @returns {boolean}
 */
export function hasCandidates(policy, packages) {
  const blocks = new Map(
    policy.split(/^(?=\S+:$)/m).map((block) => [block.slice(0, block.indexOf(":")), block]),
  );
  return packages.every((name) => /^\s+Candidate: (?!\(none\))/m.test(blocks.get(name) ?? ""));
}

/** @param {readonly Requirement[]} requirements */
function describeCommands(requirements) {
  return requirements.map(({ commands, use }) => `${commands.join(" and ")} ${use}`).join(", ");
}
