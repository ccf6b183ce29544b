/** Keys that say which hosts are alive. Each is under a lease of the host's agent and goes with it. */

/** Where the keys of live hosts are. */
export const LIVENESS = "liveness/hosts/";

/** The key of one host. */
export function livenessKey(host: string): string {
  return LIVENESS + host;
}
