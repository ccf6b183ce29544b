/** What a process has cost so far, from /proc. */
import { readFileSync } from "node:fs";

const HUNDREDTHS = 100;

/** User and system time of all threads in seconds: proc(5), fields 14 and 15, in hundredths of a second. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / HUNDREDTHS;
}

/** Memory in MiB: resident now, or the most that has ever been. */
export function memoryMiBOf(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status);
  return Number(line?.[1] ?? 0) / 1024;
}
