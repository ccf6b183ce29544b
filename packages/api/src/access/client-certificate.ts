/** Who a client certificate says its holder is: CN is the user, each O a group. */
import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { type Grant, grantOfGroup, type Identity } from "./identity.ts";

export type CertificateVerdict =
  | { readonly kind: "good"; readonly identity: Identity }
  | { readonly kind: "bad"; readonly reason: string };

/** A subject as OpenSSL has parsed it: an attribute that is there twice is a list. */
const attribute = z.union([z.string(), z.array(z.string())]).optional();
const subjectSchema = z.object({ CN: attribute, O: attribute });

/**
 * `authorizationError` is what TLS found of the chain (`tls.TLSSocket.authorizationError`), undefined when it is good.
 * `now`: milliseconds since 1970; connections outlive certificates.
 */
export function identityOfCertificate(
  certificate: X509Certificate,
  authorizationError: string | undefined,
  now: number,
): CertificateVerdict {
  const validTo = certificate.validToDate.getTime();
  if (validTo <= now) return bad(`it has expired at ${certificate.validToDate.toISOString()}`);
  if (authorizationError !== undefined)
    return bad(`the server does not trust it: ${authorizationError}`);
  const subject = subjectSchema.safeParse({ ...certificate.toLegacyObject().subject });
  const names = listOf(subject.data?.CN);
  const [user] = names;
  if (user === undefined || names.length > 1 || !isPrintable(user)) {
    return bad("its subject needs one CN, the name of the user");
  }
  const grants = listOf(subject.data?.O).flatMap((group): Grant[] => {
    const grant = grantOfGroup(group);
    return grant === undefined ? [] : [grant];
  });
  const identity: Identity = {
    user,
    how: "certificate",
    credential: certificate.serialNumber,
    grants,
    expiresAt: validTo,
  };
  return { kind: "good", identity };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

/** No control characters, so that a name cannot look like two lines or two fields. */
function isPrintable(name: string): boolean {
  return name.length > 0 && name.length <= 253 && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name);
}

function bad(reason: string): CertificateVerdict {
  return { kind: "bad", reason };
}
