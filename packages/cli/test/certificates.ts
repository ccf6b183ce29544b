/** Certificates for tests, made by the openssl command: an authority, a server of 127.0.0.1, and an operator. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Certificates {
  /** Certificate of the authority. */
  readonly ca: string;
  readonly server: KeyPair;
  /** In the group selvedge:operators. */
  readonly operator: KeyPair;
}

export function makeCertificates(directory: string): Certificates {
  const at = (name: string) => join(directory, name);
  const makeKey = (name: string) => {
    const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    openssl("genpkey", ...curve, "-out", at(`${name}.key`));
    return at(`${name}.key`);
  };
  const caKey = makeKey("ca");
  const ca = at("ca.pem");
  openssl("req", "-x509", "-new", "-key", caKey, "-subj", "/CN=test", "-days", "9", "-out", ca);
  const issue = (name: string, subject: string, extensions: string): KeyPair => {
    const key = makeKey(name);
    writeFileSync(at(`${name}.ext`), `basicConstraints=CA:FALSE\n${extensions}\n`);
    openssl("req", "-new", "-key", key, "-subj", subject, "-out", at(`${name}.csr`));
    openssl(
      ...["x509", "-req", "-in", at(`${name}.csr`), "-CA", ca, "-CAkey", caKey, "-CAcreateserial"],
      ...["-days", "8", "-extfile", at(`${name}.ext`), "-out", at(`${name}.pem`)],
    );
    return { certificate: at(`${name}.pem`), key };
  };
  const forServer = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth";
  return {
    ca,
    server: issue("server", "/CN=server", forServer),
    operator: issue("oscar", "/CN=oscar/O=selvedge:operators", "extendedKeyUsage=clientAuth"),
  };
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
