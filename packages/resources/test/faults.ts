/** What is wrong with a declaration, as lines without positions. */

import { formatFieldPath } from "../src/field-path.ts";
import { parseManifests } from "../src/manifest.ts";

/** "spec.vrf: is missing; ..." for each issue of one document that lacks apiVersion; empty when there is none. */
export function faults(text: string): string[] {
  const parsed = parseManifests(`apiVersion: selvedge.dev/v1alpha1\n${text.trimStart()}`, {
    file: "faults",
  });
  if (parsed.kind === "parsed") return [];
  return parsed.issues.map(({ path, message }) => `${formatFieldPath(path)}: ${message}`);
}
