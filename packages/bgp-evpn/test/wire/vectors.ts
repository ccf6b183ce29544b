/** The vectors beside this folder: octets of real peers, or written by hand from an RFC, and the value that they are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CodecContext, DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { bytesFromHex } from "../../src/wire/hex.ts";
import type { DecodedMessage } from "../../src/wire/message.ts";
import type { OpenEncoding } from "../../src/wire/open.ts";

/** One message both ways. */
export interface Vector {
  readonly name: string;
  /** Tool and version of the capture, or RFC and section. */
  readonly source: string;
  /** Where the session differs from `DEFAULT_CONTEXT`. */
  readonly context?: Partial<CodecContext>;
  /** How the parameters of an OPEN are packed. */
  readonly encoding?: OpenEncoding;
  /** The value does not hold enough to make these octets again. */
  readonly decodeOnly?: boolean;
  readonly hex: string;
  readonly value: DecodedMessage;
}

const DIRECTORY = join(import.meta.dirname, "../vectors");

/** Files of vectors by name without ".json". */
export const VECTOR_FILES: readonly string[] = readdirSync(DIRECTORY).map((file) =>
  file.replace(/\.json$/, ""),
);

export function vectors(file: string): readonly Vector[] {
  return JSON.parse(readFileSync(join(DIRECTORY, `${file}.json`), "utf8"));
}

export function contextOf(vector: Vector): CodecContext {
  return { ...DEFAULT_CONTEXT, ...vector.context };
}

/** All UPDATEs among the vectors, well-formed and not. */
export function updateVectors(): readonly (Vector & { bytes: Uint8Array })[] {
  return VECTOR_FILES.flatMap(vectors)
    .filter(({ value }) => value.kind === "update")
    .map((vector) => ({ ...vector, bytes: bytesFromHex(vector.hex) }));
}
