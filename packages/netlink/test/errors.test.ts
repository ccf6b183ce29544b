import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { malformedAnswer, NetlinkError, systemError } from "../src/errors.ts";
import { MalformedMessage } from "../src/wire/malformed-message.ts";
import { errorOf } from "./kernel-lab.ts";

test("the message names the request, the object, the error and the kernel's explanation", () => {
  const error = new NetlinkError({
    errno: 17,
    request: "link.create",
    object: "vxlan vx5001",
    extack: "A VXLAN device with the specified VNI already exists",
  });
  expect(error.message).toBe(
    "link.create vxlan vx5001: File exists: A VXLAN device with the specified VNI already exists",
  );
  expect(error).toMatchObject({
    code: "EEXIST",
    errno: 17,
    request: "link.create",
    object: "vxlan vx5001",
    extack: "A VXLAN device with the specified VNI already exists",
  });
});

test("without an explanation the message ends with the error", () => {
  const error = new NetlinkError({
    errno: 3,
    request: "route.delete",
    object: "route 10.0.0.1/32",
  });
  expect(error.message).toBe("route.delete route 10.0.0.1/32: No such process");
  expect(error.extack).toBeUndefined();
  expect(error.cause).toBeUndefined();
});

test("an error of a file operation keeps its number and becomes the cause", () => {
  const cause = errorOf(() => readFileSync("/proc/sys/net/no-such-setting"));
  const error = systemError(cause, "sysctl.get", "net/no-such-setting");
  expect(error.code).toBe("ENOENT");
  expect(error.cause).toBe(cause);
});

test("an error that is none of the system's is thrown on unchanged", () => {
  const cause = new RangeError("a bug");
  expect(errorOf(() => systemError(cause, "sysctl.get", "x"))).toBe(cause);
});

test("a malformed answer becomes EBADMSG and says what was malformed", () => {
  const error = malformedAnswer(new MalformedMessage("attribute of 3 octets in 8"));
  expect(error).toBeInstanceOf(NetlinkError);
  expect(error).toMatchObject({ code: "EBADMSG", extack: "attribute of 3 octets in 8" });
  const bug = new TypeError("a bug");
  expect(malformedAnswer(bug)).toBe(bug);
});
