/** What a client shows a server, and by what it knows it: out of files. */
import { readFileSync } from "node:fs";
import type { TlsOptions } from "@selvedge/api";
import { CommandError, EXIT } from "../io.ts";
import type { CredentialFiles } from "./connection-options.ts";

/** @throws CommandError (usage) for a URL or credentials that cannot go together, or a file that cannot be read */
export function readCredentials(
  url: string,
  { ca, certificate, key, tokenFile }: CredentialFiles,
): { readonly tls: TlsOptions; readonly headers: Readonly<Record<string, string>> } {
  const { protocol } = requireUrl(url);
  if (protocol === "http:" && tokenFile !== undefined) {
    throw usage(`--token-file: the token would go over ${url} in plain text; use https://`);
  }
  if ((certificate === undefined) !== (key === undefined)) {
    const [there, missing] = key === undefined ? ["certificate", "key"] : ["key", "certificate"];
    throw usage(`--${there} needs --${missing} as well`);
  }
  return {
    tls: {
      ...(ca === undefined ? {} : { ca: readText("--ca", ca) }),
      ...(certificate === undefined ? {} : { certificate: readText("--certificate", certificate) }),
      ...(key === undefined ? {} : { key: readText("--key", key) }),
    },
    headers: tokenFile === undefined ? {} : { authorization: `Bearer ${readToken(tokenFile)}` },
  };
}

function requireUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw usage(`--server: "${text}" is no URL of a server; write https://HOST:PORT`);
}

function readToken(path: string): string {
  const token = readText("--token-file", path).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usage(`--token-file: ${path} holds no token; write what \`selvedge token create\` printed`);
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.usage, `${flag}: ${path} cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

function usage(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
