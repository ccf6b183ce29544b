import { parseIpAddress, parseIpPrefix, parseMacAddress } from "@selvedge/net";
import { expect, test } from "vitest";
import { describeObject, type RouteRequest } from "../src/request.ts";

const address = parseIpAddress("10.0.0.1");
const mac = parseMacAddress("02:00:0a:00:00:02");
const destination = parseIpPrefix("10.0.0.0/24");

test.each<[RouteRequest, string]>([
  [{ kind: "link.create", name: "br0", link: { kind: "bridge" } }, "bridge br0"],
  [{ kind: "link.set", name: "br0", up: true }, "link br0"],
  [{ kind: "link.delete", index: 4 }, "link 4"],
  [{ kind: "address.replace", link: 4, address, length: 24 }, "address 10.0.0.1/24 on link 4"],
  [{ kind: "route.delete", destination }, "route 10.0.0.0/24"],
  [{ kind: "nexthop.delete", id: 7 }, "nexthop 7"],
  [{ kind: "neighbour.delete", link: 4, address }, "neighbour 10.0.0.1 on link 4"],
  [{ kind: "fdb.delete", link: 4, mac, table: "self" }, "fdb 02:00:0a:00:00:02 on link 4"],
])("the object of %j is named", (request, object) => {
  expect(describeObject(request)).toBe(object);
});
