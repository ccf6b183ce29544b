/** `NAME=VALUE` and `NAME-` among the words of a command. */
import { CommandError, EXIT } from "../io.ts";

/** What a name is to have; undefined: it is to go. */
export type PairChanges = ReadonlyMap<string, string | undefined>;

/** The words before the first change, and the changes. @throws CommandError (usage) */
export function readPairs(
  words: readonly string[],
  what: string,
): { readonly rest: readonly string[]; readonly changes: PairChanges } {
  const first = words.findIndex(isChange);
  if (first < 0) {
    const message = `say which ${what}: NAME=VALUE sets one, NAME- removes it`;
    throw new CommandError(EXIT.usage, message);
  }
  const changes = new Map<string, string | undefined>();
  for (const word of words.slice(first)) {
    if (!isChange(word)) {
      const message = `"${word}" is no change of ${what}; names of resources come before NAME=VALUE and NAME-`;
      throw new CommandError(EXIT.usage, message);
    }
    const at = word.indexOf("=");
    const [name, value] =
      at < 0 ? [word.slice(0, -1), undefined] : [word.slice(0, at), word.slice(at + 1)];
    if (changes.has(name)) {
      throw new CommandError(EXIT.usage, `${name} is to be changed twice; say it once`);
    }
    changes.set(name, value);
  }
  return { rest: words.slice(0, first), changes };
}

/** No name of a resource ends in a hyphen or has an equals sign. */
function isChange(word: string): boolean {
  return word.includes("=") || (word.endsWith("-") && word !== "-");
}
