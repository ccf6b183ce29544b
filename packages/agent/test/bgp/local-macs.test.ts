import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import type { EndpointStatus } from "@selvedge/vxlan-dataplane";
import { describe, expect, test } from "vitest";
import { LocalMacTable } from "../../src/bgp/local-macs.ts";

const MAC = parseMacAddress("02:00:00:00:00:01");
const IP = parseIpAddress("10.1.5.11");

const station = (fields: Partial<EndpointStatus> = {}): EndpointStatus => ({
  name: "red/a",
  vrf: "red/main",
  bridgeDomain: "red/lan",
  addresses: [IP],
  mac: MAC,
  workload: { namespace: "w", interface: "eth0" },
  state: { kind: "attached", hostInterface: "c1", hostIndex: 2 },
  failures: [],
  ...fields,
});
const alone = { bridgeDomain: "red/lan", mac: MAC };
const withIp = { ...alone, ip: IP };

describe("the local MACs", () => {
  test("are those of attached endpoints of bridged subnets, alone and with each address", () => {
    const table = new LocalMacTable();
    const changes = table.follow([
      station(),
      station({ name: "red/routed", bridgeDomain: undefined }),
      station({
        name: "red/gone",
        mac: parseMacAddress("02:00:00:00:00:02"),
        state: { kind: "pending" },
      }),
    ]);
    expect(changes).toEqual([
      { kind: "originate", local: alone },
      { kind: "originate", local: withIp },
    ]);
    expect([...table.of("red/lan")]).toEqual([alone, withIp]);
    expect([...table.of("red/other")]).toEqual([]);
    expect(table.has("red/lan", MAC)).toBe(true);
    expect(table.has("red/other", MAC)).toBe(false);
  });

  test("change by what has changed, withdrawals first", () => {
    const table = new LocalMacTable();
    table.follow([station()]);
    expect(table.follow([station()])).toEqual([]);
    const other = parseIpAddress("10.1.5.12");
    expect(table.follow([station({ addresses: [other] })])).toEqual([
      { kind: "withdraw", local: withIp },
      { kind: "originate", local: { ...alone, ip: other } },
    ]);
    expect(table.follow([])).toEqual([
      { kind: "withdraw", local: alone },
      { kind: "withdraw", local: { ...alone, ip: other } },
    ]);
    expect(table.has("red/lan", MAC)).toBe(false);
  });
});
