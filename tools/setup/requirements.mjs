/**
 * The programs that are not npm packages: by which commands they are recognised, which Debian
 * package has them, and which of them this machine lacks. Looks at files only, so that a start
 * with nothing missing costs next to nothing.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * @typedef {object} Requirement
 * @property {string} package name in Debian
 * @property {readonly string[]} commands all of them must be there
 * @property {string} use
 */

/** @type {Requirement} */
const IPROUTE2 = { package: "iproute2", commands: ["ip"], use: "to look into namespaces" };

/** @type {Requirement} */
const FRR = { package: "frr", commands: ["bgpd", "zebra", "vtysh"], use: "as a BGP peer" };

/** @type {Requirement} */
const IPERF = { package: "iperf3", commands: ["iperf3"], use: "to measure throughput" };

/** @type {Requirement} */
const BIRD = { package: "bird2", commands: ["bird", "birdc"], use: "as a peer of benchmarks" };

/** @type {Requirement} */
export const ETCD = { package: "etcd-server", commands: ["etcd"], use: "as a datastore" };

/** @type {readonly Requirement[]} */
export const LAB_REQUIREMENTS = [
  IPROUTE2,
  { package: "iputils-ping", commands: ["ping"], use: "to send pings" },
  { package: "nftables", commands: ["nft"], use: "to show packet filters" },
  { package: "tcpdump", commands: ["tcpdump"], use: "to watch packets" },
];

/** @type {readonly Requirement[]} */
export const TEST_REQUIREMENTS = [
  ...LAB_REQUIREMENTS,
  FRR,
  BIRD,
  IPERF,
  { package: "gobgpd", commands: ["gobgpd", "gobgp"], use: "as a BGP peer" },
  { package: "exabgp", commands: ["exabgp"], use: "as a BGP peer that sends what is malformed" },
  ETCD,
  { package: "openssl", commands: ["openssl"], use: "to make certificates for tests of TLS" },
];

/** @type {readonly Requirement[]} */
export const BENCH_REQUIREMENTS = [IPROUTE2, FRR, BIRD, IPERF];

/** Daemons lie outside of PATH: FRR's in a directory of its own, others where only root looks. */
const DAEMON_DIRECTORIES = ["/usr/sbin", "/sbin", "/usr/lib/frr", "/usr/libexec/frr"];

/**
 * @param {readonly Requirement[]} requirements
 * @param {(command: string) => boolean} [isPresent]
 * @returns {Requirement[]}
 */
export function missingRequirements(requirements, isPresent = isCommandPresent) {
  return requirements.filter(({ commands }) => !commands.every((command) => isPresent(command)));
}

/** @param {string} command */
export function isCommandPresent(command) {
  const { PATH = "" } = process.env;
  const directories = [...PATH.split(delimiter), ...DAEMON_DIRECTORIES];
  return directories.some(
    (directory) => directory !== "" && isExecutable(join(directory, command)),
  );
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
