/** Judges a matrix: within a tenant everybody answers, and the right one. */
import type { ReachabilityMatrix } from "../probe/matrix.ts";
import { type CheckOutcome, judged } from "./outcome.ts";

/** Every endpoint of the tenant got the answer of the tenant's own endpoint at each of its addresses. */
export function checkReachable(tenant: string, matrix: ReachabilityMatrix): CheckOutcome {
  const faults: string[] = [];
  let probes = 0;
  for (const [row, source] of matrix.sources.entries()) {
    if (source.tenant !== tenant) continue;
    for (const [column, address] of matrix.addresses.entries()) {
      const expected = ownerOf(address, tenant, matrix);
      if (expected === undefined) continue;
      probes += 1;
      const answer = matrix.answers[row]?.[column];
      if (answer !== expected) {
        const got = answer === undefined ? "nobody answered" : `${answer} answered`;
        faults.push(`${source.endpoint} asked ${address} (${expected}): ${got}`);
      }
    }
  }
  const name = `every endpoint of ${tenant} reaches every address of ${tenant}`;
  return judged(name, faults, `${probes} of ${probes} answered by the right endpoint`);
}

/** The answers that an endpoint of one tenant got from an endpoint of another. */
export function foreignAnswers(
  tenants: readonly string[],
  matrix: ReachabilityMatrix,
): { readonly faults: string[]; readonly silent: number } {
  const faults: string[] = [];
  let silent = 0;
  for (const [row, source] of matrix.sources.entries()) {
    if (!tenants.includes(source.tenant)) continue;
    for (const [column, address] of matrix.addresses.entries()) {
      const answer = matrix.answers[row]?.[column];
      const isForeign = answer !== undefined && !answer.startsWith(`${source.tenant}/`);
      if (isForeign) faults.push(`${source.endpoint} asked ${address}: ${answer} answered`);
      const isOwn = ownerOf(address, source.tenant, matrix) !== undefined;
      if (answer === undefined && !isOwn) silent += 1;
    }
  }
  return { faults, silent };
}

function ownerOf(address: string, tenant: string, matrix: ReachabilityMatrix): string | undefined {
  return matrix.sources.find(
    (workload) =>
      workload.tenant === tenant && workload.addresses.some((candidate) => candidate === address),
  )?.endpoint;
}
