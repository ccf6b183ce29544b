import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import type { EndpointState, EndpointStatus } from "@selvedge/vxlan-dataplane";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Attacher } from "../src/attach-endpoint.ts";
import { AttachmentStore } from "../src/attachments.ts";
import type { EndpointIntent } from "../src/intent/endpoint-intent.ts";

const intent = (name: string): EndpointIntent => ({
  name,
  vrf: "red/main",
  subnet: "red/web",
  addresses: [parseIpAddress("10.1.0.11")],
  mac: parseMacAddress("02:00:00:00:00:11"),
});

let directory: string;
let attachments: AttachmentStore;
let attacher: Attacher;
let declared: Map<string, EndpointIntent>;
/** What the kernel holds. */
let wanted: Map<string, EndpointStatus>;
/** What applying makes of a wanted endpoint. */
let nextStates: EndpointState[];
let checked: string[];
let problems: unknown[];
const ATTACHED: EndpointState = { kind: "attached", hostInterface: "c1", hostIndex: 3 };

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-attach-"));
  attachments = (await AttachmentStore.open(directory)).store;
  declared = new Map(["red/web-1", "red/web-2"].map((name) => [name, intent(name)]));
  wanted = new Map();
  nextStates = [];
  checked = [];
  problems = [];
  attacher = new Attacher({
    host: "h1",
    attachments,
    endpoint: (name) => declared.get(name),
    dataplane: {
      setEndpoint: ({ name, vrf, bridgeDomain, addresses, workload }) => {
        const { mac } = intent(name);
        const state = { kind: "pending" } as const;
        const fields = { name, vrf, bridgeDomain, addresses, mac, workload };
        wanted.set(name, { ...fields, state, failures: [] });
      },
      checkEndpoint: (name) => void checked.push(name),
      removeEndpoint: (name) => void wanted.delete(name),
      endpoints: () => [...wanted.values()],
    },
    applyNow: () => {
      const state = nextStates.shift() ?? ATTACHED;
      for (const [name, status] of wanted) wanted.set(name, { ...status, state });
      return { more: false };
    },
    nextTurn: async () => {},
    wake: () => {},
    onProblem: (error) => void problems.push(error),
  });
});

// An attachment that nobody waits for may just be written.
afterEach(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }));

const request = (name = "red/web-1", namespace = "w1") => ({
  endpoint: name,
  namespace,
  interface: "eth0",
});

describe("attach ahead", () => {
  const moving = request("red/db-1");

  test("keeps where an endpoint of another host is to be, and wires nothing yet", async () => {
    await attacher.attachAhead(moving);
    expect(attachments.get("red/db-1")).toEqual({ ...moving, ahead: true });
    expect(wanted.size).toBe(0);
  });

  test("wires it when it is declared here, and from then on it is as others are", async () => {
    await attacher.attachAhead(moving);
    declared.set("red/db-1", intent("red/db-1"));
    attacher.follow("red/db-1", intent("red/db-1"));
    expect(wanted.get("red/db-1")?.workload).toEqual({ namespace: "w1", interface: "eth0" });
    await vi.waitFor(() => expect(attachments.get("red/db-1")).toEqual(moving));
    const { store } = await AttachmentStore.open(directory);
    expect(store.get("red/db-1")).toEqual(moving);
    expect(problems).toEqual([]);
  });

  test("forgets it when it goes again before that is written", async () => {
    await attacher.attachAhead(moving);
    declared.set("red/db-1", intent("red/db-1"));
    attacher.follow("red/db-1", intent("red/db-1"));
    declared.delete("red/db-1");
    attacher.follow("red/db-1", undefined);
    await attacher.forget(["red/db-1"]);
    await vi.waitFor(() => {
      expect(readdirSync(directory)).toEqual([]);
      expect(attachments.get("red/db-1")).toBeUndefined();
    });
    expect(wanted.size).toBe(0);
  });

  test("wires it at once when it has been declared while that was written", async () => {
    const attaching = attacher.attachAhead(moving);
    declared.set("red/db-1", intent("red/db-1"));
    await attaching;
    expect(wanted.has("red/db-1")).toBe(true);
    await vi.waitFor(() => expect(attachments.get("red/db-1")).toEqual(moving));
  });

  test("outlives the agent", async () => {
    await attacher.attachAhead(moving);
    const { store, unreadable } = await AttachmentStore.open(directory);
    expect([store.get("red/db-1"), unreadable]).toEqual([{ ...moving, ahead: true }, []]);
  });

  test("is refused for an interface that another endpoint has", async () => {
    await attacher.attach(request());
    await expect(attacher.attachAhead(moving)).rejects.toMatchObject({ reason: "Conflict" });
    expect(attachments.get("red/db-1")).toBeUndefined();
  });

  test("gives way to an attach, and to a detach", async () => {
    await attacher.attachAhead(moving);
    declared.set("red/db-1", intent("red/db-1"));
    expect((await attacher.attach(moving)).state).toEqual(ATTACHED);
    expect(attachments.get("red/db-1")).toEqual(moving);
    await attacher.attachAhead(request("red/db-2", "w2"));
    await attacher.detach("red/db-2");
    expect(attachments.get("red/db-2")).toBeUndefined();
  });
});

