/** `clear bgp`: a neighbour or all of them, and what became of each. */
import { type BgpClearRequest, type BgpClearResponse, RefusedError } from "@selvedge/api";
import { type ClearOptions, type Speaker, SpeakerError } from "@selvedge/bgp-evpn";
import type { IpAddress } from "@selvedge/net";

/** What clearing needs of the speaker. */
export type ClearableSpeaker = Pick<Speaker, "clear" | "summary">;

/**
 * With `all` a refusal of one neighbour is part of the answer and holds up no other.
 * @throws RefusedError when nothing was cleared: `NotFound` without such a neighbour, `Conflict` when the named one
 * cannot be cleared so, `BadRequest` for a text that BGP cannot carry.
 */
export function clearNeighbors(
  speaker: ClearableSpeaker,
  request: BgpClearRequest,
): BgpClearResponse {
  const known = speaker.summary().neighbors;
  if (request.neighbor !== "all") {
    const { neighbor: address } = request;
    clearOne(speaker, address, request, known.find((one) => one.address === address)?.idleReason);
    return { neighbors: [{ kind: "cleared", address }] };
  }
  if (known.length === 0) throw new RefusedError("NotFound", "this host has no BGP neighbour");
  const neighbors = known.map(({ address, idleReason }): BgpClearResponse["neighbors"][number] => {
    try {
      clearOne(speaker, address, request, idleReason);
      return { kind: "cleared", address };
    } catch (error) {
      if (!(error instanceof RefusedError) || error.reason !== "Conflict") throw error;
      return { kind: "refused", address, reason: error.message };
    }
  });
  return { neighbors };
}

function clearOne(
  speaker: ClearableSpeaker,
  address: IpAddress,
  request: BgpClearRequest,
  idleReason: "Admin" | "PfxCt" | undefined,
): void {
  if (idleReason === "Admin") {
    throw new RefusedError(
      "Conflict",
      `neighbour ${address} is shut down by the configuration, and stays so`,
    );
  }
  try {
    for (const options of steps(request)) speaker.clear(address, options);
  } catch (error) {
    throw error instanceof SpeakerError ? refusal(error) : error;
  }
}

/** Soft in comes first: where it is possible, soft out is too. */
function steps(request: BgpClearRequest): readonly ClearOptions[] {
  switch (request.mode) {
    case "hard":
      return [{ mode: "hard", message: request.message }];
    case "soft":
      return [{ mode: "soft-in" }, { mode: "soft-out" }];
    default:
      return [{ mode: request.mode }];
  }
}

function refusal(error: SpeakerError): Error {
  switch (error.code) {
    case "unknown-neighbor":
      return new RefusedError("NotFound", error.message, { cause: error });
    case "invalid-option":
      return new RefusedError("BadRequest", error.message, { cause: error });
    case "no-session":
    case "capability-missing":
      return new RefusedError("Conflict", error.message, { cause: error });
    default:
      return error;
  }
}
