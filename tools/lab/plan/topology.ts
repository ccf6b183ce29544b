/**
 * The topology file: nodes, links between them, which declared endpoints get a workload, what is to
 * be checked. Says nothing of tenants, VRFs and subnets: those are resources.
 */
import { type IpAddress, type IpPrefix, parseIpAddress, prefixOf, ValueError } from "@selvedge/net";
import { z } from "zod";

/** Kept short because network namespaces are named LAB-NODE. */
const nameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,14}$/,
    "a name is 1 to 15 small letters, digits and hyphens, starting with a letter",
  );

/** `tenant/endpoint`, as the commands take it. */
const endpointNameSchema = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, "name the endpoint as TENANT/NAME, such as red/a");

/** An address of an interface and the subnet it is in. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  /** Bits. */
  readonly length: number;
  readonly subnet: IpPrefix;
}

const interfaceAddressSchema = z.string().transform((text, context): InterfaceAddress => {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  try {
    const address = parseIpAddress(addressText);
    const isLength = /^\d{1,3}$/.test(lengthText) && rest.length === 0;
    const length = isLength ? Number(lengthText) : Number.NaN;
    return { address, length, subnet: prefixOf(address, length) };
  } catch (error) {
    if (!(error instanceof ValueError || error instanceof RangeError)) throw error;
    context.addIssue(
      `${text} is not an address with a prefix length, such as 10.0.1.1/24: ${error.message}`,
    );
    return z.NEVER;
  }
});

const linkSchema = z
  .record(nameSchema, interfaceAddressSchema)
  .refine(
    (ends) => Object.keys(ends).length === 2,
    "a link has two ends, each NODE: ADDRESS/LENGTH",
  );

const checkSchema = z.discriminatedUnion("kind", [
  /** Every endpoint of the tenant is answered by the right one at every address of the tenant. */
  z.strictObject({ kind: z.literal("reachable"), tenant: nameSchema }),
  /** Nothing that an endpoint of one tenant sends is seen on any interface of another. */
  z.strictObject({
    kind: z.literal("isolated"),
    tenants: z.array(nameSchema).min(2, "isolation takes two tenants or more"),
  }),
  /** Each workload answers so soon after the call that attaches it. */
  z.strictObject({ kind: z.literal("first-reply"), milliseconds: z.int().positive() }),
  /** Pings between two endpoints lose nothing while the agent of a host is killed and restarted. */
  z.strictObject({
    kind: z.literal("survives-agent-death"),
    host: nameSchema,
    from: endpointNameSchema,
    to: endpointNameSchema,
  }),
]);

export const topologySchema = z.strictObject({
  name: nameSchema,
  /** A file beside this one, or the resources themselves. */
  resources: z.union([z.string(), z.array(z.looseObject({}))]),
  nodes: z.record(
    nameSchema,
    z.strictObject({
      /** A router forwards packets and knows nothing of tenants; a host runs an agent. */
      kind: z.enum(["router", "host"]),
    }),
  ),
  links: z.array(linkSchema),
  workloads: z
    .array(z.strictObject({ endpoint: endpointNameSchema, namespace: nameSchema.optional() }))
    .default([]),
  checks: z.array(checkSchema).default([]),
});

export type Topology = z.infer<typeof topologySchema>;
export type Check = z.infer<typeof checkSchema>;
