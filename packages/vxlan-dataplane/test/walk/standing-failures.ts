/** What a dataplane says is wrong, as of now. */
import type { Dataplane } from "../../src/index.ts";

/** The messages of everything that has failed and has not been put right. */
export function standingFailures(dataplane: Dataplane): string[] {
  const guard = dataplane.underlayGuard().failure;
  return [...dataplane.vrfs(), ...dataplane.endpoints()]
    .flatMap(({ failures }) => failures)
    .concat(guard ?? [])
    .map(({ message }) => message);
}
