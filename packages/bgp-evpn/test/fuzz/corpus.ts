/** Inputs that were worth keeping: lines of hex in corpus/<target>.txt; `#` begins a comment. */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HEADER_LENGTH } from "../../src/wire/header.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { VECTOR_FILES, vectors } from "../wire/vectors.ts";
import type { TargetName } from "./targets.ts";

const DIRECTORY = join(import.meta.dirname, "corpus");

/** What is kept for a target. */
export function keptInputs(target: TargetName): Uint8Array[] {
  const file = join(DIRECTORY, `${target}.txt`);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map(bytesFromHex);
}

/** Adds a line. */
export function keep(target: TargetName, input: Uint8Array): void {
  appendFileSync(join(DIRECTORY, `${target}.txt`), `${hex(input)}\n`);
}

/** The vectors in the form that a target takes, to begin with. */
export function vectorInputs(target: TargetName): Uint8Array[] {
  const messages = VECTOR_FILES.flatMap(vectors).map(({ hex: octets }) => bytesFromHex(octets));
  const updates = messages.filter((message) => message[18] === 2);
  switch (target) {
    case "update":
      return updates.map((message) => Uint8Array.of(0, ...message.subarray(HEADER_LENGTH)));
    case "open":
      return messages
        .filter((message) => message[18] === 1)
        .map((message) => message.slice(HEADER_LENGTH));
    case "message":
      return messages.map((message) => message.slice(HEADER_LENGTH - 1));
    case "stream":
      return messages.map((message, n) => Uint8Array.of(0, n & 63, ...message));
    case "nlri":
      return [];
    case "rib":
      return updates.map((message, n) => {
        const length = message.length - HEADER_LENGTH;
        const step = ((n % 3) << 3) | (n & 3);
        return Uint8Array.of(step, length >>> 8, length & 255, ...message.subarray(HEADER_LENGTH));
      });
    default:
      return target satisfies never;
  }
}
