/** Certificates for tests, made by the openssl command as an operator makes them (docs/access.md). */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyPair {
  /** Paths of PEM files. */
  readonly certificate: string;
  readonly key: string;
  readonly pem: { readonly cert: string; readonly key: string };
}

export interface IssueOptions {
  /** Negative: it has expired. */
  readonly days?: number;
  /** Lines of extensions. */
  readonly extensions?: readonly string[];
}

const SERVER = ["subjectAltName=IP:127.0.0.1", "extendedKeyUsage=serverAuth"];
const CLIENT = ["extendedKeyUsage=clientAuth"];

/** An authority in a temporary directory. */
export class Authority implements Disposable {
  readonly directory: string;
  readonly certificate: string;
  readonly #key: string;
  #serial = 0;

  constructor(name: string) {
    this.directory = mkdtempSync(join(tmpdir(), "selvedge-pki-"));
    this.certificate = join(this.directory, "ca.pem");
    this.#key = this.#makeKey("ca");
    openssl(
      ...["req", "-x509", "-new", "-key", this.#key, "-subj", `/CN=${name}`],
      ...["-days", "30", "-out", this.certificate],
    );
  }

  /** For 127.0.0.1. */
  server(options: IssueOptions = {}): KeyPair {
    return this.issue("/CN=selvedge", { extensions: SERVER, ...options });
  }

  /** `subject`: `/CN=alice/O=selvedge:operators`. */
  client(subject: string, options: IssueOptions = {}): KeyPair {
    return this.issue(subject, { extensions: CLIENT, ...options });
  }

  issue(subject: string, { days = 29, extensions = [] }: IssueOptions): KeyPair {
    const name = `issued-${++this.#serial}`;
    const key = this.#makeKey(name);
    const [request, certificate, extensionFile] = ["csr", "pem", "ext"].map((end) =>
      join(this.directory, `${name}.${end}`),
    );
    if (request === undefined || certificate === undefined || extensionFile === undefined) {
      throw new Error("three names were made");
    }
    writeFileSync(extensionFile, `basicConstraints=CA:FALSE\n${extensions.join("\n")}\n`);
    openssl("req", "-new", "-utf8", "-key", key, "-subj", subject, "-out", request);
    openssl(
      ...["x509", "-req", "-in", request, "-CA", this.certificate, "-CAkey", this.#key],
      ...["-CAcreateserial", "-days", String(days), "-extfile", extensionFile],
      ...["-out", certificate],
    );
    const pem = { cert: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
    return { certificate, key, pem };
  }

  get pem(): string {
    return readFileSync(this.certificate, "utf8");
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #makeKey(name: string): string {
    const path = join(this.directory, `${name}.key`);
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path);
    return path;
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
