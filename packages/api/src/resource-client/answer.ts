/** Reading the answers of a server. */
import type { z } from "zod";
import { TransportError, type TransportResponse } from "./transport.ts";

/** The whole body. */
export async function textOf({ body }: TransportResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** @throws TransportError bad-answer */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badAnswer(error);
  }
}

/** @throws TransportError bad-answer */
export function parseAnswer<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badAnswer(parsed.error);
}

/** The error for an answer that cannot be read. */
export function badAnswer(cause: unknown): TransportError {
  const message = "what answers is no resource API of this version";
  return new TransportError("bad-answer", "", message, { cause });
}

/** `299 - "TEXT"` (RFC 7234 section 5.5), several of them with commas between. */
export function warningsOf({ headers }: TransportResponse): string[] {
  const lines = [headers["warning"] ?? []].flat();
  return lines.flatMap((line) =>
    [...line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
      text.replace(/\\(.)/g, "$1"),
    ),
  );
}
