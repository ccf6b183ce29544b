import { expect, test } from "vitest";
import { hasCandidates, installMissing } from "./apt.mjs";
import { SetupError } from "./setup-error.mjs";

const PING = { package: "iputils-ping", commands: ["ping"], use: "to ping" };
const NFT = { package: "nftables", commands: ["nft"], use: "to show packet filters" };

const KNOWN = `iputils-ping:
  Installed: (none)
  Candidate: 3:20221126-1+deb12u1
  Version table:
     3:20221126-1+deb12u1 500
nftables:
  Installed: 1.0.6-2
  Candidate: 1.0.6-2
`;

type Answer = Partial<{ code: number; output: string; interruptedBy: NodeJS.Signals }>;

/** A machine that answers each command as the test says and writes down what was run. */
function machineOf(answers: Record<string, Answer[]>, facts = { isRoot: true, hasApt: true }) {
  const ran: string[] = [];
  const said: string[] = [];
  return {
    ran,
    said,
    machine: {
      ...facts,
      run: (command: string, args: readonly string[]) => {
        const verb = args.find((word) => ["install", "update", "policy"].includes(word)) ?? "";
        ran.push(`${command} ${verb}`);
        const answer = answers[verb]?.shift() ?? {};
        const { code = 0, output = "", interruptedBy } = answer;
        return Promise.resolve({ code, signal: null, interruptedBy, output });
      },
      withoutServiceStarts: async (work: () => Promise<void>) => {
        ran.push("services held");
        await work();
        ran.push("services as before");
      },
      say: (line: string) => said.push(line),
    },
  };
}

test("with nothing missing nothing is run", async () => {
  const { machine, ran } = machineOf({});
  await installMissing([], "the lab", machine);
  expect(ran).toEqual([]);
});

test("known packages are installed without a refresh of the lists, with services held", async () => {
  const { machine, ran, said } = machineOf({ policy: [{ output: KNOWN }] });
  await installMissing([PING, NFT], "the lab", machine);
  expect(ran).toEqual([
    "services held",
    "apt-cache policy",
    "apt-get install",
    "services as before",
  ]);
  expect(said).toEqual([
    "installs iputils-ping, nftables from Debian: the lab uses ping to ping, nft to show packet filters",
  ]);
});

test("lists without a candidate are refreshed first", async () => {
  const { machine, ran } = machineOf({ policy: [{ output: "" }] });
  await installMissing([PING], "the lab", machine);
  expect(ran).toContain("apt-get update");
  expect(ran.indexOf("apt-get update")).toBeLessThan(ran.indexOf("apt-get install"));
});

test("a failed installation is tried again once with fresh lists", async () => {
  const { machine, ran } = machineOf({
    policy: [{ output: KNOWN }],
    install: [{ code: 100, output: "404 Not Found" }, { code: 0 }],
  });
  await installMissing([PING], "the lab", machine);
  expect(ran.filter((line) => line.startsWith("apt-get"))).toEqual([
    "apt-get install",
    "apt-get update",
    "apt-get install",
  ]);
});

test("an installation that fails again is reported in apt's words", async () => {
  const failed = { code: 100, output: "E: You don't have enough free space\n" };
  const { machine } = machineOf({ policy: [{ output: KNOWN }], install: [failed, failed] });
  await expect(installMissing([PING], "the lab", machine)).rejects.toThrow(/enough free space$/);
});

test("an interruption is not taken for a failure to be tried again", async () => {
  const { machine, ran } = machineOf({
    policy: [{ output: KNOWN }],
    install: [{ code: 100, interruptedBy: "SIGINT" }],
  });
  const outcome = installMissing([PING], "the lab", machine);
  await expect(outcome).rejects.toMatchObject({ name: "SetupError", signal: "SIGINT" });
  expect(ran.filter((line) => line === "apt-get install")).toHaveLength(1);
});

test("who is not root gets the command to run", async () => {
  const { machine, ran } = machineOf({}, { isRoot: false, hasApt: true });
  const outcome = installMissing([PING, NFT], "the lab", machine);
  await expect(outcome).rejects.toBeInstanceOf(SetupError);
  await expect(outcome).rejects.toThrow(
    "sudo apt-get install -y --no-install-recommends iputils-ping nftables",
  );
  expect(ran).toEqual([]);
});

test("where there is no apt the missing commands are named and the job goes on", async () => {
  const { machine, ran, said } = machineOf({}, { isRoot: true, hasApt: false });
  await installMissing([PING, NFT], "the lab", machine);
  expect(ran).toEqual([]);
  expect(said.join()).toContain("ping to ping, nft to show packet filters");
});

test("a candidate is a version for each package asked for", () => {
  expect(hasCandidates(KNOWN, ["iputils-ping", "nftables"])).toBe(true);
  expect(hasCandidates(KNOWN, ["iputils-ping", "frr"])).toBe(false);
  expect(hasCandidates("frr:\n  Installed: (none)\n  Candidate: (none)\n", ["frr"])).toBe(false);
});
