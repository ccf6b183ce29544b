/** The configuration file of an agent: YAML, checked as a whole before anything starts. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { accessConfigSchema } from "@selvedge/api";
import type { RemoteAs } from "@selvedge/bgp-evpn";
import { datastoreLocationSchema } from "@selvedge/datastore";
import {
  type IpAddress,
  type IpPrefix,
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  ValueError,
} from "@selvedge/net";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { LOG_LEVELS } from "./log.ts";
import { readPassword } from "./password-file.ts";
import { sessionFields, shutdownSchema } from "./session-options.ts";

/** A zod schema of a value of the field, whose own message says what is wrong with it. */
function value<T>(parse: (text: string) => T): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

const resourceName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "use lower-case letters, digits and hyphens");

/** Puts the password in the place of its file. */
function withPassword<T extends { readonly passwordFile?: string | undefined }>(
  { passwordFile, ...rest }: T,
  context: z.RefinementCtx,
): Omit<T, "passwordFile"> & { readonly password?: string } {
  if (passwordFile === undefined) return rest;
  const result = readPassword(passwordFile);
  if (result.kind === "password") return { ...rest, password: result.password };
  context.addIssue({ code: "custom", path: ["passwordFile"], message: result.reason });
  return z.NEVER;
}

const absolutePath = z.string().min(1);

/** The AS of a neighbour in words or as a number. */
function parseRemoteAs(text: string): RemoteAs {
  return text === "internal" || text === "external" ? text : parseAsn(text);
}

/** What both a neighbour and a range say of sessions and their sockets. */
const peerFields = {
  asn: z
    .union([z.number(), z.string()])
    .pipe(z.coerce.string())
    .pipe(value<RemoteAs>(parseRemoteAs)),
  reflectorClient: z.boolean().default(false),
  description: z.string().optional(),
  /** File with the TCP-MD5 password. */
  passwordFile: absolutePath.optional(),
  ttlSecurity: z.number().int().min(1).max(254).optional(),
  ebgpMultihop: z.number().int().min(1).max(255).optional(),
  sourceInterface: z.string().min(1).optional(),
  ...sessionFields,
};

const neighborSchema = z
  .strictObject({
    address: value<IpAddress>(parseIpAddress),
    ...peerFields,
    localAddress: value<IpAddress>(parseIpAddress).optional(),
    passive: z.boolean().default(false),
    shutdown: shutdownSchema.exactOptional(),
  })
  .transform(withPassword);

const rangeSchema = z
  .strictObject({
    prefix: value<IpPrefix>(parseIpPrefix),
    ...peerFields,
    /** Neighbours at a time. */
    limit: z.number().int().min(1).max(65_535).default(100),
  })
  .transform(withPassword);

const seconds = z.number().int().min(1).max(86_400);

/** Its limits and defaults are those of the speaker's `CollectorOptions`. */
const collectorSchema = z
  .strictObject({
    address: value<IpAddress>(parseIpAddress),
    port: z.number().int().min(1).max(65535),
    /** Seconds after the first failure, doubled with each one up to `maxRetry`. */
    initialRetry: seconds.default(30),
    maxRetry: seconds.default(720),
    /** Seconds between reports of figures; 0: none. */
    statisticsInterval: z.number().int().min(0).max(86_400).default(60),
  })
  .refine(({ initialRetry, maxRetry }) => maxRetry >= initialRetry, {
    path: ["maxRetry"],
    message: "use as much as initialRetry, or more",
  });

