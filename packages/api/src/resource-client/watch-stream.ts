/** The body of a watch: lines of JSON, each an event. */
import { z } from "zod";
import { statusSchema } from "../documents/status.ts";
import { ResourceRefusedError } from "./refused-error.ts";

const eventSchema = z.object({
  type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]),
  object: z.unknown(),
});

/** What became of a resource, and the resource (or a Table of it), still unparsed. */
export interface RawWatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: unknown;
}

/**
 * @throws ResourceRefusedError for an ERROR event: Expired when the changes asked for are no longer known.
 * @throws SyntaxError, z.ZodError for what is no event.
 */
export async function* readWatchEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<RawWatchEvent> {
  for await (const line of linesOf(body)) {
    const { type, object } = eventSchema.parse(JSON.parse(line));
    if (type === "ERROR") throw new ResourceRefusedError(statusSchema.parse(object), 500);
    yield { type, object };
  }
}

/** Lines that end; what a lost connection leaves of one is dropped. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of body) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      parts.push(line);
      const whole = parts.join("");
      parts = [];
      if (whole !== "") yield whole;
    }
    parts.push(rest);
  }
}

const versionSchema = z.union([
  z
    .object({ metadata: z.object({ resourceVersion: z.string() }) })
    .transform(({ metadata }) => metadata.resourceVersion),
  z
    .object({
      rows: z.tuple([
        z.object({ object: z.object({ metadata: z.object({ resourceVersion: z.string() }) }) }),
      ]),
    })
    .transform(({ rows: [row] }) => row.object.metadata.resourceVersion),
]);

/** From where a watch goes on that was cut after the event; undefined when the event does not say. */
export function versionAfter({ object }: RawWatchEvent): string | undefined {
  return versionSchema.safeParse(object).data;
}
