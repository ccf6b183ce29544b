/**
 * Which paths the peers with one export policy may be told, and with which attributes: the rules of classes of peers, the
 * policy of the operator, and the size of their messages.
 *
 * RFC 4271 section 9.1.3, RFC 4456 section 6.
 */
import type { ExportAttributes } from "./export-attributes.ts";
import { type ExportPolicy, mayExport } from "./export-policy.ts";
import type { LocRib } from "./loc-rib.ts";
import type { Source } from "./peer-table.ts";
import type { RoutePolicy } from "./policy.ts";
import type { PolicyJudge } from "./policy-judge.ts";
import { leavesRoom } from "./update-packer.ts";

/** Attributes may grow by less than this on export, AS4_PATH aside: a bound for the quick check. */
const MAX_GROWTH = 64;

/** What paths are looked up in. */
export interface ExportTools {
  readonly rib: LocRib;
  readonly attributes: ExportAttributes;
  readonly judge: PolicyJudge;
}

/** Looks at one path after the other; the answer has two parts, so that none has to be allocated. */
export class PathExport {
  /** The attribute set with which the path that was looked at last is announced. */
  attributes = 0;
  readonly #policy: ExportPolicy;
  readonly #tools: ExportTools;
  /** Sets made by the policy, each retained once, until `releaseChanged`. */
  readonly #changed: number[] = [];

  constructor(policy: ExportPolicy, tools: ExportTools) {
    this.#policy = policy;
    this.#tools = tools;
  }

  /**
   * The source of a path if the path may go to these peers and fits their messages, otherwise 0. The set to announce it
   * with is then `attributes`, which holds until `releaseChanged`.
   */
  sourceOf(path: number): number {
    const { attributes: table, paths, peers } = this.#tools.rib;
    const source = peers.get(paths.peer.get(path));
    this.attributes = paths.attributes.get(path);
    if (!mayExport(source.class, table.facts.get(this.attributes), this.#policy)) return 0;
    const { route, fourOctetAs, maxMessage } = this.#policy;
    if (route !== undefined && !this.#isAccepted(route, source, path)) return 0;
    const nextHop = table.nextHopLength(this.attributes);
    const bound = table.attributesLength(this.attributes) * (fourOctetAs ? 1 : 2) + MAX_GROWTH;
    if (leavesRoom(nextHop, bound, maxMessage)) return source.id;
    const length = this.#tools.attributes.write(this.attributes, source, this.#policy);
    return leavesRoom(nextHop, length, maxMessage) ? source.id : 0;
  }

  /** Gives up the sets that the policy has made; to be called when what was planned with them is sent. */
  releaseChanged(): void {
    for (const set of this.#changed) this.#tools.rib.attributes.release(set);
    this.#changed.length = 0;
  }

  #isAccepted(policy: RoutePolicy, source: Source, path: number): boolean {
    const { judge, rib } = this.#tools;
    const { nlris } = rib.prefixes;
    const nlri = rib.paths.nlri.get(path);
    const length = rib.paths.nlriLength.get(path);
    judge.judge(
      policy,
      source.session,
      nlris.bytes(nlri),
      nlris.offset(nlri),
      length,
      this.attributes,
    );
    if (judge.attributes !== 0) {
      this.attributes = judge.attributes;
      if (this.#changed.at(-1) === judge.attributes) judge.release();
      else this.#changed.push(judge.take());
    }
    return judge.refusal === 0;
  }
}
