/** What there is to know of each command for whoever runs it, out of the tree of commands. */
import type { Argument, Command, Option } from "commander";
import { addConnectionOptions } from "./connection/connection-options.ts";
import { buildProgram } from "./program.ts";

export interface OptionReference {
  /** Such as `-o, --output <format>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices: readonly string[];
  /** Undefined where there is none. */
  readonly defaultText: string | undefined;
  readonly environment: string | undefined;
  readonly isRequired: boolean;
}

export interface CommandReference {
  /** Such as `ipam show`. */
  readonly name: string;
  /** Such as `ipam show [address]`. */
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly { readonly usage: string; readonly description: string }[];
  /** Without those that say where the resources are. */
  readonly options: readonly OptionReference[];
  /** Does it go through the API, with the options that say where that is? */
  readonly usesResources: boolean;
}

/** Every command that does something by itself and is not hidden, in the order of the help. */
export function commandReference(): CommandReference[] {
  const program = buildProgram({
    stdout: () => undefined,
    stderr: () => undefined,
    readStdin: async () => new Uint8Array(),
    untilStopped: async () => undefined,
    isTerminal: false,
    onHangUp: () => undefined,
  });
  return below(program, "");
}

function below(command: Command, path: string): CommandReference[] {
  const visible = new Set(command.createHelp().visibleCommands(command));
  return command.commands
    .filter((one) => visible.has(one))
    .flatMap((one) => {
      const name = path === "" ? one.name() : `${path} ${one.name()}`;
      return one.commands.length > 0 ? below(one, name) : [referenceOf(one, name)];
    });
}

function referenceOf(command: Command, name: string): CommandReference {
  const places = new Set(addConnectionOptions(command.createCommand()).options.map(longOf));
  const usesResources = command.options.some((option) => longOf(option) === "--server");
  const options = command.options.filter(
    (option) => !option.hidden && !(usesResources && places.has(longOf(option))),
  );
  return {
    name,
    usage: [name, ...command.registeredArguments.map(argumentUsage)].join(" "),
    description: command.description(),
    arguments: command.registeredArguments
      .filter(({ description }) => description !== "")
      .map((argument) => ({
        usage: argumentUsage(argument),
        description: argument.description,
      })),
    options: options.map(optionReference),
    usesResources,
  };
}

function longOf({ long }: Option): string {
  return long ?? "";
}

function argumentUsage(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? "..." : "");
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionReference(option: Option): OptionReference {
  const value: unknown = option.defaultValueDescription ?? option.defaultValue;
  return {
    flags: option.flags,
    description: option.description,
    choices: option.argChoices ?? [],
    defaultText: value === undefined || value === false ? undefined : String(value),
    environment: option.envVar,
    isRequired: option.mandatory,
  };
}
