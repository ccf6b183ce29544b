/**
 * Namespaces for speakers of this process: two on one link, and one more behind a router. Gone when the test has finished.
 *
 *   left 10.1.0.1 ---- 10.1.0.2 middle 10.2.0.2 ---- 10.2.0.1 right        2001:db8:1::1 and so on
 */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { onTestFinished } from "vitest";

export interface Row {
  readonly left: string;
  readonly middle: string;
  readonly right: string;
}

const ip = (command: string): void => {
  execFileSync("ip", command.split(" "), { stdio: ["ignore", "pipe", "pipe"] });
};

const sysctl = (namespace: string, setting: string): void => {
  execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", setting]);
};

const addNamespace = (place: string): string => {
  const name = `svt-tcp-${place}-${process.pid}-${randomBytes(3).toString("hex")}`;
  ip(`netns add ${name}`);
  onTestFinished(() => ip(`netns delete ${name}`));
  ip(`-n ${name} link set lo up`);
  return name;
};

const addLink = (subnet: number, end: string, middle: string): void => {
  ip(`-n ${end} link add eth0 type veth peer name eth${subnet} netns ${middle}`);
  for (const [namespace, device, host] of [
    [end, "eth0", 1],
    [middle, `eth${subnet}`, 2],
  ] as const) {
    ip(`-n ${namespace} addr add 10.${subnet}.0.${host}/24 dev ${device}`);
    ip(`-n ${namespace} addr add 2001:db8:${subnet}::${host}/64 dev ${device} nodad`);
    ip(`-n ${namespace} addr add fe80::${host}/64 dev ${device} nodad`);
    ip(`-n ${namespace} link set ${device} up`);
  }
  ip(`-n ${end} route add default via 10.${subnet}.0.2`);
};

/** Makes the namespaces. */
export function makeRow(): Row {
  if (process.getuid?.() !== 0) throw new Error("this test makes namespaces: run it as root");
  const [left, middle, right] = [addNamespace("left"), addNamespace("mid"), addNamespace("right")];
  sysctl(middle, "net.ipv4.ip_forward=1");
  addLink(1, left, middle);
  addLink(2, right, middle);
  return { left, middle, right };
}

/** The value of a counter of nstat(8). */
export function counter(namespace: string, name: string): number {
  const text = execFileSync("ip", ["netns", "exec", namespace, "nstat", "-asz", name], {
    encoding: "utf8",
  });
  const line = text.split("\n").find((candidate) => candidate.startsWith(name));
  return Number(line?.split(/\s+/)[1]);
}
