/** Entries of a list that repeat an earlier one. */
export function* duplicateIndexes(values: readonly unknown[]): Generator<number> {
  const seen = new Set<unknown>();
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) yield index;
    seen.add(value);
  }
}
