/** Warnings beside an answer: `Warning: 299 - "TEXT"` (RFC 7234 section 5.5), which kubectl prints. */
import type { FastifyReply } from "fastify";

/** Warnings with one answer. The head of an answer has a limit at its reader. */
const MOST = 20;
const MOST_CHARACTERS = 200;

/** Adds warnings to a reply; those of an attempt before are replaced. */
export function warn(reply: FastifyReply, texts: readonly string[]): void {
  if (texts.length === 0) return;
  const shown = texts.slice(0, MOST).map(quoted);
  reply.header("warning", shown.map((text) => `299 - ${text}`).join(", "));
}

/** A quoted string of HTTP: what it cannot hold is written as JSON writes it. */
function quoted(text: string): string {
  const short = text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}...`;
  const plain = short.replace(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${plain.replace(/["\\]/g, "\\$&")}"`;
}
