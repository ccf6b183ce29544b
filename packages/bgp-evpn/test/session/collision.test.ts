import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localInitiatorWins, resolveCollision } from "../../src/session/collision.ts";

const identity = fc.record({
  identifier: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  asn: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
});
/** Few values, so that equal identifiers are frequent. */
const closeIdentity = fc.record({
  identifier: fc.integer({ min: 1, max: 3 }),
  asn: fc.integer({ min: 1, max: 3 }),
});
const pairOfSpeakers = fc
  .tuple(fc.oneof(identity, closeIdentity), fc.oneof(identity, closeIdentity))
  .filter(([a, b]) => a.identifier !== b.identifier || a.asn !== b.asn);

const other = (initiator: "local" | "remote"): "local" | "remote" =>
  initiator === "local" ? "remote" : "local";

describe("a connection collision", () => {
  it("keeps the connection of the speaker with the higher BGP identifier", () => {
    const verdict = resolveCollision({
      local: { identifier: 10, asn: 65000 },
      remote: { identifier: 9, asn: 65000 },
      existing: { initiator: "remote", established: false },
      opened: { initiator: "local", established: false },
      begunAfterEstablished: false,
      peerRestartsGracefully: false,
    });
    expect(verdict).toEqual({ close: "existing", reason: "identifier" });
  });

  it("compares identifiers as unsigned numbers, so 200.0.0.1 is above 100.0.0.1", () => {
    expect(
      localInitiatorWins({ identifier: 0xc8000001, asn: 1 }, { identifier: 0x64000001, asn: 1 }),
    ).toBe(true);
  });

  it("lets the higher AS decide between equal identifiers (RFC 6286)", () => {
    expect(localInitiatorWins({ identifier: 7, asn: 65001 }, { identifier: 7, asn: 65000 })).toBe(
      true,
    );
    expect(localInitiatorWins({ identifier: 7, asn: 65000 }, { identifier: 7, asn: 65001 })).toBe(
      false,
    );
  });

  it("is decided for the same connection by both ends, whichever OPEN each of them sees last", () => {
    fc.assert(
      fc.property(
        pairOfSpeakers,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        ([a, b], aSeesOwnLast, bSeesOwnLast, aEstablished, bEstablished) => {
          // Two connections, one from each end; each end has an existing one and gets the OPEN on the other.
          const closedBy = (
            local: typeof a,
            remote: typeof a,
            ownIsLast: boolean,
            established: boolean,
          ): "local" | "remote" => {
            const opened = ownIsLast ? "local" : "remote";
            const verdict = resolveCollision({
              local,
              remote,
              existing: { initiator: other(opened), established },
              opened: { initiator: opened, established: false },
              begunAfterEstablished: false,
              peerRestartsGracefully: true,
            });
            return verdict.close === "opened" ? opened : other(opened);
          };
          const atA = closedBy(a, b, aSeesOwnLast, aEstablished);
          const atB = closedBy(b, a, bSeesOwnLast, bEstablished);
          // "local" at A is "remote" at B.
          expect(atA).toBe(other(atB));
        },
      ),
    );
  });

  it("with an Established connection leaves that one alone when the peer has no graceful restart", () => {
    const verdict = resolveCollision({
      local: { identifier: 1, asn: 65000 },
      remote: { identifier: 2, asn: 65000 },
      existing: { initiator: "local", established: true },
      opened: { initiator: "remote", established: false },
      begunAfterEstablished: true,
      peerRestartsGracefully: false,
    });
    expect(verdict).toEqual({ close: "opened", reason: "established-stays" });
  });

  it("with an Established connection gives way to a peer that restarts gracefully (RFC 4724)", () => {
    const verdict = resolveCollision({
      local: { identifier: 2, asn: 65000 },
      remote: { identifier: 1, asn: 65000 },
      existing: { initiator: "local", established: true },
      opened: { initiator: "remote", established: false },
      begunAfterEstablished: true,
      peerRestartsGracefully: true,
    });
    expect(verdict).toEqual({ close: "existing", reason: "peer-restarted" });
  });

  it("between two connections of the peer keeps the newer one", () => {
    const verdict = resolveCollision({
      local: { identifier: 2, asn: 65000 },
      remote: { identifier: 1, asn: 65000 },
      existing: { initiator: "remote", established: false },
      opened: { initiator: "remote", established: false },
      begunAfterEstablished: false,
      peerRestartsGracefully: false,
    });
    expect(verdict).toEqual({ close: "existing", reason: "same-initiator" });
  });
});
