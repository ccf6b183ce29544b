/** `KIND NAME -n TENANT`: from what a user types to keys of resources. */
import {
  findKind,
  KIND_NAMES,
  KINDS,
  parseResourceKey,
  type ResourceKey,
  type ResourceKind,
} from "@selvedge/resources";
import { CommandError, EXIT } from "../io.ts";

/** @throws CommandError (usage) that lists the kinds. */
export function requireKind(text: string): ResourceKind {
  const kind = findKind(text);
  if (kind !== undefined) return kind;
  const plurals = KIND_NAMES.map((name) => KINDS[name].plural).join(", ");
  throw new CommandError(EXIT.usage, `there is no kind "${text}"; the kinds are ${plurals}`);
}

/** @throws CommandError (usage) when the tenant is missing or too much. */
export function requireKey(
  kind: ResourceKind,
  name: string,
  tenant: string | undefined,
): ResourceKey {
  const { plural, isNamespaced } = KINDS[kind];
  if (isNamespaced && tenant === undefined) {
    throw new CommandError(EXIT.usage, `${plural} belong to a tenant; name it with -n TENANT`);
  }
  if (!isNamespaced && tenant !== undefined) {
    throw new CommandError(EXIT.usage, `${plural} belong to no tenant; leave out -n`);
  }
  const parsed = parseResourceKey(
    isNamespaced ? `${plural}/${tenant}/${name}` : `${plural}/${name}`,
  );
  if (parsed !== undefined) return parsed.key;
  throw new CommandError(EXIT.usage, `"${name}" is no name of a resource`);
}
