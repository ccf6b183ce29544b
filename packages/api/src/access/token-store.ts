/** The tokens of a file as they are now; the file is read again when its owner says so. */
import { stat } from "node:fs/promises";
import { TokenSet } from "./token.ts";
import { readTokenFile, TokenFileError } from "./token-file.ts";

export type TokenReload =
  | { readonly kind: "read"; readonly isChanged: boolean }
  /** What was read last stays in force, so that a slip of an editor does not lock everybody out. */
  | { readonly kind: "kept"; readonly reason: string }
  /** The file is gone, and with it all tokens. */
  | { readonly kind: "gone"; readonly reason: string };

export class TokenStore {
  readonly #path: string;
  #tokens = new TokenSet([]);
  #text = "";

  constructor(path: string) {
    this.#path = path;
  }

  get tokens(): TokenSet {
    return this.#tokens;
  }

  /** Never throws. */
  async reload(): Promise<TokenReload> {
    try {
      const records = await readTokenFile(this.#path);
      const text = JSON.stringify(records);
      const isChanged = text !== this.#text;
      if (isChanged) this.#tokens = new TokenSet(records);
      this.#text = text;
      return { kind: "read", isChanged };
    } catch (error) {
      if (!(error instanceof TokenFileError)) throw error;
      const isThere = await stat(this.#path).then(
        () => true,
        () => false,
      );
      if (isThere) return { kind: "kept", reason: error.message };
      this.#tokens = new TokenSet([]);
      this.#text = "";
      return { kind: "gone", reason: error.message };
    }
  }
}
