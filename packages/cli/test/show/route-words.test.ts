import { describe, expect, test } from "vitest";
import { CommandError } from "../../src/io.ts";
import { parseRouteWords } from "../../src/show/route-words.ts";

const parse = (text: string) => parseRouteWords(text.split(" ").filter(Boolean));

describe("the words after show bgp l2vpn evpn", () => {
  test.each([
    ["", {}, false],
    ["route", {}, false],
    ["route detail", {}, true],
    ["type es", { routeType: 4 }, false],
    ["type ead", { routeType: 1 }, false],
    ["type 9", { routeType: 9 }, false],
    ["route vni 5001", { vni: 5001 }, false],
    ["rt 65000:1 rd 65000:2", { routeTarget: "65000:1", rd: "65000:2" }, false],
    ["mac 02:00:00:00:00:0A", { mac: "02:00:00:00:00:0a" }, true],
    ["ip 2001:DB8::1", { ip: "2001:db8::1" }, true],
    ["prefix 10.1.0.0/24", { prefix: "10.1.0.0/24" }, true],
    ["rd 65000:2 2001:db8::/32", { rd: "65000:2", prefix: "2001:db8::/32" }, true],
  ])("%s", (text, query, detail) => {
    expect(parse(text)).toEqual({ query, detail });
  });

  test.each([
    ["type", "after type comes ead, macip"],
    ["type mac", '"mac" is no EVPN route type'],
    ["type 0", '"0" is no EVPN route type'],
    ["type 256", '"256" is no EVPN route type'],
    ["type toString", '"toString" is no EVPN route type'],
    ["rd", "after rd comes a route distinguisher such as"],
    ["rd 65000", "rd: "],
    ["vni 16777216", "vni: "],
    ["10.1.0.1/24", "prefix: "],
    ["rd 65000:1 rd 65000:2", "rd is given twice"],
    ["10.1.0.0/24 prefix 10.2.0.0/24", "prefix is given twice"],
    ["constructor 1", '"constructor" is none of route, type'],
    ["route route", '"route" is none of'],
  ])("%s is refused: %s", (text, message) => {
    expect(() => parse(text)).toThrow(CommandError);
    expect(() => parse(text)).toThrow(message);
  });
});
