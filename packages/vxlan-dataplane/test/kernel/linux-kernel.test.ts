import { NetworkNamespace } from "@selvedge/netlink";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LinuxKernel } from "../../src/linux-kernel.ts";
import { Lab } from "./lab.ts";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open();
});

afterEach(() => lab.close());

it("makes a namespace whose lo says whose it is, before anything else is done with it", () => {
  const kernel = new LinuxKernel(undefined);
  const name = `${lab.prefix}-made`;
  const made = kernel.create(name, "selvedge vrf red/main prefix vrf");
  const [loopback, ...others] = made.links();
  expect(loopback).toMatchObject({
    name: "lo",
    alias: "selvedge vrf red/main prefix vrf",
    up: false,
  });
  expect(others).toEqual([]);
  expect(() => kernel.create(name, "another")).toThrow("File exists");
  made.close();
  kernel.close();
  expect(NetworkNamespace.exists(name)).toBe(true);
});
