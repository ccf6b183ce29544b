/** zod schemas of the values of @selvedge/net: text in, branded value out, the value's own message when refused. */

import {
  type Asn,
  type IpAddress,
  type IpPrefix,
  ipFamily,
  isLinkLocal,
  isLoopback,
  isMulticastMac,
  isUnicast,
  type MacAddress,
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteTarget,
  parseVni,
  type RouteTarget,
  ValueError,
  type Vni,
} from "@selvedge/net";
import { z } from "zod";

type Parsed<Input extends z.ZodType, Value> = z.ZodPipe<
  Input,
  z.ZodTransform<Value, z.output<Input>>
>;

function parsed<Input extends z.ZodType, Value>(
  input: Input,
  parse: (value: z.output<Input>) => Value,
): Parsed<Input, Value> {
  return input.transform((value, context): Value => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

/** The address of one interface: no multicast, unspecified, loopback or link-local address. */
export const interfaceAddressSchema: z.ZodType<IpAddress, string> = parsed(
  z.string(),
  parseIpAddress,
).refine((ip) => isUnicast(ip) && !isLoopback(ip) && !isLinkLocal(ip), {
  error: (issue) =>
    `${issue.input} is not the address of one interface; use a unicast address that is neither loopback nor link-local`,
});

/** A BGP identifier: four octets that are not all zero (RFC 6286), written as a dotted quad. */
export const routerIdSchema: z.ZodType<IpAddress, string> = parsed(
  z.string(),
  parseIpAddress,
).refine((ip) => ipFamily(ip) === 4 && ip !== "0.0.0.0", {
  error: (issue) =>
    `${issue.input} is not a router id; write a dotted quad other than 0.0.0.0 (RFC 6286)`,
});

/** A prefix. */
export const prefixSchema: z.ZodType<IpPrefix, string> = parsed(z.string(), parseIpPrefix);

/** A MAC address of one interface. */
export const interfaceMacSchema: z.ZodType<MacAddress, string> = parsed(
  z.string(),
  parseMacAddress,
).refine((mac) => !isMulticastMac(mac) && mac !== "00:00:00:00:00:00", {
  error: (issue) =>
    `${issue.input} is not the MAC address of one interface; use one whose first octet is even`,
});

/** A VNI. */
export const vniSchema: z.ZodType<Vni, number> = parsed(z.number(), parseVni);

/** An AS number. */
export const asnSchema: z.ZodType<Asn, number> = parsed(z.number(), parseAsn);

/** A route target by name; the hexadecimal form of foreign communities is not for declarations. */
export const routeTargetSchema: z.ZodType<RouteTarget, string> = parsed(
  z.string(),
  parseRouteTarget,
).refine((target) => !target.startsWith("0x"), {
  error: (issue) =>
    `${issue.input} is not a route target; write AS:NUMBER or ADDRESS:NUMBER such as 65000:5001`,
});

/** What a VRF imports: a route target, or `*:VNI`, any whose number is the VNI. */
export type ImportTarget = RouteTarget | `*:${number}`;

/** A route target by name, or the wildcard of a VNI, as FRR has it where every router has an AS of its own. */
export const importTargetSchema: z.ZodType<ImportTarget, string> = parsed(
  z.string(),
  (text): ImportTarget =>
    /^\*:\d+$/.test(text) ? `*:${parseVni(Number(text.slice(2)))}` : parseRouteTarget(text),
).refine((target) => !target.startsWith("0x"), {
  error: (issue) =>
    `${issue.input} is not a route target; write AS:NUMBER or ADDRESS:NUMBER such as 65000:5001, or *:VNI`,
});
