/** The part of a configuration that says who may reach an API from where, and what is written down of it. */
import { z } from "zod";
import { AuditLog, type AuditLogOptions, fileSink, streamSink } from "./audit-log.ts";
import { parseListenAddress } from "./listen-address.ts";
import type { TlsConfig } from "./server-guard.ts";
import { readTlsFiles } from "./tls-files.ts";

/** Where the audit log goes unless something else is said. */
export const AUDIT_FILE = "/var/log/selvedge/audit.jsonl";
/** The word for standard output in the place of a file. */
export const STDOUT = "-";

const path = z.string().min(1);

const fieldsSchema = z.strictObject({
  listen: z
    .string()
    .transform((text, context) => {
      const address = parseListenAddress(text);
      if (address !== undefined) return address;
      const message = `"${text}" is no address and port; write 10.0.1.1:6443, [2001:db8::1]:6443 or 0.0.0.0:6443`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .optional(),
  certificate: path.optional(),
  key: path.optional(),
  clientCa: path.optional(),
  tokens: path.optional(),
  audit: z
    .strictObject({ file: path.default(AUDIT_FILE), required: z.boolean().default(false) })
    .prefault({}),
});

export interface AuditConfig {
  /** A path, or `-`. */
  readonly file: string;
  /** Are changes refused that cannot be recorded first? */
  readonly required: boolean;
}

export interface AccessConfig {
  /** Undefined: it is served on the unix socket only. */
  readonly tls: TlsConfig | undefined;
  readonly audit: AuditConfig;
}

/**
 * `{ listen, certificate, key, clientCa, tokens, audit: { file, required } }`, all of them optional. The certificate files
 * are read: what could not be used later is refused now.
 */
export const accessConfigSchema: z.ZodType<
  AccessConfig,
  z.input<typeof fieldsSchema>
> = fieldsSchema.transform(({ audit, ...fields }, context): AccessConfig => {
  const { listen, certificate, key, clientCa, tokens } = fields;
  const refuse = (field: string, message: string) => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  if (listen === undefined) {
    for (const [field, value] of Object.entries(fields)) {
      if (value !== undefined) refuse(field, "is for TLS; write listen: ADDRESS:PORT too");
    }
    return { tls: undefined, audit };
  }
  if (clientCa === undefined && tokens === undefined) {
    refuse("listen", "nobody could come in; write clientCa or tokens, or both");
  }
  if (certificate === undefined) refuse("certificate", "is missing; TLS needs it");
  if (key === undefined) refuse("key", "is missing; TLS needs it");
  if (certificate === undefined || key === undefined) return z.NEVER;
  const verdict = readTlsFiles({ certificate, key, clientCa }, Date.now());
  if (verdict.kind === "unusable") refuse(verdict.field, verdict.reason);
  return { tls: { listen, certificate, key, clientCa, tokens }, audit };
});

/** The log that a configuration describes. */
export function openAuditLog(
  { file, required }: AuditConfig,
  onLoss: AuditLogOptions["onLoss"],
): AuditLog {
  const sink = file === STDOUT ? streamSink(process.stdout) : fileSink(file);
  return new AuditLog({ sink, required, onLoss });
}