describe("attach", () => {
  test("wires the endpoint and keeps the attachment", async () => {
    expect((await attacher.attach(request())).state).toEqual(ATTACHED);
    expect(attachments.get("red/web-1")).toEqual(request());
  });

  test("waits while the dataplane has not had its turn", async () => {
    nextStates.push({ kind: "pending" }, { kind: "pending" });
    expect((await attacher.attach(request())).state).toEqual(ATTACHED);
  });

  test("to the same place again is no error, and looks whether all is still there", async () => {
    await attacher.attach(request());
    checked.length = 0;
    expect((await attacher.attach(request())).state).toEqual(ATTACHED);
    expect(checked).toEqual(["red/web-1"]);
  });

  test("again of what cannot be wired any more says so, and keeps the attachment", async () => {
    await attacher.attach(request());
    const message = "the workload's network namespace w1 is not there";
    nextStates.push({ kind: "not-attached", reason: "workload-namespace-missing", message });
    await expect(attacher.attach(request())).rejects.toMatchObject({
      reason: "Unprocessable",
      message,
    });
    expect(attachments.get("red/web-1")).toEqual(request());
  });

  test("that never gets its turn is no success", async () => {
    nextStates.push(...Array.from({ length: 1000 }, () => ({ kind: "pending" }) as const));
    await expect(attacher.attach(request())).rejects.toMatchObject({ reason: "NotReady" });
    expect(attachments.get("red/web-1")).toBeUndefined();
  });

  test("wires the endpoint as it is declared once the attachment is written", async () => {
    const attaching = attacher.attach(request());
    const addresses = [parseIpAddress("10.1.0.99")];
    declared.set("red/web-1", { ...intent("red/web-1"), addresses });
    await attaching;
    expect(wanted.get("red/web-1")?.addresses).toEqual(addresses);
  });

  test("of an endpoint that is deleted meanwhile leaves nothing", async () => {
    const attaching = attacher.attach(request());
    declared.delete("red/web-1");
    await expect(attaching).rejects.toMatchObject({ reason: "NotFound" });
    expect(attachments.get("red/web-1")).toBeUndefined();
    expect(wanted.size).toBe(0);
  });

  test("is not wired again by a declaration that comes while the attachment is removed", async () => {
    await attacher.attach(request());
    declared.delete("red/web-1");
    const forgotten = attacher.forget(["red/web-1"]);
    declared.set("red/web-1", intent("red/web-1"));
    attacher.follow("red/web-1", intent("red/web-1"));
    await expect(attacher.attach(request())).rejects.toMatchObject({ reason: "Conflict" });
    await forgotten;
    expect(attachments.get("red/web-1")).toBeUndefined();
    expect(wanted.size).toBe(0);
  });

  test("of what is not declared here is refused and says how to declare it", async () => {
    await expect(attacher.attach(request("red/web-9"))).rejects.toMatchObject({
      reason: "NotFound",
      message: expect.stringContaining("selvedge apply"),
    });
  });

  test("to another place needs a detach first", async () => {
    await attacher.attach(request());
    await expect(attacher.attach(request("red/web-1", "w2"))).rejects.toMatchObject({
      reason: "Conflict",
      message: expect.stringContaining("w1:eth0; detach it there first"),
    });
  });

  test("to an interface that another endpoint has is refused", async () => {
    await attacher.attach(request());
    await expect(attacher.attach(request("red/web-2"))).rejects.toMatchObject({
      reason: "Conflict",
      message: expect.stringContaining("w1:eth0 is the interface of red/web-1"),
    });
  });

  test("that the kernel refuses leaves nothing", async () => {
    const message = "the workload's network namespace w1 is not there";
    nextStates.push({ kind: "not-attached", reason: "workload-namespace-missing", message });
    await expect(attacher.attach(request())).rejects.toMatchObject({
      reason: "Unprocessable",
      message,
    });
    expect(wanted.size).toBe(0);
    expect(attachments.get("red/web-1")).toBeUndefined();
  });

  test("of an endpoint that another call is attaching is refused", async () => {
    const first = attacher.attach(request());
    await expect(attacher.attach(request())).rejects.toMatchObject({ reason: "Conflict" });
    await first;
  });

  test("changes nothing when the attachment cannot be kept", async () => {
    rmSync(directory, { recursive: true });
    await expect(attacher.attach(request())).rejects.toMatchObject({
      reason: "Unprocessable",
      message: expect.stringContaining("nothing was changed"),
    });
    expect(wanted.size).toBe(0);
  });
});

describe("detach", () => {
  test("unwires the endpoint and forgets the attachment", async () => {
    await attacher.attach(request());
    await attacher.detach("red/web-1");
    expect(wanted.size).toBe(0);
    expect(attachments.get("red/web-1")).toBeUndefined();
  });

  test("of what is not attached says so", async () => {
    await expect(attacher.detach("red/web-1")).rejects.toMatchObject({ reason: "NotFound" });
  });
});

describe("an endpoint whose declaration changes", () => {
  test("is wired as it was attached, from a file of an earlier process too", async () => {
    await attachments.set(request());
    attacher.follow("red/web-1", intent("red/web-1"));
    expect(wanted.get("red/web-1")?.workload).toEqual({ namespace: "w1", interface: "eth0" });
  });

  test("is unwired when it is no longer declared, and comes back with its declaration", async () => {
    await attacher.attach(request());
    attacher.follow("red/web-1", undefined);
    expect(wanted.size).toBe(0);
    attacher.follow("red/web-1", intent("red/web-1"));
    expect(wanted.size).toBe(1);
  });

  test("is left alone when it was never attached", () => {
    attacher.follow("red/web-1", intent("red/web-1"));
    expect(wanted.size).toBe(0);
  });
});
