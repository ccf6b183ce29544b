/** The words of the Kubernetes API for our kinds: what kubectl lets one type, and shows. */
import { API_VERSION, KINDS } from "@selvedge/resources";

const [group = "", version = ""] = API_VERSION.split("/");
/** API group of the resources. */
export const GROUP: string = group;
export const VERSION: string = version;

/** Below it are the resources. */
export const API_ROOT: string = `/apis/${GROUP}/${VERSION}`;

/** As in Kubernetes, `all` has only what is in a namespace. */
function categoriesOf(isNamespaced: boolean): string[] {
  return isNamespaced ? ["all", "selvedge"] : ["selvedge"];
}

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** `APIGroup` of the one group. */
export function apiGroup(): object {
  const preferred = { groupVersion: API_VERSION, version: VERSION };
  return {
    kind: "APIGroup",
    apiVersion: "v1",
    name: GROUP,
    versions: [preferred],
    preferredVersion: preferred,
  };
}

/** `APIResourceList` of the one version. */
export function apiResourceList(): object {
  const resources = Object.values(KINDS).flatMap(({ kind, plural, shortName, isNamespaced }) => {
    const common = { kind, namespaced: isNamespaced, singularName: kind.toLowerCase() };
    const shortNames = [shortName];
    return [
      { ...common, name: plural, shortNames, categories: categoriesOf(isNamespaced), verbs: VERBS },
      { ...common, name: `${plural}/status`, singularName: "", verbs: ["get"] },
    ];
  });
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: API_VERSION, resources };
}
