/** Whole labs with real agents: what a user sees, and that nothing is left however a lab ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SMALL } from "./small-topology.ts";
import { leftOvers, TestLab } from "./test-lab.ts";

const WHOLE_LAB_MS = 90_000;

let directory = "";
const started: TestLab[] = [];
let count = 0;

function startLab(...args: readonly string[]): TestLab {
  count += 1;
  return startNamed(`svt${process.pid}-${count}`, ...args);
}

function startNamed(name: string, ...args: readonly string[]): TestLab {
  const lab = new TestLab(name, ...args);
  started.push(lab);
  return lab;
}

/** Arguments for a small lab with these checks. */
function small(...checks: readonly string[]): string[] {
  const path = join(directory, `small-${checks.length}.yaml`);
  const lines = checks.map((check) => `  - ${check}\n`).join("");
  writeFileSync(path, checks.length === 0 ? SMALL : `${SMALL}checks:\n${lines}`);
  return ["--topology", path];
}

beforeAll(async () => {
  if (process.geteuid?.() !== 0) throw new Error("labs make network namespaces: run this as root");
  await primeThreadPool();
  directory = mkdtempSync(join(tmpdir(), "selvedge-lab-test-"));
});

afterEach(async () => {
  for (const lab of started.splice(0)) {
    lab.signal("SIGTERM");
    await lab.ended;
    if (leftOvers(lab.name).length > 0) await new TestLab(lab.name, "--down").ended;
  }
}, WHOLE_LAB_MS);

afterAll(() => rmSync(directory, { recursive: true }));

describe("the example", { timeout: WHOLE_LAB_MS }, () => {
  test("passes all its checks, says so in a report, and leaves nothing", async () => {
    const report = join(directory, "report.json");
    const lab = startLab("--check", "--report", report);
    const { code, output } = await lab.ended;
    expect(output).toContain("6 checks passed, 0 failed");
    expect(output).not.toContain("FAIL");
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ passed: 6, failed: 0 });
    expect(leftOvers(lab.name)).toEqual([]);
  });

  test("stays up until Ctrl-C, shows its picture, and a second one runs beside it", async () => {
    const first = startLab();
    await first.says("Ctrl-C takes everything down");
    const second = startLab();
    await second.says("Ctrl-C takes everything down");
    second.signal("SIGINT");
    expect((await second.ended).code).toBe(0);
    expect(leftOvers(second.name)).toEqual([]);
    expect(leftOvers(first.name)).not.toEqual([]);
    first.signal("SIGINT");
    const { code, output } = await first.ended;
    expect(code).toBe(0);
    expect(output).toContain("| rr1  reflector  |");
    expect(output).toContain(`ip netns exec ${first.name}-red-web-1 ping 10.1.0.12`);
    expect(leftOvers(first.name)).toEqual([]);
  });
});

test("a lab whose underlay has no IPv4 passes all its checks", {
  timeout: WHOLE_LAB_MS,
}, async () => {
  const lab = startLab("--topology", "examples/ipv6-underlay.yaml", "--check");
  const { code, output } = await lab.ended;
  expect(output).toContain("4 checks passed, 0 failed");
  expect(code, output).toBe(0);
  expect(leftOvers(lab.name)).toEqual([]);
});

describe("a lab on etcd", { timeout: WHOLE_LAB_MS }, () => {
  test.each(["etcd", "etcd:3"])(
    "%s survives the death of a member, and leaves nothing",
    async (which) => {
      const report = join(directory, "etcd.json");
      const lab = startLab(...small(), "--check", "--datastore", which, "--report", report);
      const { code, output } = await lab.ended;
      expect(output).toMatch(
        /PASS {2}forwarding goes on and agents catch up when .* dies and returns/,
      );
      expect(code, output).toBe(0);
      expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ passed: 1, failed: 0 });
      expect(leftOvers(lab.name)).toEqual([]);
    },
  );

  test("that is interrupted while it waits for the members leaves nothing", async () => {
    const lab = startLab(...small(), "--datastore", "etcd:3");
    await lab.says("links");
    lab.signal("SIGINT");
    expect((await lab.ended).code).toBe(130);
    expect(leftOvers(lab.name)).toEqual([]);
  });
});

