import type { EndpointStatus } from "@selvedge/vxlan-dataplane";
import { describe, expect, test } from "vitest";
import { endpointIntent } from "../../src/intent/endpoint-intent.ts";
import { endpointDocument, endpointListDocument } from "../../src/status/endpoint-list.ts";
import { endpoint, subnet } from "../fixtures.ts";

const intentOf = (name: string) =>
  endpointIntent(
    endpoint("red", name, "web", "h1", ["10.1.0.11", "2001:db8:1::11"]),
    subnet("red", "web", "main", ["10.1.0.0/24", "2001:db8:1::/64"]),
  );

const INTENT = intentOf("web-1");

const statusOf = (state: EndpointStatus["state"]): EndpointStatus => ({
  name: INTENT.name,
  vrf: INTENT.vrf,
  bridgeDomain: undefined,
  addresses: INTENT.addresses,
  mac: INTENT.mac,
  workload: { namespace: "w1", interface: "eth0" },
  state,
  failures: [],
});

describe("an endpoint as a document", () => {
  test("is declared as long as it has no workload", () => {
    expect(endpointDocument(INTENT, undefined)).toEqual({
      name: "red/web-1",
      vrf: "red/main",
      subnet: "red/web",
      addresses: ["10.1.0.11", "2001:db8:1::11"],
      mac: INTENT.mac,
      state: "Declared",
    });
  });

  test.each<[EndpointStatus["state"], object]>([
    [{ kind: "pending" }, { state: "Pending" }],
    [
      { kind: "attached", hostInterface: "c0123456789", hostIndex: 7 },
      { state: "Attached", hostInterface: "c0123456789" },
    ],
    [
      { kind: "not-attached", reason: "workload-namespace-missing", message: "w1 does not exist" },
      { state: "Failed", reason: "w1 does not exist" },
    ],
  ])("with a workload in state %j shows %j and the workload", (state, expected) => {
    expect(endpointDocument(INTENT, statusOf(state))).toMatchObject({
      ...expected,
      workloadNamespace: "w1",
      workloadInterface: "eth0",
    });
  });

  test("says what is wrong with it though it is attached", () => {
    const attached = { kind: "attached", hostInterface: "c0123456789", hostIndex: 7 } as const;
    const message = "the default route of w1 leads to net0";
    const failures = [{ code: "default-route-taken", object: "default", message } as const];
    expect(endpointDocument(INTENT, { ...statusOf(attached), failures })).toMatchObject({
      state: "Attached",
      reason: message,
    });
    expect(endpointDocument(INTENT, statusOf(attached))).not.toHaveProperty("reason");
  });

  test("is told apart when it is on another host still", () => {
    const place = { namespace: "w3", interface: "eth0" };
    const attachments = [
      // It has just arrived, which is not written yet.
      { endpoint: "red/web-1", ...place, ahead: true as const },
      { endpoint: "red/web-9", ...place, ahead: true as const },
    ];
    expect(endpointListDocument([INTENT], [], new Map(), attachments)).toMatchObject({
      endpoints: [{ name: "red/web-1", state: "Declared" }],
      ahead: [{ name: "red/web-9", workloadNamespace: "w3", workloadInterface: "eth0" }],
    });
  });

  test("stands in the list by name, with its own status", () => {
    const { endpoints } = endpointListDocument(
      [intentOf("web-2"), INTENT],
      [statusOf({ kind: "pending" })],
      new Map([["red/web-1", 7]]),
      [],
    );
    expect(endpoints.map(({ droppedPackets }) => droppedPackets)).toEqual([7, undefined]);
    expect(endpoints.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "red/web-1 Pending",
      "red/web-2 Declared",
    ]);
  });
});
