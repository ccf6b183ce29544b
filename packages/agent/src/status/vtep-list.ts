/** The remote VTEPs of this host as the API's document. */
import type { VtepListDocument, VtepStatusDocument } from "@selvedge/api";
import { compareIp, type IpAddress } from "@selvedge/net";
import type { PathState } from "@selvedge/path-mtu";
import { type LocalVtep, pathFault } from "../kernel/underlay-paths.ts";

/** What the document is made of. */
export interface VtepListSources {
  readonly local: LocalVtep | undefined;
  /** VRFs by the VTEP that their routes lead to. */
  readonly remote: ReadonlyMap<IpAddress, readonly string[]>;
  /** VTEPs of declared hosts, by name of the Host. */
  readonly hosts: Iterable<readonly [host: string, vtep: IpAddress]>;
  readonly state: (vtep: IpAddress) => PathState | undefined;
}

/** All VTEPs that routes lead to, in the order of their addresses. */
export function vtepListDocument({
  local,
  remote,
  hosts,
  state,
}: VtepListSources): VtepListDocument {
  const names = new Map([...hosts].map(([host, vtep]) => [vtep, host]));
  const vteps = [...remote]
    .sort(([a], [b]) => compareIp(a, b))
    .map(([vtep, vrfs]): VtepStatusDocument => {
      const host = names.get(vtep);
      return {
        vtepIp: vtep,
        ...(host === undefined ? {} : { host }),
        vrfs: [...vrfs].sort(),
        ...pathFields(local?.address, vtep, state(vtep)),
      };
    });
  return {
    ...(local && { local: { vtepIp: local.address, underlayMtu: local.underlayMtu } }),
    vteps,
  };
}

function pathFields(
  local: IpAddress | undefined,
  vtep: IpAddress,
  state: PathState | undefined,
): Pick<VtepStatusDocument, "path" | "pathMtu" | "reason"> {
  switch (state?.kind) {
    case undefined:
      return { path: "Unknown" };
    case "carries":
      return { path: "Carries", pathMtu: state.octets };
    case "too small":
      return { path: "TooSmall", pathMtu: state.octets, reason: pathFault(local, vtep, state) };
    case "silent":
      return { path: "Silent" };
    default:
      return state satisfies never;
  }
}
