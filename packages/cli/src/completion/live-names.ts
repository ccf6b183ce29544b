/** Names of resources for a completion, from where the half-typed command line would have them from. */
import type { ResourceClient } from "@selvedge/api";
import { KINDS, type ResourceKind } from "@selvedge/resources";
import type { Command } from "commander";
import { requireKinds } from "../commands/resource-arguments.ts";
import { connectionOf } from "../connection/connection-options.ts";
import { withClient } from "../connection/with-client.ts";
import type { CommandIo } from "../io.ts";
import type { Candidate, CompletionRequest } from "./completion-request.ts";

/** Names that anybody would look through. */
const MOST = 1000;

type NamesRequest = Extract<CompletionRequest, { kind: "names" | "tenants" }>;

/** What the words of the command say of server and tenant holds for the names as well. */
export function liveNames(
  command: Command,
  words: readonly string[],
  request: NamesRequest,
  io: CommandIo,
): Promise<readonly Candidate[]> {
  command.parseOptions([...words]);
  readEnvironment(command);
  const tenant: unknown = command.getOptionValue("namespace");
  const namespace = typeof tenant === "string" ? tenant : undefined;
  return withClient(connectionOf(command), "read", io, (client) =>
    request.kind === "tenants"
      ? namesOf(client, "Tenant", undefined, ({ name }) => name)
      : resourceNames(client, request, namespace),
  );
}

async function resourceNames(
  client: ResourceClient,
  { kindWords, prefix, isQualified, typed }: Extract<NamesRequest, { kind: "names" }>,
  namespace: string | undefined,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const kind of requireKinds(kindWords)) {
    const { isNamespaced } = KINDS[kind];
    // Without a tenant a name alone says nothing.
    if (isNamespaced && namespace === undefined && prefix === "" && !isQualified) continue;
    const withTenant = isNamespaced && (namespace === undefined || isQualified);
    const scope = isNamespaced ? namespace : undefined;
    const of = await namesOf(client, kind, scope, ({ name, tenant }) =>
      withTenant ? `${prefix}${tenant}/${name}` : `${prefix}${name}`,
    );
    found.push(...of.filter(({ word }) => !typed.includes(word)));
  }
  return found;
}

async function namesOf(
  client: ResourceClient,
  kind: ResourceKind,
  namespace: string | undefined,
  write: (name: { readonly name: string; readonly tenant: string | undefined }) => string,
): Promise<Candidate[]> {
  const { rows } = await client.listTable(kind, { namespace, limit: MOST });
  return rows.flatMap(({ object }) => {
    if (object === undefined) return [];
    const { name, namespace: tenant } = object.metadata;
    return [{ word: write({ name, tenant }), description: "" }];
  });
}

/** As parsing the whole line would do. */
function readEnvironment(command: Command): void {
  for (const option of command.options) {
    const value = option.envVar === undefined ? undefined : process.env[option.envVar];
    const name = option.attributeName();
    if (value === undefined || command.getOptionValue(name) !== undefined) continue;
    command.setOptionValueWithSource(name, value, "env");
  }
}
