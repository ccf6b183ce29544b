/**
 * Brings the remote routes of a VRF into the kernel, batch by batch.
 */
import type { Deadline } from "./budget.ts";
import { type Changes, meansAbsent } from "./changes.ts";
import type { DataplaneSubject } from "./errors.ts";
import type { KernelNamespace, RouteWriter } from "./kernel.ts";
import { ROUTE_METRIC, ROUTE_PROTOCOL } from "./ownership.ts";
import type { PrefixTable } from "./prefix-table.ts";
import { emptyRouteBatch, type RouteBatch, type RouteTable } from "./route-table.ts";

/** Routes of one step: what the netlink package sends in one datagram, 0.6 ms at most. */
const BATCH_ROUTES = 512;

/** How far a flush may go. */
export interface RouteFlushOptions {
  readonly mayRemove: boolean;
  readonly deadline: Deadline;
  readonly changes: Changes;
  readonly subject: DataplaneSubject;
}

/** Refusals that are reported one by one; the rest of a flush is a number. */
const REPORTED_REFUSALS = 16;

const batch: RouteBatch = emptyRouteBatch();

/**
 * Carries out queued changes until there are none or the time is over. Returns false when answers of
 * the kernel were lost, so that the namespace has to be read again. Throws NetlinkError when the
 * socket fails.
 */
export function flushRoutes(
  namespace: KernelNamespace,
  table: RouteTable,
  { mayRemove, deadline, changes, subject }: RouteFlushOptions,
): boolean {
  const writer = namespace.routeWriter({ protocol: ROUTE_PROTOCOL, metric: ROUTE_METRIC.remote });
  let isCertain = true;
  let refused = 0;
  do {
    table.take(batch, BATCH_ROUTES, mayRemove);
    writeBatch(writer, table.prefixes);
    const outcome = writer.finish();
    changes.count(batch.rows.length);
    isCertain &&= outcome.uncertain === 0;
    const failed = new Set<number>();
    for (const { index, error } of outcome.failures) {
      if (batch.nexthops[index] !== 0 || !meansAbsent(error)) {
        failed.add(index);
        refused += 1;
        if (refused <= REPORTED_REFUSALS) {
          changes.refuse(error, subject);
        }
      }
    }
    table.settle(batch, failed);
  } while (!table.settled && !deadline.exhausted());
  if (refused > REPORTED_REFUSALS) {
    const more = `${refused - REPORTED_REFUSALS} more routes`;
    changes.fail("kernel-refused", more, `the kernel refused ${more}`, subject);
  }
  return isCertain;
}

function writeBatch(writer: RouteWriter, prefixes: PrefixTable): void {
  const { octets } = prefixes;
  const { rows, nexthops } = batch;
  for (let position = 0; position < rows.length; position += 1) {
    const row = rows[position] ?? 0;
    const nexthop = nexthops[position] ?? 0;
    const family = prefixes.familyOf(row);
    const length = prefixes.lengthOf(row);
    if (nexthop === 0) {
      writer.remove(family, octets, row * 16, length);
    } else {
      writer.replace(family, octets, row * 16, length, nexthop);
    }
  }
}
