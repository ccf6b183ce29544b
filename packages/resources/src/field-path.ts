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
