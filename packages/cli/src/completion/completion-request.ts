/**
 * What may stand at the end of a half-typed command line: words that are known, files, or names of resources, which have
 * to be asked for. It reads the tree of commands, so that what there is can be completed. Pure.
 */
import { KIND_NAMES, KINDS } from "@selvedge/resources";
import type { Command, Option } from "commander";

/** A candidate, and what it is. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

export type CompletionRequest =
  | { readonly kind: "words"; readonly candidates: readonly Candidate[] }
  | { readonly kind: "files" }
  /** Names of resources: those of a kind are to begin with `prefix`, and those that are typed already are left out. */
  | {
      readonly kind: "names";
      readonly kindWords: string;
      readonly prefix: string;
      readonly isQualified: boolean;
      readonly typed: readonly string[];
    }
  | { readonly kind: "tenants" };

/** A half-typed command line as the tree of commands reads it. */
export interface ReadLine {
  /** The command that it has come to; its options are not parsed. */
  readonly command: Command;
  /** The words after its name, without the last one. */
  readonly words: readonly string[];
  readonly request: CompletionRequest;
}

/** Commands whose words are kinds and names. */
const OF_RESOURCES: ReadonlySet<string> = new Set([
  ...["get", "describe", "delete", "wait", "label", "annotate"],
]);
const OF_ENDPOINTS: ReadonlySet<string> = new Set(["attach", "detach"]);
const TENANT_OPTIONS: ReadonlySet<string> = new Set(["--namespace", "--tenant"]);
const NOTHING: CompletionRequest = { kind: "words", candidates: [] };

/** The words after the program's name, the last of which is to be completed. */
export function readLine(program: Command, line: readonly string[]): ReadLine {
  const current = line.at(-1) ?? "";
  let command = program;
  let words: string[] = [];
  let operands: string[] = [];
  let awaiting: Option | undefined;
  for (const word of line.slice(0, -1)) {
    words.push(word);
    if (awaiting !== undefined) {
      awaiting = undefined;
      continue;
    }
    if (word.startsWith("-") && word !== "-") {
      const option = optionOf(command, word);
      awaiting = takesValue(option) && !word.includes("=") ? option : undefined;
      continue;
    }
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) operands.push(word);
    else {
      command = below;
      [words, operands] = [[], []];
    }
  }
  // An option without its value is no option yet.
  if (awaiting !== undefined) words.pop();
  return { command, words, request: requestFor(command, operands, awaiting, current) };
}

function requestFor(
  command: Command,
  operands: readonly string[],
  awaiting: Option | undefined,
  current: string,
): CompletionRequest {
  if (awaiting !== undefined) return valueRequest(awaiting, "");
  if (current.startsWith("-")) {
    const at = current.indexOf("=");
    if (at < 0) return { kind: "words", candidates: optionCandidates(command) };
    const option = optionOf(command, current);
    return takesValue(option) ? valueRequest(option, current.slice(0, at + 1)) : NOTHING;
  }
  if (command.commands.length > 0) return { kind: "words", candidates: subcommands(command) };
  const name = command.name();
  if (OF_ENDPOINTS.has(name) && operands.length === 0) {
    return names("endpoints", "", true, operands);
  }
  if (OF_RESOURCES.has(name)) return resourceRequest(operands, current);
  if (name === "explain") return { kind: "words", candidates: kindCandidates("") };
  const [argument] = command.registeredArguments;
  if (argument?.argChoices !== undefined && operands.length === 0) {
    return { kind: "words", candidates: plain(argument.argChoices, "") };
  }
  return { kind: "files" };
}

function resourceRequest(operands: readonly string[], current: string): CompletionRequest {
  const slash = current.indexOf("/");
  if (slash >= 0) {
    const kindWord = current.slice(0, slash);
    return names(kindWord, `${kindWord}/`, current.indexOf("/", slash + 1) >= 0, operands);
  }
  const [kindWords] = operands;
  if (kindWords === undefined) {
    const comma = current.lastIndexOf(",");
    return { kind: "words", candidates: kindCandidates(current.slice(0, comma + 1)) };
  }
  if (kindWords.includes("/")) return { kind: "words", candidates: kindCandidates("", "/") };
  return names(kindWords, "", false, operands.slice(1));
}

function names(
  kindWords: string,
  prefix: string,
  isQualified: boolean,
  typed: readonly string[],
): CompletionRequest {
  return { kind: "names", kindWords, prefix, isQualified, typed };
}

function valueRequest(option: Option, prefix: string): CompletionRequest {
  if (option.argChoices !== undefined) {
    return { kind: "words", candidates: plain(option.argChoices, prefix) };
  }
  if (prefix === "" && TENANT_OPTIONS.has(option.long ?? "")) return { kind: "tenants" };
  if (option.long === "--for") {
    return {
      kind: "words",
      candidates: plain(["delete", "create", "condition=", "jsonpath="], prefix),
    };
  }
  return /file|path|location/.test(option.flags) ? { kind: "files" } : NOTHING;
}

function optionOf(command: Command, word: string): Option | undefined {
  const [flag] = word.split("=");
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

function takesValue(option: Option | undefined): option is Option {
  return option?.required === true || option?.optional === true;
}

function optionCandidates(command: Command): Candidate[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  return [
    ...shown.map(({ long, short, description }) => ({ word: long ?? short ?? "", description })),
    { word: "--help", description: "display help for command" },
  ];
}

function subcommands(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), description: one.description() }));
}

function kindCandidates(prefix: string, suffix = ""): Candidate[] {
  return KIND_NAMES.map((kind) => {
    const { plural, description } = KINDS[kind];
    return { word: `${prefix}${plural}${suffix}`, description };
  });
}

function plain(words: readonly string[], prefix: string): Candidate[] {
  return words.map((word) => ({ word: `${prefix}${word}`, description: "" }));
}
