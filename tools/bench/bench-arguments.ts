/** Reading the arguments that the benchmarks share: counts, pairs, names out of a list. */

/** Wrong arguments; the message says what would be right. */
export class ArgumentError extends Error {}

/** A whole number from `least` on. */
export function count(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new ArgumentError(`--${option} is a whole number from ${least} on, not ${text}`);
}

/** A number of seconds above 0, whole or not. */
export function seconds(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new ArgumentError(`--${option} is a number above 0, not ${text}`);
}

/** "10:20", or "10" for "10:10". */
export function pair(option: string, text: string): readonly [number, number] {
  const [first = "", second = first, ...more] = text.split(":");
  if (more.length > 0) throw new ArgumentError(`--${option} is A:B, not ${text}`);
  return [count(option, first), count(option, second, 0)];
}

/** One of `names`. */
export function oneOf<Name extends string>(
  option: string,
  text: string,
  names: readonly Name[],
): Name {
  const name = names.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new ArgumentError(`--${option} is one of ${names.join(", ")}, not ${text}`);
}

/** A list of such names, with commas between them. */
export function names<Name extends string>(
  option: string,
  text: string,
  known: readonly Name[],
): readonly Name[] {
  return text.split(",").map((name) => oneOf(option, name, known));
}

/** Runs a benchmark; wrong arguments are reported and give exit code 2. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
