/** The way from a resource to one of its fields. */
export type FieldPath = readonly (string | number)[];

/** "spec.addresses[1]"; a key that is no plain word is quoted: metadata.labels["example.org/role"]. */
export function formatFieldPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[A-Za-z_][-\w]*$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** The way of a text as `formatFieldPath` writes it; undefined for any other text. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const path: (string | number)[] = [];
  let rest = text;
  while (rest !== "") {
    const step = /^(?:\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([A-Za-z_][-\w]*))/.exec(rest);
    if (step === null) return undefined;
    const [whole, index, quoted, word = ""] = step;
    if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(unquoted(quoted));
    else path.push(word);
    rest = rest.slice(whole.length);
  }
  return formatFieldPath(path) === text ? path : undefined;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    // Characters that JSON does not take: the caller sees that the text is not what would be written.
    return "";
  }
}
