/** Tells the program that serves the API of what was changed through it. */
import type { ApplyOutcome } from "@selvedge/datastore";
import type { FastifyRequest } from "fastify";
import type { ResourceApiOptions, WriteVerb } from "./resource-options.ts";

/** To be called after the commit, and not for dry runs. */
export function tellChanges(
  { onChange, identify }: Pick<ResourceApiOptions, "onChange" | "identify">,
  request: FastifyRequest,
  verb: WriteVerb,
  { writes, before }: Extract<ApplyOutcome, { kind: "applied" }>,
): void {
  if (onChange === undefined) return;
  const who = identify?.(request) ?? { name: "root" };
  for (const write of writes) {
    const old = before.get(write.key);
    onChange({
      who,
      verb,
      key: write.key,
      ...(old === undefined ? {} : { old }),
      ...(write.kind === "put" ? { new: write.resource } : {}),
    });
  }
}
