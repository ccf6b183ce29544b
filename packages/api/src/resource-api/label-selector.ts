/**
 * Label selectors: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>5`, as k8s.io/apimachinery/pkg/labels reads them. All of the
 * requirements must hold.
 */
import { ApiStatusError } from "./status.ts";

export type Labels = Readonly<Record<string, string>>;

/** What must hold of one label. `values` of `in` and `notin`; `=` and `!=` are those with one value. */
export type LabelRequirement =
  | { readonly kind: "exists" | "absent"; readonly key: string }
  | { readonly kind: "in" | "notin"; readonly key: string; readonly values: ReadonlySet<string> }
  | { readonly kind: "above" | "below"; readonly key: string; readonly limit: bigint };

/** @throws ApiStatusError (BadRequest) that says what was read up to where it goes wrong */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const reader = new TokenReader(text);
  const requirements: LabelRequirement[] = [];
  if (reader.peek === undefined) return requirements;
  do requirements.push(readRequirement(reader));
  while (reader.take(","));
  if (reader.peek !== undefined) throw reader.unexpected("a comma");
  return requirements;
}

/** Does a resource with the labels match? One without the label is neither equal to a value nor in a set of them. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => {
    const { key } = requirement;
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (requirement.kind) {
      case "exists":
        return value !== undefined;
      case "absent":
        return value === undefined;
      case "in":
        return value !== undefined && requirement.values.has(value);
      case "notin":
        return value === undefined || !requirement.values.has(value);
      case "above":
        return isNumber(value) && BigInt(value) > requirement.limit;
      case "below":
        return isNumber(value) && BigInt(value) < requirement.limit;
      default:
        return requirement satisfies never;
    }
  });
}

const NUMBER = /^-?\d{1,19}$/;

function isNumber(value: string | undefined): value is string {
  return value !== undefined && NUMBER.test(value);
}

function readRequirement(reader: TokenReader): LabelRequirement {
  if (reader.take("!")) return { kind: "absent", key: reader.key() };
  const key = reader.key();
  const operator = reader.peek;
  switch (operator) {
    case undefined:
    case ",":
      return { kind: "exists", key };
    case "=":
    case "==":
    case "!=":
      reader.next();
      return { kind: operator === "!=" ? "notin" : "in", key, values: new Set([reader.value()]) };
    case ">":
    case "<": {
      reader.next();
      const limit = reader.value();
      if (!isNumber(limit)) throw reader.unexpected("a whole number", limit);
      return { kind: operator === ">" ? "above" : "below", key, limit: BigInt(limit) };
    }
    case "in":
    case "notin":
      reader.next();
      return { kind: operator, key, values: readValues(reader) };
    default:
      throw reader.unexpected("one of = == != in notin > < or a comma");
  }
}

function readValues(reader: TokenReader): Set<string> {
  if (!reader.take("(")) throw reader.unexpected("(");
  const values = new Set<string>();
  do values.add(reader.value());
  while (reader.take(","));
  if (!reader.take(")")) throw reader.unexpected(") or a comma");
  return values;
}

const TOKEN = /==|!=|[=!<>(),]|[^\s=!<>(),]+/g;
const MOST_KEY = 253 + 1 + 63;
const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

class TokenReader {
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = text.match(TOKEN) ?? [];
  }

  get peek(): string | undefined {
    return this.#tokens[this.#position];
  }

  next(): void {
    this.#position += 1;
  }

  /** Is the next token this one? Then it is read. */
  take(token: string): boolean {
    if (this.peek !== token) return false;
    this.#position += 1;
    return true;
  }

  key(): string {
    const key = this.peek ?? "";
    if (key.length > MOST_KEY || !KEY.test(key)) throw this.unexpected("the key of a label");
    this.next();
    return key;
  }

  /** May be empty. */
  value(): string {
    const value = this.peek ?? "";
    if (value === "," || value === ")") return "";
    if (value.length > 63 || !VALUE.test(value)) throw this.unexpected("the value of a label");
    this.next();
    return value;
  }

  unexpected(wanted: string, token: string | undefined = this.peek): ApiStatusError {
    const found = token === undefined ? "its end" : `"${token.slice(0, 80)}"`;
    const before = this.#tokens.slice(0, this.#position).join(" ").slice(-80);
    return new ApiStatusError(
      "BadRequest",
      `labelSelector: ${found} after "${before}" is not ${wanted}; write for example KEY=VALUE,KEY!=VALUE,KEY in (A,B),KEY,!KEY`,
    );
  }
}
