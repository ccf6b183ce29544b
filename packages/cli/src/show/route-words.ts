/**
 * The words by which FRR's users ask for EVPN routes: `route rd 65000:1 type macip`, `10.1.0.0/24`. Turns
 * them into a query, or says which word is wrong and what would be right.
 */
import type { EvpnRouteQuery } from "@selvedge/api";
import {
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
  ValueError,
} from "@selvedge/net";
import { CommandError, EXIT } from "../io.ts";

/** What the words ask for. */
export interface RouteWords {
  readonly query: EvpnRouteQuery;
  /** Everything about each path: one route was asked for, or `detail` was said. */
  readonly detail: boolean;
}

interface Keyword {
  /** What follows it, for messages. */
  readonly example: string;
  readonly parse: (text: string) => EvpnRouteQuery;
}

const TYPES: Readonly<Record<string, number>> = {
  ead: 1,
  macip: 2,
  multicast: 3,
  es: 4,
  prefix: 5,
};

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: {
    example: "ead, macip, multicast, es, prefix or a number",
    parse: (text) => ({ routeType: parseRouteType(text) }),
  },
  rd: {
    example: "a route distinguisher such as 10.0.1.1:2",
    parse: (text) => ({ rd: parseRouteDistinguisher(text) }),
  },
  vni: { example: "a VNI such as 5001", parse: (text) => ({ vni: parseVni(text) }) },
  mac: {
    example: "a MAC address such as 02:00:00:00:00:01",
    parse: (text) => ({ mac: parseMacAddress(text) }),
  },
  ip: {
    example: "an IP address such as 10.1.0.11",
    parse: (text) => ({ ip: parseIpAddress(text) }),
  },
  prefix: {
    example: "a prefix such as 10.1.0.0/24",
    parse: (text) => ({ prefix: parseIpPrefix(text) }),
  },
  rt: {
    example: "a route target such as 65000:5001",
    parse: (text) => ({ routeTarget: parseRouteTarget(text) }),
  },
};

/**
 * An EVPN route type by FRR's name or by number.
 * @throws CommandError for anything else.
 */
export function parseRouteType(text: string): number {
  const type = Object.hasOwn(TYPES, text) ? TYPES[text] : Number(text);
  if (type !== undefined && Number.isInteger(type) && type >= 1 && type <= 255) return type;
  throw usage(`"${text}" is no EVPN route type; use ead, macip, multicast, es, prefix or 1 to 255`);
}

/**
 * The words after `show bgp l2vpn evpn`.
 * @throws CommandError (wrong usage) naming the word.
 */
export function parseRouteWords(words: readonly string[]): RouteWords {
  let query: EvpnRouteQuery = {};
  let detail = false;
  const said = new Set<string>();
  for (let at = words[0] === "route" ? 1 : 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "detail") {
      detail = true;
      continue;
    }
    // FRR takes a prefix without a word before it.
    const isPrefix = !Object.hasOwn(KEYWORDS, word) && word.includes("/");
    const name = isPrefix ? "prefix" : word;
    const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    if (keyword === undefined) {
      throw usage(`"${word}" is none of route, ${Object.keys(KEYWORDS).join(", ")}, detail`);
    }
    if (said.has(name)) throw usage(`${name} is given twice`);
    said.add(name);
    const value = isPrefix ? word : words[++at];
    if (value === undefined) throw usage(`after ${name} comes ${keyword.example}`);
    query = { ...query, ...parseValue(name, keyword, value) };
  }
  const isOne = query.prefix !== undefined || query.mac !== undefined || query.ip !== undefined;
  return { query, detail: detail || isOne };
}

function parseValue(name: string, keyword: Keyword, value: string): EvpnRouteQuery {
  try {
    return keyword.parse(value);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw usage(`${name}: ${error.message}`);
  }
}

function usage(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
