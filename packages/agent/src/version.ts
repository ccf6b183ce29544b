/** The version of this package, from its own package.json. */
import { createRequire } from "node:module";
import { z } from "zod";

const packageSchema = z.object({ version: z.string() });

export const AGENT_VERSION: string = packageSchema.parse(
  createRequire(import.meta.url)("../package.json"),
).version;
