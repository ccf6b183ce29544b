import { expect, test } from "vitest";
import { formatMacs } from "../../src/show/macs.ts";

const head = { subnet: "red/lan", vrf: "red/main", l2vni: 6001 };

test("prints a line for each MAC: where it is, whose, and with which addresses", () => {
  const text = formatMacs({
    macs: [
      {
        ...head,
        ...{ mac: "02:00:00:00:00:11", type: "Local", endpoint: "red/db-1", interface: "c1" },
        addresses: ["10.1.5.11", "2001:db8::11"],
      },
      {
        ...head,
        ...{ mac: "02:00:00:00:00:22", type: "Remote", vtepIp: "10.0.2.12", host: "h2" },
        addresses: ["10.1.5.22"],
      },
      { ...head, mac: "02:00:00:00:00:33", type: "Remote", vtepIp: "10.0.9.1", addresses: [] },
    ],
  });
  expect(text).toBe(`\
Subnet    VNI  MAC                Type    Interface/VTEP  Endpoint/Host  Addresses
red/lan  6001  02:00:00:00:00:11  Local   c1              red/db-1       10.1.5.11,2001:db8::11
red/lan  6001  02:00:00:00:00:22  Remote  10.0.2.12       h2             10.1.5.22
red/lan  6001  02:00:00:00:00:33  Remote  10.0.9.1        -              -
`);
});

test("says so when there is none", () => {
  expect(formatMacs({ macs: [] })).toBe("No MAC of a bridged subnet is known on this host\n");
});
