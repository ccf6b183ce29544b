/** etcd's limit for its size (--quota-backend-bytes), which 3.4 and 3.5 tell among their metrics only. */
import { get as getPlain } from "node:http";
import { get as getTls } from "node:https";
import { text } from "node:stream/consumers";
import type { EtcdTls } from "../etcd/etcd-location.ts";

/** Milliseconds. */
const PATIENCE = 3000;

/** Octets; undefined where the member does not tell its metrics to us. */
export async function readEtcdQuota(
  endpoint: string,
  tls: EtcdTls | undefined,
): Promise<number | undefined> {
  try {
    return parseQuota(await readMetrics(endpoint, tls));
  } catch {
    // They may be served elsewhere (--listen-metrics-urls), or to nobody.
    return undefined;
  }
}

function readMetrics(endpoint: string, tls: EtcdTls | undefined): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  return new Promise((resolve, reject) => {
    const request =
      tls === undefined
        ? getPlain(`http://${endpoint}/metrics`, { signal })
        : getTls(`https://${endpoint}/metrics`, {
            signal,
            ca: tls.ca,
            cert: tls.identity?.certificate,
            key: tls.identity?.key,
          });
    request.on("error", reject).on("response", (response) => text(response).then(resolve, reject));
  });
}

function parseQuota(metrics: string): number | undefined {
  const found = /^etcd_server_quota_backend_bytes (\S+)$/m.exec(metrics);
  const quota = Number(found?.[1]);
  return Number.isFinite(quota) && quota > 0 ? quota : undefined;
}
