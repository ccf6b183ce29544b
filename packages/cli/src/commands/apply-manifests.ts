/** Manifests through the API's apply, with each refusal brought back to the line of the file that it is about. */
import {
  type AppliedResource,
  type ResourceClient,
  ResourceRefusedError,
  type StatusCause,
} from "@selvedge/api";
import {
  type Issue,
  type Manifest,
  parseFieldPath,
  type ResourceKey,
  resourceKey,
} from "@selvedge/resources";
import type { CommandIo } from "../io.ts";
import { withProgress } from "../progress.ts";
import { refusal } from "./manifest-files.ts";

/** What became of each, in their order. @throws CommandError with a line for each fault */
export async function applyManifests(
  client: ResourceClient,
  manifests: readonly Manifest[],
  options: { readonly dryRun: boolean },
  io: CommandIo,
): Promise<readonly AppliedResource[]> {
  refuseDuplicates(manifests);
  const resources = manifests.map(({ resource }) => resource);
  const words = () => `applying ${resources.length} resources`;
  try {
    return await withProgress(io, words, () => client.apply(resources, options));
  } catch (error) {
    if (!(error instanceof ResourceRefusedError) || error.causes.length === 0) throw error;
    throw refusal(error.causes.map((cause) => issueOf(cause, manifests)));
  }
}

/** The server knows which item it is, and the item where it was read. */
function issueOf({ field, message }: StatusCause, manifests: readonly Manifest[]): Issue {
  const [items, index, ...path] = parseFieldPath(field) ?? [];
  const manifest = items === "items" && typeof index === "number" ? manifests[index] : undefined;
  if (manifest === undefined) return { path: [], message };
  const { resource, source } = manifest;
  return { position: source.locate(path), key: resourceKey(resource), path, message };
}

function refuseDuplicates(manifests: readonly Manifest[]): void {
  const first = new Map<ResourceKey, Manifest>();
  const issues: Issue[] = [];
  for (const manifest of manifests) {
    const key = resourceKey(manifest.resource);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, manifest);
      continue;
    }
    const { file, line } = earlier.source.locate([]);
    const message = `${key} is there twice (the first time at ${file}:${line}); remove one`;
    issues.push({ position: manifest.source.locate([]), key, path: [], message });
  }
  if (issues.length > 0) throw refusal(issues);
}
