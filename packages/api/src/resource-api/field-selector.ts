/** Label and field selectors of lists and watches. */
import type { Resource } from "@selvedge/resources";
import { ApiStatusError } from "./status.ts";

/** Does a resource match? */
export type Selector = (resource: Resource) => boolean;

const KEY = "[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?";
const VALUE = "[-A-Za-z0-9_.]*";
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * `a=b,c!=d,e in (f,g),h notin (i),j,!k`; all of them must hold. A resource without the label differs from any value.
 * @throws ApiStatusError (BadRequest)
 */
export function labelSelector(text: string): Selector {
  const requirements = splitOutsideParentheses(text).map(labelRequirement);
  return ({ metadata }) => requirements.every((holds) => holds(metadata.labels ?? {}));
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

function labelRequirement(text: string): Requirement {
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const [, key = "", , operator, value = ""] = equality;
    const isNegated = operator === "!=";
    return (labels) => (labelOf(labels, key) === value) !== isNegated;
  }
  const set = SET.exec(text);
  if (set !== null) {
    const [, key = "", , operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    return (labels) => {
      const value = labelOf(labels, key);
      return (value !== undefined && values.has(value)) === (operator === "in");
    };
  }
  const existence = EXISTENCE.exec(text);
  if (existence !== null) {
    const [, negation, key = ""] = existence;
    return (labels) => (labelOf(labels, key) !== undefined) === (negation === "");
  }
  throw new ApiStatusError(
    "BadRequest",
    `"${text}" is no requirement of a label selector; write KEY=VALUE, KEY!=VALUE, KEY in (A,B), KEY notin (A,B), KEY or !KEY`,
  );
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

const FIELDS: Readonly<Record<string, (resource: Resource) => string | undefined>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) =>
    "namespace" in metadata ? metadata.namespace : undefined,
  "spec.host": (resource) => (resource.kind === "Endpoint" ? resource.spec.host : undefined),
  "spec.subnet": (resource) => (resource.kind === "Endpoint" ? resource.spec.subnet : undefined),
  "spec.vrf": (resource) => (resource.kind === "Subnet" ? resource.spec.vrf : undefined),
};

/** `metadata.name=web-1,spec.host!=h1`. @throws ApiStatusError (BadRequest) that lists the fields. */
export function fieldSelector(text: string): Selector {
  const requirements = splitOutsideParentheses(text).map((part): Selector => {
    const [, name = "", operator, value] = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(part) ?? [];
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) {
      const known = Object.keys(FIELDS).join(", ");
      throw new ApiStatusError(
        "BadRequest",
        `"${part}" is no requirement of a field selector; the fields are ${known}`,
      );
    }
    return (resource) => (field(resource) === value) === (operator !== "!=");
  });
  return (resource) => requirements.every((holds) => holds(resource));
}
