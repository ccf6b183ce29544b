/** Options of a server that say who may reach it from where: the fields of an agent's `api:`, as flags. */
import { type AccessConfig, AUDIT_FILE, accessConfigSchema } from "@selvedge/api";
import { type Command, Option } from "commander";
import { CommandError, EXIT } from "../io.ts";

export interface AccessFlags {
  readonly listen?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly clientCa?: string;
  readonly tokens?: string;
  readonly audit: string;
  readonly auditRequired: boolean;
}

/** Adds the flags to a command. */
export function addAccessOptions(command: Command): Command {
  return command
    .option("--listen <address:port>", "listen there too, with TLS")
    .option("--certificate <file>", "certificate of the server, with its chain (PEM)")
    .option("--key <file>", "its key (PEM)")
    .option("--client-ca <file>", "authorities whose certificates make users (PEM)")
    .option("--tokens <file>", "bearer tokens, as `selvedge token` writes them")
    .addOption(new Option("--audit <file>", "audit log; - is standard output").default(AUDIT_FILE))
    .option("--audit-required", "refuse changes that cannot be recorded first", false);
}

const FLAGS: Readonly<Record<string, string>> = { clientCa: "client-ca" };

/** @throws CommandError (usage) with everything that is wrong. */
export function accessConfigOf({ audit, auditRequired, ...tls }: AccessFlags): AccessConfig {
  const { listen, certificate, key, clientCa, tokens } = tls;
  const parsed = accessConfigSchema.safeParse({
    listen,
    certificate,
    key,
    clientCa,
    tokens,
    audit: { file: audit, required: auditRequired },
  });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => {
    const field = String(path[0]);
    return `--${FLAGS[field] ?? field}: ${message}`;
  });
  throw new CommandError(EXIT.usage, faults.join("\n"));
}
