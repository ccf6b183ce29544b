import { expect, test } from "vitest";
import { failureOf } from "../../src/etcd/etcd-error.ts";

test.each([
  [
    "14 UNAVAILABLE: No connection established. Last error: Error: connect EHOSTUNREACH 198.18.5.2:2379. Resolution note: ",
    "connect EHOSTUNREACH 198.18.5.2:2379",
  ],
  [
    "14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:9",
    "connect ECONNREFUSED 127.0.0.1:9",
  ],
  [
    "4 DEADLINE_EXCEEDED: Deadline exceeded after 3.001s,name resolution: 0.001s,Waiting for LB pick",
    "no answer within 3 s",
  ],
  [
    "4 DEADLINE_EXCEEDED: Deadline exceeded after 2.999s,LB pick: 0.001s,remote_addr=127.0.0.1:2379",
    "no answer within 3 s",
  ],
  ["etcdserver: no leader", "etcdserver: no leader"],
])(
  "of a call without an answer what the kernel or the server said is told: %s",
  (said, message) => {
    expect(failureOf(new Error(said), "etcd://x:1/selvedge/")).toEqual({
      kind: "unanswered",
      message,
    });
  },
);
