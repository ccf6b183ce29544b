/**
 * The file of tokens: YAML, read by servers, changed by `selvedge token`. A change is written to FILE.lock, which no two
 * can make, and renamed over FILE, so that readers see the old or the new file and no change is lost.
 */
import { open, readFile, rename, stat, unlink } from "node:fs/promises";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { grantOfGroup } from "./identity.ts";
import type { TokenRecord } from "./token.ts";

/** The file cannot be read or changed. The message names it, and says what would be right. */
export class TokenFileError extends Error {
  override readonly name = "TokenFileError";
}

const time = z.iso.datetime({ error: "write a time such as 2030-01-31T12:00:00Z" });

const recordSchema: z.ZodType<TokenRecord> = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/, "write eight hexadecimal digits in quotes"),
  user: z.string().min(1).max(253),
  groups: z
    .array(
      z.string().refine((group) => grantOfGroup(group) !== undefined, {
        error: ({ input }) =>
          `"${input}" gives no role; write selvedge:operators, selvedge:tenant:NAME:admin or selvedge:tenant:NAME:viewer`,
      }),
    )
    .min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "write 64 hexadecimal digits"),
  created: time,
  expires: time.exactOptional(),
});

const fileSchema = z
  .strictObject({ tokens: z.array(recordSchema) })
  .refine(({ tokens }) => new Set(tokens.map(({ id }) => id)).size === tokens.length, {
    path: ["tokens"],
    error: "two tokens have the same id; revoke one and create it anew",
  });

/** @throws TokenFileError, also for a file that others than its owner may write. */
export async function readTokenFile(path: string): Promise<readonly TokenRecord[]> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o022) !== 0) {
      throw new TokenFileError(
        `${path} may be written by others than its owner (mode ${(mode & 0o777).toString(8)}): run chmod 600 ${path}`,
      );
    }
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof TokenFileError) throw cause;
    throw new TokenFileError(messageOf(cause), { cause });
  }
  return parseTokens(path, text);
}

function parseTokens(path: string, text: string): readonly TokenRecord[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    throw new TokenFileError(`${path} is not YAML: ${error.message.split("\n")[0]}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new TokenFileError(`${path}: ${messageOf(cause)}; write it without aliases`, { cause });
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data.tokens;
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
  throw new TokenFileError(`${path}: ${faults.join("; ")}`);
}

const HEAD =
  "# Made by `selvedge token`. It holds hashes: a token itself is nowhere but with its user.\n";

/**
 * Puts the tokens that `change` makes of the present ones in their place; a file that is not there has none.
 * @throws TokenFileError while another process changes the file, or when one died doing so.
 */
export async function changeTokenFile(
  path: string,
  change: (records: readonly TokenRecord[]) => readonly TokenRecord[],
): Promise<void> {
  const lock = `${path}.lock`;
  const handle = await open(lock, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EEXIST") throw new TokenFileError(messageOf(cause), { cause });
    throw new TokenFileError(
      `${path} is being changed by another process; if none runs any more, remove ${lock}`,
      { cause },
    );
  });
  try {
    try {
      const records = change(await presentTokens(path));
      await handle.writeFile(HEAD + stringify({ tokens: records }));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(lock, path);
  } catch (error) {
    await unlink(lock).catch(() => undefined);
    if (error instanceof TokenFileError) throw error;
    throw new TokenFileError(messageOf(error), { cause: error });
  }
}

async function presentTokens(path: string): Promise<readonly TokenRecord[]> {
  const isThere = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  return isThere ? readTokenFile(path) : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
