/**
 * The mark of a migration: one key of a store that says whether it is being filled, has been filled, or has moved
 * away, and with which number its revisions begin. Every commit compares it (guarded-store.ts), so that a store stops
 * taking writes at one revision for all processes at once. Most stores never have one.
 */
import { z } from "zod";
import type { Comparison, Store, Write } from "../store.ts";
import { StoreError } from "../store-error.ts";

/** Key of the mark. */
export const MARK = "migration";

/** How the revisions of a store are told. */
export interface Revisions {
  /** What is added to the engine's revisions. */
  readonly offset: number;
  /** First revision, so added, that history is told from. */
  readonly begin: number;
}

export type Mark =
  /** A source that still takes writes. */
  | ({ readonly kind: "moving"; readonly id: string; readonly to: string } & Revisions)
  /** A source that takes no more writes. `time`: ISO 8601. */
  | ({
      readonly kind: "moved";
      readonly id: string;
      readonly to: string;
      readonly time: string;
    } & Revisions)
  /** A target that nobody may use yet. `run`: whoever fills it. `isOurs`: it was empty when it was marked. */
  | {
      readonly kind: "filling";
      readonly id: string;
      readonly run: string;
      readonly from: string;
      readonly isOurs: boolean;
    }
  /** A target that is not to be filled after all, and is being emptied. */
  | {
      readonly kind: "abandoned";
      readonly id: string;
      readonly from: string;
      readonly isOurs: boolean;
    }
  /** A target that is complete; its history begins with the revision of this mark. */
  | {
      readonly kind: "filled";
      readonly id: string;
      readonly from: string;
      readonly time: string;
      readonly offset: number;
      /** What was copied. */
      readonly contents: Contents;
    };

/** All that a migration copies of a store. */
export interface Contents {
  readonly keys: number;
  /** Of keys and values in UTF-8. */
  readonly octets: number;
  /** Of keys and values in the order of the keys, in hexadecimal. */
  readonly sha256: string;
}

const count = z.int().nonnegative();
const revisions = { offset: count, begin: count };
const text = z.string();

const markSchema: z.ZodType<Mark> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("moving"), id: text, to: text, ...revisions }),
  z.strictObject({ kind: z.literal("moved"), id: text, to: text, time: text, ...revisions }),
  z.strictObject({
    kind: z.literal("filling"),
    ...{ id: text, run: text, from: text, isOurs: z.boolean() },
  }),
  z.strictObject({ kind: z.literal("abandoned"), id: text, from: text, isOurs: z.boolean() }),
  z.strictObject({
    kind: z.literal("filled"),
    ...{ id: text, from: text, time: text, offset: count },
    contents: z.strictObject({ keys: count, octets: count, sha256: text }),
  }),
]);

export type MarkOf<K extends Mark["kind"]> = Extract<Mark, { kind: K }>;

/** What a store's key of the mark holds; `modRevision` is the engine's, 0 where there is none. */
export interface ReadMark {
  readonly mark: Mark | undefined;
  readonly modRevision: number;
}

/** Reads the mark of a store that is not guarded. @throws StoreError */
export async function readMark(store: Store, location: string): Promise<ReadMark> {
  const entry = await store.get(MARK);
  if (entry === undefined) return { mark: undefined, modRevision: 0 };
  const parsed = markSchema.safeParse(jsonOf(entry.value));
  if (parsed.success) return { mark: parsed.data, modRevision: entry.modRevision };
  const message = `the mark of a migration in ${location} cannot be read; use the version of Selvedge that wrote it`;
  throw new StoreError("newer-schema", location, message, { cause: parsed.error });
}

/** Undefined for what is no JSON. */
function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The write that puts a mark. */
export function putMark(mark: Mark): Write {
  return { kind: "put", key: MARK, value: JSON.stringify(mark) };
}

/** The write that removes it. */
export const REMOVE_MARK: Write = { kind: "delete", key: MARK };

/** That the mark is as it was read. */
export function markIs({ modRevision }: ReadMark): Comparison {
  return { key: MARK, modRevision };
}

/** Of a store that may be read; undefined of one that is being filled or emptied. */
export function revisionsOf({ mark, modRevision }: ReadMark): Revisions | undefined {
  if (mark === undefined) return { offset: 0, begin: 0 };
  switch (mark.kind) {
    case "moving":
    case "moved":
      return { offset: mark.offset, begin: mark.begin };
    case "filled":
      return { offset: mark.offset, begin: mark.offset + modRevision };
    case "filling":
    case "abandoned":
      return undefined;
    default:
      return mark satisfies never;
  }
}
