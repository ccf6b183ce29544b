/** Asks for what is around a resource: no more than its description needs, and for many resources only once. */
import type { ResourceClient, ResourceSelection } from "@selvedge/api";
import type { Resource, ResourceKind, ResourceOf } from "@selvedge/resources";
import { isRefusedAs } from "../connection/failures.ts";
import type { Surroundings } from "../show/surroundings.ts";

export class SurroundingsReader {
  readonly #client: ResourceClient;
  readonly #lists = new Map<string, Promise<readonly Resource[]>>();

  constructor(client: ResourceClient) {
    this.#client = client;
  }

  async around(resource: Resource): Promise<Surroundings> {
    const none: Surroundings = { vrfs: [], subnets: [], endpoints: [], hosts: undefined };
    const { name } = resource.metadata;
    switch (resource.kind) {
      case "Tenant": {
        const namespace = name;
        return {
          ...none,
          vrfs: await this.#list("Vrf", { namespace }),
          subnets: await this.#list("Subnet", { namespace }),
          endpoints: await this.#list("Endpoint", { namespace }),
        };
      }
      case "Host": {
        const fieldSelector = `spec.host=${name}`;
        const endpoints = await this.#list("Endpoint", { fieldSelector });
        return { ...none, subnets: await this.#list("Subnet", {}), endpoints };
      }
      case "Vrf": {
        const { namespace } = resource.metadata;
        return {
          ...none,
          subnets: await this.#list("Subnet", { namespace, fieldSelector: `spec.vrf=${name}` }),
          endpoints: await this.#list("Endpoint", { namespace }),
          hosts: await this.#hosts(),
        };
      }
      case "Subnet": {
        const { namespace } = resource.metadata;
        return {
          ...none,
          vrfs: await this.#list("Vrf", { namespace }),
          endpoints: await this.#list("Endpoint", {
            namespace,
            fieldSelector: `spec.subnet=${name}`,
          }),
          hosts: resource.spec.mode === "bridged" ? await this.#hosts() : undefined,
        };
      }
      case "Endpoint": {
        const { namespace } = resource.metadata;
        return {
          ...none,
          vrfs: await this.#list("Vrf", { namespace }),
          subnets: await this.#list("Subnet", { namespace }),
          hosts: await this.#hosts(),
        };
      }
      default:
        return resource satisfies never;
    }
  }

  async #hosts(): Promise<Surroundings["hosts"]> {
    try {
      return await this.#list("Host", {});
    } catch (error) {
      if (isRefusedAs(error, "Forbidden")) return undefined;
      throw error;
    }
  }

  async #list<Kind extends ResourceKind>(
    kind: Kind,
    selection: ResourceSelection,
  ): Promise<readonly ResourceOf<Kind>[]> {
    const name = `${kind} ${selection.namespace ?? ""} ${selection.fieldSelector ?? ""}`;
    const known = this.#lists.get(name) ?? this.#read(kind, selection);
    this.#lists.set(name, known);
    const isOfKind = (one: Resource): one is ResourceOf<Kind> => one.kind === kind;
    return (await known).filter(isOfKind);
  }

  async #read(kind: ResourceKind, selection: ResourceSelection): Promise<readonly Resource[]> {
    const found: Resource[] = [];
    for await (const resource of this.#client.listAll(kind, selection)) found.push(resource);
    return found;
  }
}
