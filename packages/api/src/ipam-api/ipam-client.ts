/** A client of IPAM for programs, over whichever transport. */
import type { PoolId } from "@selvedge/ipam";
import type { IpAddress } from "@selvedge/net";
import {
  type AddressDocument,
  type AddressListDocument,
  addressDocumentSchema,
  addressListSchema,
  type BlockListDocument,
  blockListSchema,
  type FindingListDocument,
  findingListSchema,
  type IpamSelection,
  type PoolListDocument,
  poolListSchema,
} from "../documents/ipam.ts";
import { parseAnswer } from "../resource-client/answer.ts";
import { type ClientOptions, Requester } from "../resource-client/requester.ts";
import { IPAM_PATHS } from "../routes.ts";

/**
 * @throws ResourceRefusedError with the server's reason and message.
 * @throws TransportError when there is no answer, or none that the schemas accept.
 */
export class IpamClient {
  readonly #requester: Requester;

  constructor(options: ClientOptions) {
    this.#requester = new Requester(options);
  }

  /** How much of each family of each subnet is used. */
  async pools(of: IpamSelection = {}): Promise<PoolListDocument> {
    return parseAnswer(poolListSchema, await this.#get(IPAM_PATHS.pools, of));
  }

  /** The same block by block. */
  async blocks(of: IpamSelection = {}): Promise<BlockListDocument> {
    return parseAnswer(blockListSchema, await this.#get(IPAM_PATHS.blocks, of));
  }

  /** Who has the address, in each of the subnets. */
  async holdersOf(address: IpAddress, of: IpamSelection = {}): Promise<AddressListDocument> {
    const answer = await this.#get(IPAM_PATHS.addresses, { ...of, address });
    return parseAnswer(addressListSchema, answer);
  }

  /** Compares what is given, what is declared and what hosts have. */
  async check(of: IpamSelection = {}): Promise<FindingListDocument> {
    return parseAnswer(findingListSchema, await this.#get(IPAM_PATHS.findings, of));
  }

  /** The same, and repairs what has one right answer, as long as it has not changed since. */
  async repair(of: IpamSelection = {}): Promise<FindingListDocument> {
    const answer = await this.#requester.send("POST", IPAM_PATHS.repairs, { content: of });
    return parseAnswer(findingListSchema, answer);
  }

  /** Takes an address back, which is no address of an Endpoint any more. The answer is who had it. */
  async release({ tenant, subnet }: PoolId, address: IpAddress): Promise<AddressDocument> {
    const place = [tenant, subnet, address].map(encodeURIComponent).join("/");
    const answer = await this.#requester.send("DELETE", `${IPAM_PATHS.addresses}/${place}`);
    return parseAnswer(addressDocumentSchema, answer);
  }

  #get(path: string, query: Readonly<Record<string, string | undefined>>): Promise<unknown> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, value);
    }
    return this.#requester.send("GET", parameters.size === 0 ? path : `${path}?${parameters}`);
  }
}
