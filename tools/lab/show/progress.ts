/** One line for each step of a lab, with the time it took and what came of it. */

/** Where lines go; a test keeps them. */
export type Print = (line: string) => void;

const TITLE_WIDTH = 12;

export class Progress {
  readonly #print: Print;
  readonly #now: () => number;

  constructor(print: Print, now: () => number = () => performance.now()) {
    this.#print = print;
    this.#now = now;
  }

  /** Runs a step; `describe` says in a few words what came of it. */
  async step<T>(
    title: string,
    work: () => T | Promise<T>,
    describe: (result: T) => string,
  ): Promise<T> {
    const start = this.#now();
    const result = await work();
    const took = formatDuration(this.#now() - start);
    this.#print(`  ${title.padEnd(TITLE_WIDTH)}${took}   ${describe(result)}`);
    return result;
  }

  note(line: string): void {
    this.#print(line);
  }
}

/** Milliseconds as people read them, in a column of eight: `   12 ms`, `  1.4 s`. */
export function formatDuration(milliseconds: number): string {
  const text =
    milliseconds < 1000
      ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
      : `${(milliseconds / 1000).toFixed(1)} s`;
  return text.padStart(8);
}
