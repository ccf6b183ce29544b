import { KIND_NAMES } from "@selvedge/resources";
import { describe, expect, test } from "vitest";
import { run } from "../run.ts";

describe("selvedge explain", () => {
  test.each(KIND_NAMES)("%s lists the fields of the kind", async (kind) => {
    const { exitCode, stdout } = await run(["explain", kind]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^KIND: +${kind} `));
    expect(stdout).toMatch(/^ {2}metadata <object> required$/m);
  });

  test("says of a field what it is, its type, whether it is required, and its default", async () => {
    expect((await run(["explain", "vrfs.spec.routeTargets.import"])).stdout).toBe(`\
KIND:     Vrf (vrfs), belongs to a tenant
VERSION:  selvedge.dev/v1alpha1
FIELD:    spec.routeTargets.import <list of string>

  route targets whose routes are imported, *:VNI for those of any AS; absent: the automatic one
`);
    const { stdout } = await run(["explain", "host.spec"]);
    expect(stdout).toContain("  routerId <string> required\n");
    expect(stdout).toContain('  roles <list of vtep|reflector> default ["vtep"]\n');
  });

  test.each([
    ["gadgets", "the kinds are tenants, hosts"],
    ["subnets.spec.cidr", 'no field "cidr" in subnets.spec.cidr; there are vrf, cidrs'],
    ["subnets.spec.vrf.name", 'no field "name" in subnets.spec.vrf.name; there are none here'],
    ["subnets.toString", 'no field "toString" in'],
  ])("of %s says what there is", async (text, message) => {
    const { exitCode, stderr, stdout } = await run(["explain", text]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
