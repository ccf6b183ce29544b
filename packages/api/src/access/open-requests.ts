/**
 * The requests that are being answered, by who made them: so that watches end when the credential does that they were
 * opened with, and nobody opens so many that there is no room for others.
 */
import type { Identity } from "./identity.ts";

export interface OpenRequest {
  readonly identity: Identity;
  /** Breaks the connection off. */
  readonly end: () => void;
}

export class OpenRequests {
  readonly #most: number;
  readonly #byUser = new Map<string, Set<OpenRequest>>();

  /** `most`: of one user at a time. */
  constructor(most: number = 256) {
    this.#most = most;
  }

  /** False when the user has the most already; else it counts until `remove`. */
  add(request: OpenRequest): boolean {
    const user = userOf(request);
    const open = this.#byUser.get(user) ?? new Set();
    if (open.size >= this.#most) return false;
    this.#byUser.set(user, open.add(request));
    return true;
  }

  remove(request: OpenRequest): void {
    const user = userOf(request);
    const open = this.#byUser.get(user);
    open?.delete(request);
    if (open?.size === 0) this.#byUser.delete(user);
  }

  /** Ends those whose makers are no longer good. */
  endWhere(isOver: (identity: Identity) => boolean): void {
    for (const open of this.#byUser.values()) {
      for (const request of open) if (isOver(request.identity)) request.end();
    }
  }
}

/** A user by token is another than one of the same name by certificate. */
function userOf({ identity }: OpenRequest): string {
  return `${identity.how} ${identity.user}`;
}
