/** How a datastore is, and what compacting it has done, in words and columns. */
import type {
  Compaction,
  DatastoreStatus,
  EngineStatus,
  EtcdMember,
  MigrationState,
} from "@selvedge/datastore";
import { formatTable } from "../table.ts";

/** For `datastore status`. */
export function formatDatastoreStatus(status: DatastoreStatus): string {
  const { location, engine, revision, compactRevision, keys, migration } = status;
  const lines: readonly (readonly [string, string])[] = [
    ["Location", location],
    ["Engine", engineInWords(engine)],
    ...(migration === undefined ? [] : ([["Migration", migrationInWords(migration)]] as const)),
    ["Revision", `${revision}, history since ${compactRevision}`],
    ["Read", milliseconds(status.readLatency)],
    ["Commit", commitInWords(status.commitLatency)],
    ...fileLines(engine),
    ["Keys", `${keys.total} (${octetsInWords(keys.octets)}), ${keys.leased} under leases`],
  ];
  const width = Math.max(...lines.map(([title]) => title.length)) + 2;
  const head = lines.map(([title, text]) => `${`${title}:`.padEnd(width)}${text}\n`).join("");
  const areas = keys.areas.map(({ area, keys: number }) => [area, String(number)]);
  const columns = [{ title: "AREA" }, { title: "KEYS", align: "right" }] as const;
  const members = engine.kind === "etcd" ? `\n${formatMembers(engine.members)}` : "";
  return head + members + (areas.length === 0 ? "" : `\n${formatTable(columns, areas)}`);
}

/** For `datastore compact`. */
export function formatCompaction({ revision, freed }: Compaction): string {
  const done =
    revision === 0
      ? "there is no history older than what is kept\n"
      : `history is kept from revision ${revision} on\n`;
  const rows = freed.map(({ name, size, used }) => [
    name,
    ...[...used, ...size].map((octets) => octetsInWords(octets)),
  ]);
  const right = { align: "right" } as const;
  const columns = [
    { title: "WHERE" },
    { title: "USED BEFORE", ...right },
    { title: "AFTER", ...right },
    { title: "SIZE BEFORE", ...right },
    { title: "AFTER", ...right },
  ];
  return done + formatTable(columns, rows);
}

/** "812 B", "1.5 MiB". */
export function octetsInWords(octets: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB"] as const;
  let [value, unit] = [octets, "B"];
  for (const next of units) {
    if (value < 1024) break;
    [value, unit] = [value / 1024, next];
  }
  return `${unit === "B" ? value : value.toFixed(1)} ${unit}`;
}

function engineInWords(engine: EngineStatus): string {
  if (engine.kind === "sqlite") return `SQLite ${engine.version}`;
  const asked = engine.members.filter(({ endpoint }) => endpoint !== undefined);
  const silent = asked.filter(({ answer }) => answer === undefined).length;
  const count = `${engine.members.length} member${engine.members.length === 1 ? "" : "s"}`;
  return `etcd, ${count}${silent === 0 ? "" : `, ${silent} of them did not answer`}`;
}

function fileLines(engine: EngineStatus): readonly (readonly [string, string])[] {
  if (engine.kind !== "sqlite") return [];
  const { size, free, log, faults } = engine;
  return [
    ["File", `${octetsInWords(size)}, ${octetsInWords(free)} of it free`],
    ["Write-ahead log", octetsInWords(log)],
    ["Integrity", faults.length === 0 ? "ok" : faults.join("; ")],
  ];
}

function formatMembers(members: readonly EtcdMember[]): string {
  const rows = members.map(({ name, endpoint, answer, alarms }) => [
    name === "" ? "?" : name,
    endpoint ?? "(not named)",
    ...(answer === undefined
      ? [endpoint === undefined ? "not asked" : "no answer", "", "", "", ""]
      : [
          answer.isLeader ? "leader" : answer.isLearner ? "learner" : "follower",
          answer.version,
          octetsInWords(answer.size),
          octetsInWords(answer.used),
          answer.quota === undefined ? "unknown" : octetsInWords(answer.quota),
        ]),
    alarms.length === 0 ? "none" : alarms.join(","),
  ]);
  const right = { align: "right" } as const;
  const columns = [
    ...["MEMBER", "ENDPOINT", "ROLE", "VERSION"].map((title) => ({ title })),
    ...["SIZE", "USED", "QUOTA"].map((title) => ({ title, ...right })),
    { title: "ALARMS" },
  ];
  return formatTable(columns, rows);
}

function migrationInWords({ kind, to, from, time }: MigrationState): string {
  switch (kind) {
    case "moving":
      return to === "" ? "none" : `being copied to ${to}; takes writes`;
    case "moved":
      return `moved to ${to} on ${time}; takes no writes`;
    case "filling":
      return `being filled from ${from}; not to be used yet`;
    case "abandoned":
      return `a migration from ${from} is being taken back`;
    case "filled":
      return `filled from ${from} on ${time}`;
    default:
      return kind satisfies never;
  }
}

function commitInWords(latency: DatastoreStatus["commitLatency"]): string {
  return typeof latency === "number" ? milliseconds(latency) : `refused: ${latency.refused}`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(2)} ms`;
}
