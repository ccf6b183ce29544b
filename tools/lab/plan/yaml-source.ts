/** A YAML file whose values can be traced back to the line they stand on. */
import { readFileSync } from "node:fs";
import { isNode, LineCounter, parseDocument } from "yaml";
import { LabError } from "../lab-error.ts";
import { shownPath } from "./shown-path.ts";

/** Something wrong with the value at `path`. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines: LineCounter = new LineCounter();

  /** @throws LabError for text that is not YAML, with the line. */
  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error !== undefined) {
      throw new LabError(`${file}:${this.#lineOf(error.pos[0])}: ${error.message}`);
    }
    this.value = this.#document.toJS();
  }

  /** @throws LabError when the file cannot be read. */
  static read(file: string): YamlSource {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LabError(`cannot read the topology: ${reason}`, { cause });
    }
    return new YamlSource(shownPath(file), text);
  }

  /** All issues as one error, each on a line of its own: `FILE:LINE: PATH: MESSAGE`. */
  refuse(issues: readonly Issue[]): LabError {
    const lines = issues
      .map((issue) => ({ issue, line: this.#lineAt(issue.path) }))
      .sort((a, b) => a.line - b.line)
      .map(({ issue, line }) => {
        const path = formatPath(issue.path);
        return `${this.file}:${line}: ${path === "" ? "" : `${path}: `}${issue.message}`;
      });
    return new LabError(lines.join("\n"));
  }

  /** The line of the value at `path` or, when it is missing, of what it is missing in. */
  #lineAt(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lineOf(node.range[0]);
    }
    return 1;
  }

  #lineOf(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }
}

/** `links[2].spine` for `["links", 2, "spine"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}
