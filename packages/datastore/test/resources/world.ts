/** Manifests for tests of what is kept about resources. */
import { type Change, parseManifests } from "@selvedge/resources";

export function declared(text: string): Change[] {
  const parsed = parseManifests(text, { file: "test.yaml" });
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.issues));
  return parsed.manifests.map((manifest) => ({ kind: "put", ...manifest }));
}

export function document(kind: string, metadata: string, spec = "{}"): string {
  return `---\napiVersion: selvedge.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

export const tenant = (name: string, more = ""): string =>
  document("Tenant", `{ name: ${name}${more} }`);

export const NETWORK: string = [
  tenant("red"),
  document("Host", "{ name: h1 }", "{ address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }"),
  document("Vrf", "{ name: main, namespace: red }"),
  document("Subnet", "{ name: web, namespace: red }", "{ vrf: main, cidrs: [10.1.0.0/24] }"),
].join("");
