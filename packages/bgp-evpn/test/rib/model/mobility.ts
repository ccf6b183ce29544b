/** MAC mobility as the reference sees it: RFC 7432 sections 7.7 and 15, on plain values. */
import { compareIp } from "@selvedge/net";
import type { ExtendedCommunity } from "../../../src/wire/attribute/extended-community.ts";
import { communitiesOf } from "./attributes.ts";
import type { Announcement } from "./reference-rib.ts";

const ZERO_ESI = "00:00:00:00:00:00:00:00:00:00";

type MobilityCommunity = Extract<ExtendedCommunity, { kind: "mac-mobility" }>;

/** Negative when `a` is better, 0 when they are equal by this. */
type Compare = (a: Announcement, b: Announcement) => number;

function mobilityOf({ attributes }: Announcement): MobilityCommunity | undefined {
  return communitiesOf(attributes).find(
    (community): community is MobilityCommunity => community.kind === "mac-mobility",
  );
}

function isGateway({ attributes }: Announcement): boolean {
  return communitiesOf(attributes).some(({ kind }) => kind === "default-gateway");
}

function segmentOf({ route }: Announcement): string {
  return route.kind === "mac-ip" ? route.esi : ZERO_ESI;
}

const isMovable = (one: Announcement): boolean => !isGateway(one) && !mobilityOf(one)?.sticky;

const STEPS: readonly Compare[] = [
  (a, b) => Number(isMovable(a)) - Number(isMovable(b)),
  (a, b) => (mobilityOf(b)?.sequence ?? 0) - (mobilityOf(a)?.sequence ?? 0),
  (a, b) => compareIp(a.nextHop, b.nextHop),
];

function compete(a: Announcement, b: Announcement): boolean {
  const sameSegment = segmentOf(a) !== ZERO_ESI && segmentOf(a) === segmentOf(b);
  return !sameSegment && !(isGateway(a) && isGateway(b));
}

/** The paths that say where a MAC is; paths of other route types stay as they are. */
export function latestPlaces<T extends Announcement>(paths: readonly T[]): readonly T[] {
  if (paths[0]?.route.kind !== "mac-ip") return paths;
  return STEPS.reduce(
    (left, compare) =>
      left.filter(
        (path) => !left.some((other) => compete(other, path) && compare(other, path) < 0),
      ),
    paths,
  );
}
