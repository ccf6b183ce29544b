/**
 * Bearer tokens. A token is `selvedge.ID.SECRET` with 256 random bits in SECRET; what is kept is its SHA-256. A slow hash
 * is for secrets that can be guessed; this one cannot.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Grant, grantOfGroup, type Identity } from "./identity.ts";

/** What is kept of a token. */
export interface TokenRecord {
  /** Eight hexadecimal digits: how it is named in the audit log and when it is revoked. */
  readonly id: string;
  readonly user: string;
  /** As in certificates: `selvedge:operators`, `selvedge:tenant:red:admin`. */
  readonly groups: readonly string[];
  /** Of the token's text, in hexadecimal. */
  readonly sha256: string;
  /** RFC 3339. */
  readonly created: string;
  /** RFC 3339; absent: it does not expire. */
  readonly expires?: string;
}

export type TokenVerdict =
  | { readonly kind: "good"; readonly identity: Identity }
  | { readonly kind: "bad"; readonly reason: "unknown" | "expired" };

const ID_OCTETS = 4;
const SECRET_OCTETS = 32;
const TOKEN = /^selvedge\.([0-9a-f]{8})\.[A-Za-z0-9_-]{43}$/;

/** Random octets; those of node:crypto outside of tests. */
export type RandomOctets = (count: number) => Buffer;

/** A new token and its id. */
export function makeToken(random: RandomOctets): { readonly id: string; readonly token: string } {
  const id = random(ID_OCTETS).toString("hex");
  return { id, token: `selvedge.${id}.${random(SECRET_OCTETS).toString("base64url")}` };
}

/** What is kept of a token's text. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/** The tokens that are good. */
export class TokenSet {
  readonly #records: ReadonlyMap<string, TokenRecord>;

  constructor(records: readonly TokenRecord[]) {
    this.#records = new Map(records.map((record) => [record.id, record]));
  }

  /** Is there still such a token, for this user and these roles? */
  stillGives({ credential, user, grants }: Identity): boolean {
    const record = this.#records.get(credential ?? "");
    return record?.user === user && isDeepStrictEqual(grantsOf(record), grants);
  }

  /** `now`: milliseconds since 1970. That a token has expired is told only to who has it. */
  check(token: string, now: number): TokenVerdict {
    const unknown: TokenVerdict = { kind: "bad", reason: "unknown" };
    const record = this.#records.get(TOKEN.exec(token)?.[1] ?? "");
    const kept = Buffer.from(record?.sha256 ?? hashToken(""), "hex");
    const presented = Buffer.from(hashToken(token), "hex");
    if (!timingSafeEqual(kept, presented) || record === undefined) return unknown;
    if (record.expires !== undefined && Date.parse(record.expires) <= now) {
      return { kind: "bad", reason: "expired" };
    }
    return { kind: "good", identity: identityOf(record) };
  }
}

function identityOf(record: TokenRecord): Identity {
  const { id, user, expires } = record;
  const identity: Identity = { user, how: "token", credential: id, grants: grantsOf(record) };
  return expires === undefined ? identity : { ...identity, expiresAt: Date.parse(expires) };
}

function grantsOf({ groups }: TokenRecord): Grant[] {
  return groups.flatMap((group) => grantOfGroup(group) ?? []);
}
