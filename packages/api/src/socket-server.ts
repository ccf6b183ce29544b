/**
 * Listening on a unix socket that is readable and writable by its owner only: whoever may open it is the operator.
 */
import { chmod, unlink } from "node:fs/promises";
import { createConnection } from "node:net";
import type { FastifyInstance } from "fastify";
import { RefusedError } from "./errors.ts";

/** A listening API; disposing of it stops listening and removes the socket. */
export interface ApiServer extends AsyncDisposable {
  readonly socketPath: string;
}

/** Whether somebody answers on the unix socket; a socket file of a dead process does not. */
export function isSocketAlive(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path: socketPath });
    const answer = (alive: boolean) => {
      probe.destroy();
      resolve(alive);
    };
    probe.once("connect", () => answer(true));
    probe.once("error", () => answer(false));
  });
}

/**
 * Listens on `socketPath`, taking over the file that a dead process left. `remedy` is for whoever finds it taken.
 * @throws RefusedError (Conflict) when another process answers there.
 */
export async function listenOnSocket(
  server: FastifyInstance,
  socketPath: string,
  remedy: string,
): Promise<ApiServer> {
  if (await isSocketAlive(socketPath)) {
    throw new RefusedError("Conflict", `another process answers on ${socketPath}; ${remedy}`);
  }
  await unlink(socketPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await server.listen({ path: socketPath });
  await chmod(socketPath, 0o600);
  return { socketPath, [Symbol.asyncDispose]: () => server.close() };
}
