/**
 * Listening on a unix socket that is readable and writable by its owner only: whoever may open it is the operator.
 */
import { chmod, unlink } from "node:fs/promises";
import { createConnection } from "node:net";
import type { FastifyInstance } from "fastify";
import type { ServerGuard } from "./access/server-guard.ts";
import { RefusedError } from "./errors.ts";

/** A listening API; disposing of it stops listening and removes the socket. */
export interface ApiServer extends AsyncDisposable {
  readonly socketPath: string;
  /** `10.0.1.1:6443`, where it listens with TLS. */
  readonly tlsAddress?: string;
  /** Looks at the files of certificates and tokens now; they are looked at every ten seconds anyway. */
  reload(): Promise<void>;
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
 * Listens on `socketPath`, taking over the file that a dead process left, and with TLS where the guard has that. `remedy`
 * is for whoever finds the socket taken.
 * @throws RefusedError (Conflict) when another process answers there.
 * @throws TlsListenerError
 */
export async function listenOnSocket(
  server: FastifyInstance,
  guard: ServerGuard,
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
  try {
    await chmod(socketPath, 0o600);
    const tls = await guard.listen();
    return {
      socketPath,
      ...(tls === undefined ? {} : { tlsAddress: tls.address }),
      reload: async () => tls?.reload(),
      [Symbol.asyncDispose]: async () => {
        // First the server, whose watches end in order, also those that go over TLS.
        await server.close();
        await tls?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
