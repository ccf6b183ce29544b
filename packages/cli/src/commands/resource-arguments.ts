/** `KIND[,KIND] [NAME...] -n TENANT`, `KIND/NAME`, `KIND/TENANT/NAME`: from what a user types to what is meant. */
import type { ResourceName } from "@selvedge/api";
import {
  API_VERSION,
  didYouMean,
  findKind,
  KIND_NAMES,
  KINDS,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  type ResourceKind,
} from "@selvedge/resources";
import { CommandError, EXIT } from "../io.ts";

/** Words for several kinds, as Kubernetes has categories: `all` is what is in a tenant. */
const CATEGORIES: Readonly<Record<string, readonly ResourceKind[]>> = {
  all: KIND_NAMES.filter((kind) => KINDS[kind].isNamespaced),
  selvedge: KIND_NAMES,
};

/** Everything that names a kind, the plurals first. */
export const KIND_WORDS: readonly string[] = [
  ...KIND_NAMES.map((kind) => KINDS[kind].plural),
  ...KIND_NAMES.flatMap((kind) => [kind.toLowerCase(), KINDS[kind].shortName]),
  ...Object.keys(CATEGORIES),
];

/** One resource. */
export interface NamedResource {
  readonly kind: ResourceKind;
  readonly at: ResourceName;
  readonly key: ResourceKey;
}

/** @throws CommandError (usage) that says which kind is near, or lists them. */
export function requireKind(text: string): ResourceKind {
  const kind = findKind(text);
  if (kind !== undefined) return kind;
  throw unknownKind(text);
}

/** The kinds of `vrfs,subnets`, `all` or `ep`, each once. @throws CommandError (usage) */
export function requireKinds(text: string): readonly ResourceKind[] {
  const words = text.split(",").filter((word) => word !== "");
  if (words.length === 0) throw unknownKind(text);
  const suffix = `.${API_VERSION.split("/")[0]}`;
  const kinds = words.flatMap((word) => {
    const plain = word.endsWith(suffix) ? word.slice(0, -suffix.length) : word;
    return CATEGORIES[plain.toLowerCase()] ?? [requireKind(plain)];
  });
  return [...new Set(kinds)];
}

function unknownKind(text: string): CommandError {
  const plurals = KIND_NAMES.map((name) => KINDS[name].plural).join(", ");
  const hint = didYouMean(text, KIND_WORDS, `; the kinds are ${plurals}`);
  return new CommandError(EXIT.usage, `there is no kind "${text}"${hint}`);
}

/** What the arguments of a command name: every resource of kinds, or certain ones. */
export type Selected =
  | { readonly kind: "kinds"; readonly kinds: readonly ResourceKind[] }
  | { readonly kind: "named"; readonly resources: readonly NamedResource[] };

/**
 * `endpoints`, `vrfs,subnets`, `endpoint web-1 web-2`, `endpoint/web-1 vrf/main` or, as `-o name` prints them,
 * `endpoints/red/web-1`.
 * @throws CommandError (usage)
 */
export function selectedBy(words: readonly string[], tenant: string | undefined): Selected {
  const [first = "", ...names] = words;
  if (words.some((word) => word.includes("/"))) {
    return { kind: "named", resources: words.map((word) => requireReference(word, tenant)) };
  }
  const kinds = requireKinds(first);
  if (names.length === 0) return { kind: "kinds", kinds };
  return {
    kind: "named",
    resources: names.flatMap((name) => kinds.map((kind) => requireNamed(kind, name, tenant))),
  };
}

function requireReference(word: string, tenant: string | undefined): NamedResource {
  const [kindText = "", ...rest] = word.split("/");
  if (rest.length === 0) {
    const message = `"${word}" names no resource beside others as KIND/NAME; write ${word}/NAME`;
    throw new CommandError(EXIT.usage, message);
  }
  const [kind, another] = requireKinds(kindText);
  if (kind === undefined || another !== undefined) throw unknownKind(kindText);
  const [namespace = "", name = ""] = rest;
  if (rest.length === 1) return requireNamed(kind, namespace, tenant);
  if (rest.length === 2 && KINDS[kind].isNamespaced) {
    if (tenant === undefined || tenant === namespace) return requireNamed(kind, name, namespace);
    throw new CommandError(EXIT.usage, `${word} is of another tenant than -n ${tenant}`);
  }
  throw new CommandError(EXIT.usage, `"${word}" names no resource; write ${formOf(kind)}`);
}

function formOf(kind: ResourceKind): string {
  const { plural, isNamespaced } = KINDS[kind];
  return isNamespaced ? `${plural}/NAME -n TENANT or ${plural}/TENANT/NAME` : `${plural}/NAME`;
}

/** The name of a resource, in its tenant where it has one. */
export function nameOf({ metadata }: Resource): ResourceName {
  return {
    namespace: "namespace" in metadata ? metadata.namespace : undefined,
    name: metadata.name,
  };
}

/** @throws CommandError (usage) when the tenant is missing or too much, or it can be no name. */
export function requireNamed(
  kind: ResourceKind,
  name: string,
  tenant: string | undefined,
): NamedResource {
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
  if (parsed === undefined || parsed.name !== name) {
    throw new CommandError(EXIT.usage, `"${name}" is no name of a resource`);
  }
  return { kind, at: { namespace: parsed.namespace, name }, key: parsed.key };
}

/** The tenant that a list of a kind is of; kinds that belong to none have none. @throws CommandError (usage) */
export function tenantFor(
  kind: ResourceKind,
  { namespace, allNamespaces }: { readonly namespace?: string; readonly allNamespaces?: boolean },
): string | undefined {
  if (namespace !== undefined && allNamespaces === true) {
    throw new CommandError(EXIT.usage, "-n and -A contradict each other; give one of them");
  }
  return KINDS[kind].isNamespaced ? namespace : undefined;
}
