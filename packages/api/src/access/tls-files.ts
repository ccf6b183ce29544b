/** The files of a TLS listener, read and checked: what is wrong with them is said before a client finds out. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** Paths of PEM files. */
export interface TlsFiles {
  /** The server's certificate, and after it those of intermediate authorities. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities whose certificates make users; without it users have tokens only. */
  readonly clientCa?: string | undefined;
}

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** What is likely not meant, and does not stand in the way. */
  readonly warnings: readonly string[];
}

export type TlsFilesVerdict =
  | { readonly kind: "usable"; readonly material: TlsMaterial }
  | { readonly kind: "unusable"; readonly field: keyof TlsFiles; readonly reason: string };

const DAY = 86_400_000;
/** Before a certificate expires it is time to say so. */
const SOON = 14 * DAY;

/** Synchronous, for the start of a program. `now`: milliseconds since 1970. Never throws. */
export function readTlsFiles(files: TlsFiles, now: number): TlsFilesVerdict {
  const warnings: string[] = [];
  const certificate = readCertificates(files, "certificate");
  if (certificate.kind !== "read") return certificate;
  const [own] = certificate.certificates;
  const key = readPem(files, "key");
  if (key.kind !== "read") return key;
  try {
    if (!own.checkPrivateKey(createPrivateKey(key.pem))) {
      return unusable("key", `${files.key} is not the key of ${files.certificate}`);
    }
  } catch (error) {
    return unusable("key", `${files.key} is no private key: ${messageOf(error)}`);
  }
  warnings.push(...timeWarnings(own, files.certificate, now));
  if (own.subjectAltName === undefined) {
    warnings.push(
      `${files.certificate} has no subjectAltName; clients such as kubectl refuse it whatever its CN is`,
    );
  }
  const ca = readAuthorities(files, now, warnings);
  if (ca.kind === "unusable") return ca;
  const material = { cert: certificate.pem, key: key.pem, ca: ca.pem };
  try {
    createSecureContext(material);
  } catch (error) {
    return unusable("certificate", `${files.certificate}: ${messageOf(error)}`);
  }
  const expiresAt = own.validToDate.getTime();
  return { kind: "usable", material: { ...material, expiresAt, warnings } };
}

type Unusable = Extract<TlsFilesVerdict, { kind: "unusable" }>;
type Certificates = readonly [X509Certificate, ...X509Certificate[]];

function readAuthorities(
  files: TlsFiles,
  now: number,
  warnings: string[],
): Unusable | { readonly kind: "read"; readonly pem: string | undefined } {
  if (files.clientCa === undefined) return { kind: "read", pem: undefined };
  const authorities = readCertificates(files, "clientCa");
  if (authorities.kind !== "read") return authorities;
  for (const authority of authorities.certificates) {
    if (!authority.ca) {
      const reason = `${files.clientCa}: ${nameOf(authority)} is no certificate of an authority (CA:TRUE)`;
      return unusable("clientCa", reason);
    }
    warnings.push(...timeWarnings(authority, files.clientCa, now));
  }
  return authorities;
}

function readCertificates(
  files: TlsFiles,
  field: "certificate" | "clientCa",
): Unusable | { readonly kind: "read"; readonly pem: string; readonly certificates: Certificates } {
  const read = readPem(files, field);
  if (read.kind !== "read") return read;
  const blocks =
    read.pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    const [first, ...rest] = blocks.map((block) => new X509Certificate(block));
    if (first !== undefined) return { ...read, certificates: [first, ...rest] };
    return unusable(field, `${files[field]} holds no certificate in PEM`);
  } catch (error) {
    return unusable(
      field,
      `${files[field]} holds a certificate that cannot be read: ${messageOf(error)}`,
    );
  }
}

function readPem(
  files: TlsFiles,
  field: keyof TlsFiles,
): Unusable | { readonly kind: "read"; readonly pem: string } {
  const path = files[field] ?? "";
  try {
    return { kind: "read", pem: readFileSync(path, "utf8") };
  } catch (error) {
    return unusable(field, messageOf(error));
  }
}

function timeWarnings(certificate: X509Certificate, path: string, now: number): string[] {
  const { validFromDate: from, validToDate: to } = certificate;
  const name = `${path}: the certificate of ${nameOf(certificate)}`;
  if (to.getTime() <= now) return [`${name} has expired at ${to.toISOString()}; renew it`];
  if (to.getTime() - now < SOON) return [`${name} expires at ${to.toISOString()}; renew it`];
  if (from.getTime() > now) return [`${name} is not valid before ${from.toISOString()}`];
  return [];
}

function nameOf({ subject }: X509Certificate): string {
  return subject === undefined || subject === "" ? "nobody" : subject.replaceAll("\n", ", ");
}

function unusable(field: keyof TlsFiles, reason: string): Unusable {
  return { kind: "unusable", field, reason };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
