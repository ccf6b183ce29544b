/**
 * What of the datastore one host has use of: everything but the endpoints of other hosts, which are nearly all that there
 * is in a large cluster. Pure; looks at values that nobody has checked yet.
 */

/** Does what is stored as such a resource concern the host? Yes where that cannot be told. */
export function concernsHost(host: string, key: string, value: unknown): boolean {
  if (!key.startsWith("endpoints/")) return true;
  const wanted = hostOf(value);
  return wanted === undefined || wanted === host;
}

function hostOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("spec" in value)) return undefined;
  const { spec } = value;
  if (typeof spec !== "object" || spec === null || !("host" in spec)) return undefined;
  return typeof spec.host === "string" ? spec.host : undefined;
}
