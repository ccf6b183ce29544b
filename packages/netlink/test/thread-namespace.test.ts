import { describe, expect, test } from "vitest";
import { NetlinkError } from "../src/errors.ts";
import { NetworkNamespace } from "../src/namespace.ts";
import { errorOf, labNamespace, runChild } from "./kernel-lab.ts";

function currentId(): string {
  using namespace = NetworkNamespace.current();
  return namespace.id;
}

describe("run", () => {
  test("calls the work inside the namespace, gives its result and comes back", () => {
    const namespace = labNamespace("run");
    const home = currentId();
    expect(namespace.run(currentId)).toBe(namespace.id);
    expect(currentId()).toBe(home);
    expect(namespace.id).not.toBe(home);
  });

  test("comes back when the work throws, and lets the error through", () => {
    const namespace = labNamespace("run");
    const home = currentId();
    const bug = new Error("a bug");
    expect(
      errorOf(() =>
        namespace.run(() => {
          throw bug;
        }),
      ),
    ).toBe(bug);
    expect(currentId()).toBe(home);
  });

  test("may be nested, and each comes back to where it was called", () => {
    const outer = labNamespace("outer");
    const inner = labNamespace("inner");
    const home = currentId();
    const seen = outer.run(() => [currentId(), inner.run(currentId), currentId()]);
    expect(seen).toEqual([outer.id, inner.id, outer.id]);
    expect(currentId()).toBe(home);
  });

  test("refuses asynchronous work, of which the rest would run outside", () => {
    const namespace = labNamespace("run");
    const home = currentId();
    expect(() => namespace.run(async () => 1)).toThrow(TypeError);
    expect(currentId()).toBe(home);
  });

  test("in a closed namespace is refused with EBADF", () => {
    const namespace = labNamespace("run");
    namespace.close();
    const error = errorOf(() => namespace.run(currentId));
    expect(error).toBeInstanceOf(NetlinkError);
    expect(error).toMatchObject({ code: "EBADF", request: "namespace.enter" });
  });

  test("ends the process when there is no way back", () => {
    const { name = "" } = labNamespace("abort");
    const { signal, stdout, stderr } = runChild("no-way-back.ts", name);
    expect(signal).toBe("SIGABRT");
    expect(stdout).toBe("");
    expect(stderr).toContain(`cannot leave network namespace ${name}`);
  });
});
