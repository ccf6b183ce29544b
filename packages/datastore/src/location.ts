/**
 * Where a datastore is, as operators say it: in the configuration of an agent, or in one word on a command line. Files
 * with certificates and passwords are named here and read when the datastore is opened.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { EtcdLocation, EtcdTls } from "./etcd/etcd-location.ts";
import { openEtcdEngine } from "./etcd/etcd-store.ts";
import { openEtcdStore, openSqliteStore } from "./guarded-engines.ts";
import type { GuardedStore } from "./migration/guarded-store.ts";
import { openSqliteEngine } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store-error.ts";

const ENDPOINT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/;
const DEFAULT_PREFIX = "/selvedge/";

/** An etcd, with the names of the files that it takes to get in. */
export interface DeclaredEtcd {
  /** `HOST:PORT` of members. */
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** TLS, where no file says so. */
  readonly tls?: boolean;
  /** Files in PEM. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly user?: string;
  /** Its first line is the password. */
  readonly passwordFile?: string;
}

const endpointSchema = z.string().refine((text) => ENDPOINT.test(text), {
  error: ({ input }) => `"${input}" is no endpoint; write HOST:PORT, such as etcd-1:2379`,
});

const etcdSchema: z.ZodType<DeclaredEtcd> = z
  .strictObject({
    endpoints: z.array(endpointSchema).min(1, "name a member as HOST:PORT"),
    prefix: z
      .string()
      .regex(/^\/.*[^/]\/?$/, "use a path such as /selvedge/")
      .default(DEFAULT_PREFIX),
    tls: z.boolean().exactOptional(),
    ca: z.string().min(1).exactOptional(),
    certificate: z.string().min(1).exactOptional(),
    key: z.string().min(1).exactOptional(),
    user: z.string().min(1).exactOptional(),
    passwordFile: z.string().min(1).exactOptional(),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    path: ["key"],
    message: "a certificate needs its key, and a key its certificate; name both files",
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    path: ["passwordFile"],
    message: "a user needs a password, and a password a user; name both",
  });

/** Where a datastore is. */
export type DatastoreLocation =
  | { readonly kind: "sqlite"; readonly path: string }
  | ({ readonly kind: "etcd" } & DeclaredEtcd);

/** `{ sqlite: PATH }` or `{ etcd: { endpoints: [HOST:PORT], prefix, ca, ... } }`. */
export const datastoreLocationSchema: z.ZodType<DatastoreLocation> = z
  .strictObject({
    sqlite: z.string().min(1).exactOptional(),
    etcd: etcdSchema.exactOptional(),
  })
  .transform(({ sqlite, etcd }, context): DatastoreLocation => {
    if (sqlite !== undefined && etcd === undefined) return { kind: "sqlite", path: sqlite };
    if (etcd !== undefined && sqlite === undefined) return { kind: "etcd", ...etcd };
    context.addIssue("use one of sqlite: PATH and etcd: { endpoints: [HOST:PORT] }");
    return z.NEVER;
  });

/** What a command line's word for a datastore says, or what is wrong with it. */
export type ParsedLocation =
  | { readonly kind: "location"; readonly location: DatastoreLocation }
  | { readonly kind: "refused"; readonly message: string };

/** Names of the parameters behind the question mark, and the fields that they are. */
const PARAMETERS: Readonly<Record<string, "ca" | "certificate" | "key" | "user" | "passwordFile">> =
  { ca: "ca", cert: "certificate", key: "key", user: "user", passwordFile: "passwordFile" };

/**
 * Reads `PATH`, which is a SQLite file, or `etcd://HOST:PORT[,HOST:PORT...][/PREFIX/][?PARAMETER=VALUE&...]`, where
 * `etcds:` is etcd over TLS and the parameters are ca, cert, key, user and passwordFile.
 */
export function parseDatastoreLocation(text: string): ParsedLocation {
  if (!/^[a-z]+:\/\//.test(text)) {
    return text === ""
      ? { kind: "refused", message: "a datastore is a file or etcd://HOST:PORT, not nothing" }
      : { kind: "location", location: { kind: "sqlite", path: text } };
  }
  const found = /^(etcds?):\/\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/.exec(text);
  if (found === null) {
    const message = `"${text}" is no datastore; write a path, or etcd://HOST:PORT[,HOST:PORT...]/PREFIX/`;
    return { kind: "refused", message };
  }
  const [, scheme, endpoints = "", prefix, query] = found;
  const fields: Record<string, unknown> = { endpoints: endpoints.split(",") };
  if (prefix !== undefined && prefix !== "/") fields["prefix"] = prefix;
  if (scheme === "etcds") fields["tls"] = true;
  for (const [name, value] of new URLSearchParams(query ?? "")) {
    const field = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (field === undefined) {
      const known = Object.keys(PARAMETERS).join(", ");
      return { kind: "refused", message: `"${text}": there is no parameter ${name}; use ${known}` };
    }
    fields[field] = value;
  }
  const parsed = etcdSchema.safeParse(fields);
  if (parsed.success) {
    return { kind: "location", location: { kind: "etcd", ...parsed.data } };
  }
  const faults = parsed.error.issues.map(({ message }) => message);
  return { kind: "refused", message: `"${text}": ${faults.join("; ")}` };
}

/** The location in one word, as messages have it; names files, holds no secret. */
export function formatDatastoreLocation(location: DatastoreLocation): string {
  if (location.kind === "sqlite") return location.path;
  const parameters = new URLSearchParams();
  for (const [name, field] of Object.entries(PARAMETERS)) {
    const value = location[field];
    if (value !== undefined) parameters.set(name, value);
  }
  const query = parameters.size === 0 ? "" : `?${parameters}`;
  const scheme = usesTls(location) ? "etcds" : "etcd";
  return `${scheme}://${location.endpoints.join(",")}${location.prefix}${query}`;
}

/** Opens the datastore there. @throws StoreError; of an etcd that does not answer only the first call says so. */
export function openStore(location: DatastoreLocation): GuardedStore {
  return location.kind === "sqlite"
    ? openSqliteStore(location.path)
    : openEtcdStore(readEtcdLocation(location));
}

/** Opens it without the guard against a datastore that has moved: for migrations, not for programs. */
export function openEngine(location: DatastoreLocation): Store {
  return location.kind === "sqlite"
    ? openSqliteEngine(location.path)
    : openEtcdEngine(readEtcdLocation(location));
}

/** Reads the files that get one in. @throws StoreError */
export function readEtcdLocation(declared: DeclaredEtcd): EtcdLocation {
  const { endpoints, prefix, user, passwordFile } = declared;
  const read = (file: string): Buffer => readFileOf(declared, file);
  const [password] =
    passwordFile === undefined ? [] : read(passwordFile).toString("utf8").split("\n");
  return {
    endpoints,
    prefix,
    ...(usesTls(declared) ? { tls: readTls(declared, read) } : {}),
    ...(user === undefined || password === undefined ? {} : { user: { name: user, password } }),
  };
}

function usesTls({ tls, ca, certificate }: DeclaredEtcd): boolean {
  return tls ?? (ca !== undefined || certificate !== undefined);
}

function readTls({ ca, certificate, key }: DeclaredEtcd, read: (file: string) => Buffer): EtcdTls {
  return {
    ...(ca === undefined ? {} : { ca: read(ca) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { identity: { certificate: read(certificate), key: read(key) } }),
  };
}

function readFileOf(declared: DeclaredEtcd, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const location = formatDatastoreLocation({ kind: "etcd", ...declared });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError("unavailable", location, `cannot get into ${location}: ${reason}`, {
      cause,
    });
  }
}
