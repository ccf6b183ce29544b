import { describe, expect, test } from "vitest";
import { neighborIntents } from "../../src/intent/neighbor-intent.ts";
import { host } from "../fixtures.ts";

const h1 = host("h1", { id: 1 });
const h2 = host("h2", { id: 2 });
const rr1 = host("rr1", { id: 9, roles: ["reflector"] });
const rr2 = host("rr2", { id: 10, roles: ["reflector"] });

const names = (name: string, hosts: (typeof h1)[]): string[] =>
  [...neighborIntents(name, hosts).values()].map(({ description }) => description);

describe("the sessions of a host", () => {
  test("go to every reflector and to no other host", () => {
    expect(names("h1", [h1, h2, rr1, rr2])).toEqual(["rr1", "rr2"]);
  });

  test("form a full mesh where there is no reflector", () => {
    expect(names("h1", [h1, h2])).toEqual(["h2"]);
    expect(neighborIntents("h1", [h1, h2]).get("10.0.2.1")).toMatchObject({
      reflectorClient: false,
      passive: false,
      localAddress: "10.0.1.1",
    });
  });

  test("of a reflector wait for its clients, and dial the other reflectors", () => {
    const neighbors = [...neighborIntents("rr1", [h1, h2, rr1, rr2]).values()];
    expect(
      neighbors.map(({ description, passive, reflectorClient }) => [
        description,
        passive,
        reflectorClient,
      ]),
    ).toEqual([
      ["h1", true, true],
      ["h2", true, true],
      ["rr2", false, false],
    ]);
  });

  test("of a reflector in another AS are no client sessions: reflection is iBGP's", () => {
    const away = host("h3", { id: 3, asn: 65001 as typeof h1.spec.asn });
    expect(neighborIntents("rr1", [rr1, away]).get("10.0.3.1")).toMatchObject({
      reflectorClient: false,
      passive: true,
    });
  });

  test("are none until the host itself is declared", () => {
    expect(names("h1", [h2, rr1])).toEqual([]);
  });
});