/** Schema of the file, with every default. */
const agentConfigFields = z.strictObject({
  host: resourceName,
  datastore: datastoreLocationSchema.default({
    kind: "sqlite",
    path: "/var/lib/selvedge/datastore.db",
  }),
  runtimeDirectory: absolutePath.default("/run/selvedge"),
  namespacePrefix: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, "use letters, digits, dots, hyphens, underscores")
    .default("vrf"),
  bgp: z
    .strictObject({
      port: z.number().int().min(1).max(65535).default(179),
      /** Seconds; RFC 4271 allows 0 (no keepalives) and 3 or more. */
      holdTime: z
        .number()
        .int()
        .max(65535)
        .refine((seconds) => seconds === 0 || seconds >= 3, "use 0, or 3 or more (RFC 4271)")
        .default(90),
      /** Seconds between attempts to connect. */
      connectRetry: z.number().int().min(1).max(65535).default(5),
      /** For the neighbours that follow from Hosts, and the others where they say nothing else. */
      ...sessionFields,
      neighbors: z.array(neighborSchema).default([]),
      /** Whoever connects from such a prefix is a neighbour. */
      ranges: z.array(rangeSchema).default([]),
      /** BMP collectors. */
      monitoring: z
        .array(collectorSchema)
        .refine(areDistinct, "name each collector once")
        .default([]),
    })
    .prefault({}),
  /** What is dropped before it does harm; docs/guards.md. */
  guards: z
    .strictObject({
      endpoints: z.boolean().default(true),
      underlay: z.boolean().default(true),
    })
    .prefault({}),
  /** Whether the paths to other VTEPs carry what the underlay's device takes; docs/agent.md. */
  pathProbe: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Seconds between two measurements of a path. */
      interval: seconds.default(60),
    })
    .prefault({}),
  liveness: z
    .strictObject({
      /** Seconds without a word after which the host counts as gone. */
      timeToLive: z.number().int().min(5).max(3600).default(30),
    })
    .prefault({}),
  /** What the one agent does that collects IPAM's garbage for all; docs/ipam.md. */
  garbageCollection: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Seconds between collections. */
      interval: seconds.default(60),
      /** Seconds that something must have been gone before it is taken back. */
      grace: seconds.default(300),
      /** Revisions of history that a SQLite datastore keeps. */
      keepRevisions: z.int().min(0).default(10_000),
    })
    .prefault({}),
  api: accessConfigSchema.prefault({}),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default("info") }).prefault({}),
});

const agentConfigSchema = agentConfigFields.refine(
  ({ liveness, garbageCollection: { grace } }) => grace >= 2 * liveness.timeToLive,
  {
    path: ["garbageCollection", "grace"],
    message: "use at least twice liveness.timeToLive, the time hosts have to come back",
  },
);

/** A configuration with every default filled in. */
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** The file cannot be read, or is not a configuration; `issues` holds one line for each fault. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly issues: readonly string[];

  constructor(issues: readonly string[], options?: ErrorOptions) {
    super(issues.join("\n"), options);
    this.issues = issues;
  }
}

/** @throws ConfigError */
export function loadConfig(file: string): AgentConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`${file}: ${reason}`], { cause });
  }
  const config = parseConfig(text, file);
  return {
    ...config,
    runtimeDirectory: resolve(config.runtimeDirectory),
    datastore:
      config.datastore.kind === "sqlite"
        ? { kind: "sqlite", path: resolve(config.datastore.path) }
        : config.datastore,
  };
}

/**
 * `file` names the text in messages only.
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string): AgentConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return `${file}:${line}:${col}: ${error.message.split("\n")[0]}`;
      }),
    );
  }
  const parsed = agentConfigSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const line = lineOf(document, issue.path, lines);
      const path = issue.path.join(".");
      return `${file}${line}: ${path === "" ? "" : `${path}: `}${issue.message}`;
    }),
  );
}

/** `:LINE` of the deepest node on the path that is there. */
function lineOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
  lines: LineCounter,
): string {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const offset = nodeOffset(node);
    if (offset !== undefined) return `:${lines.linePos(offset).line}`;
  }
  return "";
}

function nodeOffset(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const { range } = node;
  const offset: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof offset === "number" ? offset : undefined;
}

function areDistinct(
  collectors: readonly { readonly address: IpAddress; readonly port: number }[],
): boolean {
  return (
    new Set(collectors.map(({ address, port }) => `${address} ${port}`)).size === collectors.length
  );
}
