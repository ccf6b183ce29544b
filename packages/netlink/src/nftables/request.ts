/**
 * Everything that a transaction of nf_tables can be asked to do.
 */
import type { MessageWriter } from "../wire/message-writer.ts";
import { encodeChainRequest, type NftChainRequest } from "./chain.ts";
import { encodeRuleRequest, type NftRuleRequest } from "./rule.ts";
import {
  encodeElementsRequest,
  encodeSetRequest,
  type NftElementsRequest,
  type NftSetRequest,
} from "./set.ts";
import { encodeTableRequest, type NftTableRequest } from "./table.ts";

/** One step of a transaction. */
export type NftRequest =
  | NftTableRequest
  | NftChainRequest
  | NftSetRequest
  | NftRuleRequest
  | NftElementsRequest;

/** Writes the message of a request; `position` is its own in the transaction. */
export function encodeNftRequest(
  writer: MessageWriter,
  request: NftRequest,
  position: number,
): void {
  switch (request.kind) {
    case "table.add":
    case "table.delete":
      encodeTableRequest(writer, request);
      break;
    case "chain.add":
      encodeChainRequest(writer, request);
      break;
    case "set.add":
      encodeSetRequest(writer, request, position + 1);
      break;
    case "rule.append":
      encodeRuleRequest(writer, request);
      break;
    case "elements.add":
    case "elements.delete":
      encodeElementsRequest(writer, request);
      break;
    default:
      request satisfies never;
  }
}

/** What a request acts upon, for people: `set inet selvedge sources`. */
export function describeNftObject(request: NftRequest): string {
  const table = `${request.family} ${request.table}`;
  switch (request.kind) {
    case "table.add":
    case "table.delete":
      return `table ${table}`;
    case "chain.add":
    case "rule.append":
      return `chain ${table} ${request.chain}`;
    case "set.add":
    case "elements.add":
    case "elements.delete":
      return `set ${table} ${request.set}`;
    default:
      return request satisfies never;
  }
}
