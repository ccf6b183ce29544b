/** What `selvedge clear bgp` sends and gets back. */
import { type IpAddress, parseIpAddress } from "@selvedge/net";
import { z } from "zod";
import { netValue } from "./net-value.ts";

const target = netValue<IpAddress | "all">((text) =>
  text === "all" ? text : parseIpAddress(text),
);

/** Only the end of a session has a text for the operator of the other end. */
export const bgpClearRequestSchema = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("hard"),
    neighbor: target,
    /** At most 255 octets of UTF-8 (RFC 9003). */
    message: z.string().default(""),
  }),
  z.strictObject({
    /** `soft`: in and out. */
    mode: z.enum(["soft", "soft-in", "soft-out"]),
    neighbor: target,
  }),
]);

export const bgpClearResponseSchema = z.object({
  neighbors: z.array(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("cleared"), address: z.string() }),
      z.object({ kind: z.literal("refused"), address: z.string(), reason: z.string() }),
    ]),
  ),
});

export type BgpClearRequest = z.infer<typeof bgpClearRequestSchema>;
/** One entry for each neighbour that was meant, in the order of the summary. */
export type BgpClearResponse = z.infer<typeof bgpClearResponseSchema>;
