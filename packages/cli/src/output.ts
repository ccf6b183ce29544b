/** `-o`: the forms in which a command prints a document. */
import { Option } from "commander";
import { stringify } from "yaml";

/** What `-o` may say. */
export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const;
/** One of the forms. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The option itself, for commands that print a document. */
export function outputOption(): Option {
  return new Option("-o, --output <format>", "how to print it")
    .choices(OUTPUT_FORMATS)
    .default("table");
}

/** The document in the form asked for; `table` by the function that knows its columns. */
export function formatDocument<D>(
  document: D,
  format: OutputFormat,
  formatAsTable: (document: D) => string,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(document, undefined, 2)}\n`;
    case "yaml":
      return stringify(document, { lineWidth: 0 });
    case "table":
      return formatAsTable(document);
    default:
      return format satisfies never;
  }
}
