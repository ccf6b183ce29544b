/**
 * The agent of a walk, as a process that can be killed: tells its dataplane what it is told, and applies when it is told to.
 * Arguments: name of the underlay's namespace, namespace prefix.
 */
import { setImmediate } from "node:timers/promises";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import { Dataplane } from "../../src/index.ts";
import { calls, type World } from "../model/worlds.ts";
import { standingFailures } from "./standing-failures.ts";

/** What it is told, and what it answers once that is done. */
export type Order =
  /** What is wanted, and was before. */
  | { readonly kind: "want"; readonly from: World; readonly to: World }
  /** Apply in the smallest slices, until the end. */
  | { readonly kind: "begin" }
  /** Look at everything and apply it at once. */
  | { readonly kind: "settle" };

export interface Answer {
  /** That stand after the last apply. */
  readonly failures: readonly string[];
  readonly operations: number;
}

const [underlay = "", namespacePrefix = ""] = process.argv.slice(2);
await primeThreadPool();
const dataplane = new Dataplane({
  underlay: NetworkNamespace.open(underlay),
  namespacePrefix,
  log: { info: () => undefined, debug: () => undefined },
});
dataplane.markSynced();

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case "want":
      for (const call of calls(order.from, order.to)) call(dataplane);
      return { failures: [], operations: 0 };
    case "begin":
      // The event loop lets the parent's signal in.
      while (dataplane.apply({ milliseconds: 0 }).more) await setImmediate();
      return { failures: [], operations: 0 };
    case "settle": {
      dataplane.retryFailed();
      dataplane.resync();
      const { operations } = dataplane.apply();
      return { failures: standingFailures(dataplane), operations };
    }
    default:
      return order satisfies never;
  }
}

process.on("message", (order: Order) => {
  void obey(order).then((answer) => process.send?.(answer));
});
process.send?.({ failures: [], operations: 0 } satisfies Answer);
