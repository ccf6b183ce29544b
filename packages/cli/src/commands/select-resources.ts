/** The resources that a command is to do something with: those that are named, or those that are selected. */
import type { ResourceClient } from "@selvedge/api";
import { KINDS, type Resource, resourceKey } from "@selvedge/resources";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { readResources } from "./read-resources.ts";
import { type NamedResource, nameOf, selectedBy, tenantFor } from "./resource-arguments.ts";

export interface TargetOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
}

/** A resource that is to change. */
export interface Target extends NamedResource {
  /** Of one that was selected: only that very one is meant. */
  readonly uid?: string | undefined;
}

/** Empty where a selector is for nothing. @throws CommandError (usage) where it is not clear what is meant */
export async function targetsOf(
  client: ResourceClient,
  words: readonly string[],
  options: TargetOptions,
  io: CommandIo,
): Promise<readonly Target[]> {
  const { namespace, selector: labelSelector, fieldSelector, all, allNamespaces } = options;
  if (words.length === 0) throw usage("name a kind, and which resources of it");
  const selected = selectedBy(words, namespace);
  const selects = (labelSelector ?? fieldSelector) !== undefined || all === true;
  if (selected.kind === "named") {
    if (selects) throw usage("names and selectors exclude each other; give one of them");
    return selected.resources;
  }
  if (!selects) throw usage("which of them? name them, or select them (--help shows how)");
  const targets: Target[] = [];
  for (const kind of selected.kinds) {
    const tenant = tenantFor(kind, options);
    if (KINDS[kind].isNamespaced && tenant === undefined && allNamespaces !== true) {
      throw usage("whose? name a tenant with -n TENANT, or all of them with -A");
    }
    const selection = { namespace: tenant, labelSelector, fieldSelector };
    const { items } = await readResources(client, kind, selection, io);
    targets.push(...items.map(targetOf));
  }
  return targets;
}

/** A resource as a target. */
export function targetOf(resource: Resource): Target {
  const { kind, metadata } = resource;
  return { kind, at: nameOf(resource), key: resourceKey(resource), uid: metadata.uid };
}

/** Targets, of which there must be one. @throws CommandError (nothing found) */
export function requireSome(targets: readonly Target[]): readonly Target[] {
  if (targets.length > 0) return targets;
  throw new CommandError(EXIT.usage, "there is nothing that the selector is for");
}

function usage(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