describe("an interrupted lab leaves nothing", { timeout: WHOLE_LAB_MS }, () => {
  const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;
  const CHECKS = [
    "{ kind: isolated, tenants: [red, blue] }",
    "{ kind: survives-agent-death, host: h1, from: red/a, to: red/b }",
  ];

  test.each([
    ["Lab", "SIGINT"],
    ["preflight", "SIGHUP"],
    ["namespaces", "SIGTERM"],
    ["links", "SIGINT"],
    ["datastore", "SIGINT"],
    ["agents", "SIGTERM"],
    ["BGP", "SIGQUIT"],
    ["attach", "SIGINT"],
    ["routes", "SIGHUP"],
    ["PASS", "SIGTERM"],
  ] as const)("after %s by %s", async (said, signal) => {
    const lab = startLab(...small(...CHECKS), "--check");
    await lab.says(said);
    lab.signal(signal);
    const { code, output } = await lab.ended;
    expect(code, output).toBe(EXIT_STATUS[signal]);
    expect(leftOvers(lab.name)).toEqual([]);
  });

  test("also by two signals, the second in the middle of taking down", async () => {
    const lab = startLab(...small());
    await lab.says("BGP");
    lab.signal("SIGINT");
    setImmediate(() => lab.signal("SIGINT"));
    await lab.ended;
    expect(leftOvers(lab.name)).toEqual([]);
  });
});

describe("a lab that was killed", { timeout: WHOLE_LAB_MS }, () => {
  test("is taken away by --down", async () => {
    const lab = startLab(...small());
    await lab.says("attach");
    lab.signal("SIGKILL");
    await lab.ended;
    expect(leftOvers(lab.name)).not.toEqual([]);
    const { code, output } = await startNamed(lab.name, "--down").ended;
    expect(code).toBe(0);
    expect(output).toMatch(/is taken down: 2 processes, 11 namespaces/);
    expect(leftOvers(lab.name)).toEqual([]);
  });

  test("is taken away by the next of its name, which says so and starts", async () => {
    const killed = startLab(...small());
    await killed.says("links");
    killed.signal("SIGKILL");
    await killed.ended;
    const next = startNamed(killed.name, ...small());
    await next.says(`An earlier lab ${killed.name} was killed: took away 7 namespaces`);
    await next.says("Ctrl-C takes everything down");
    next.signal("SIGINT");
    expect((await next.ended).code).toBe(0);
    expect(leftOvers(next.name)).toEqual([]);
  });
});

describe("a lab is refused without leaving half of it", { timeout: WHOLE_LAB_MS }, () => {
  test("when one of its name is running, which is not disturbed", async () => {
    const first = startLab(...small());
    await first.says("namespaces");
    const { code, output } = await startNamed(first.name, ...small()).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/^lab: a lab named \S+ is running \(pid \d+\)/);
    await first.says("Ctrl-C takes everything down");
    first.signal("SIGTERM");
    expect((await first.ended).code).toBe(0);
  });

  test("when somebody else has one of its namespace names, and that namespace stays", async () => {
    const name = `svt${process.pid}-taken`;
    const taken = `${name}-h1`;
    NetworkNamespace.create(taken).close();
    try {
      const { code, output } = await startNamed(name, ...small()).ended;
      expect(code).toBe(1);
      expect(output).toContain(`no lab made them: ${taken}`);
      expect(leftOvers(name)).toEqual([`namespace ${taken}`]);
    } finally {
      NetworkNamespace.delete(taken);
    }
  });

  test("when its topology is wrong, with the line", async () => {
    const path = join(directory, "wrong.yaml");
    writeFileSync(path, SMALL.replace("spine: 10.0.1.1/24", "spine: 10.0.1.1"));
    const { code, output } = await startLab("--topology", path).ended;
    expect(code).toBe(1);
    expect(output).toContain(`${path}:17: links[0].spine: 10.0.1.1 is not an address`);
  });
});

describe("exit status and --keep", { timeout: WHOLE_LAB_MS }, () => {
  test("1 when a check failed, which the report tells", async () => {
    const report = join(directory, "failed.json");
    // Not even the call itself is done so soon.
    const checks = ["{ kind: reachable, tenant: red }", "{ kind: first-reply, milliseconds: 1 }"];
    const lab = startLab(...small(...checks), "--check", "--report", report);
    expect((await lab.ended).code).toBe(1);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ passed: 1, failed: 1 });
  });

  test("2 when there is nothing to check; --keep leaves the lab up until --down", async () => {
    const lab = startLab(...small(), "--check", "--keep");
    expect((await lab.ended).code).toBe(2);
    expect(leftOvers(lab.name)).not.toEqual([]);
    const again = await startNamed(lab.name, ...small()).ended;
    expect(again.code).toBe(1);
    expect(again.output).toContain("was left up with --keep");
    expect((await startNamed(lab.name, "--down").ended).code).toBe(0);
    expect(leftOvers(lab.name)).toEqual([]);
  });
});
