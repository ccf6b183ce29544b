/**
 * What the configuration says of sessions and the routes that come by them: for all neighbours, and for one of them in
 * the place of that. Limits and defaults are those of the speaker's `NeighborOptions`, which says what each one means.
 */
import type { NeighborOptions } from "@selvedge/bgp-evpn";
import { z } from "zod";

/** The field of the capability has 24 bits (RFC 9494 section 3). */
const MAX_STALE_TIME = 0xff_ffff;
/** RFC 9003 section 2: the length of the text is one octet. */
const MAX_TEXT_OCTETS = 255;

const maximumPrefixesSchema = z
  .strictObject({
    limit: z.number().int().min(1).max(0xffff_ffff),
    warningPercent: z.number().int().min(1).max(100).default(75),
    action: z.enum(["shutdown", "warn"]).default("shutdown"),
    restartSeconds: z.number().int().min(1).max(0xffff).exactOptional(),
  })
  .refine(({ action, restartSeconds }) => action === "shutdown" || restartSeconds === undefined, {
    path: ["restartSeconds"],
    message: "leave it out: with the action warn the session does not end",
  });

/** Fields that the section `bgp` has for all neighbours, and each neighbour and range for itself. */
export const sessionFields = {
  maximumPrefixes: maximumPrefixesSchema.exactOptional(),
  onHoldExpiry: z.enum(["all", "reflected", "none"]).exactOptional(),
  /** Seconds. */
  longLivedStaleTime: z.number().int().min(0).max(MAX_STALE_TIME).exactOptional(),
  longLivedPartialDeployment: z.boolean().exactOptional(),
};

/** `true`, or the text for the operator of the other end. */
export const shutdownSchema = z
  .union([z.literal(true), z.strictObject({ message: z.string() })], {
    error: "use true or { message: TEXT }, or leave it out",
  })
  .refine(
    (shutdown) => shutdown === true || fitsNotification(shutdown.message),
    `use a message of at most ${MAX_TEXT_OCTETS} octets of UTF-8`,
  );

/** The options of a speaker that the fields are. */
export type SessionOptions = Pick<NeighborOptions, keyof typeof sessionFields>;

/** The fields alone, out of a section that has others too. */
export function sessionOptions(section: SessionOptions): SessionOptions {
  const { maximumPrefixes, onHoldExpiry, longLivedStaleTime, longLivedPartialDeployment } = section;
  return {
    ...(maximumPrefixes === undefined ? {} : { maximumPrefixes }),
    ...(onHoldExpiry === undefined ? {} : { onHoldExpiry }),
    ...(longLivedStaleTime === undefined ? {} : { longLivedStaleTime }),
    ...(longLivedPartialDeployment === undefined ? {} : { longLivedPartialDeployment }),
  };
}

function fitsNotification(text: string): boolean {
  return text.isWellFormed() && new TextEncoder().encode(text).length <= MAX_TEXT_OCTETS;
}
