/** Requests of kubectl, as a file keeps them: a line of JSON each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyRequest } from "fastify";
import { z } from "zod";

export const RECORDING: string = join(import.meta.dirname, "vectors", "kubectl-requests.jsonl");

const recordedSchema = z.object({
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  url: z.string(),
  accept: z.string().optional(),
  type: z.string().optional(),
  body: z.string().optional(),
  status: z.number(),
});

export type RecordedRequest = z.infer<typeof recordedSchema>;

/** Without resourceVersions, which depend on how many commits it took to get there. */
export function recordOf(request: FastifyRequest, status: number): RecordedRequest {
  const { method, url, headers, body } = request;
  return recordedSchema.parse({
    method,
    url,
    accept: headers.accept,
    type: headers["content-type"],
    body: typeof body === "string" ? withoutVersion(body) : undefined,
    status,
  });
}

function withoutVersion(body: string): string {
  return body.replace(/,"resourceVersion":"\d+"|"resourceVersion":"\d+",/g, "");
}

/**
 * Those about resources; discovery comes in no certain order, a watch is a matter of time, and a generated name (of
 * `t-`) is another one each time.
 */
export function isRepeatable({ url }: RecordedRequest): boolean {
  return (
    url.startsWith("/apis/selvedge.dev/v1alpha1/") &&
    !url.includes("watch=true") &&
    !/\/t-[a-z0-9]{5}/.test(url)
  );
}

export function readRecording(): RecordedRequest[] {
  const lines = readFileSync(RECORDING, "utf8").trim().split("\n");
  return lines.map((line) => recordedSchema.parse(JSON.parse(line)));
}
