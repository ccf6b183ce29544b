/**
 * Everything that a route socket can be asked to change.
 */
import { type AddressRequest, encodeAddressRequest } from "./address.ts";
import { encodeFdbRequest, type FdbDeleteRequest, type FdbPutRequest } from "./fdb.ts";
import { encodeLinkDump } from "./link.ts";
import {
  encodeLinkRequest,
  type LinkCreateRequest,
  type LinkDeleteRequest,
  type LinkGroupDeleteRequest,
  type LinkSetRequest,
  type LinkSettleRequest,
} from "./link-request.ts";
import {
  encodeNeighbourRequest,
  type NeighbourDeleteRequest,
  type NeighbourReplaceRequest,
} from "./neighbour.ts";
import {
  encodeNexthopRequest,
  type NexthopDeleteRequest,
  type NexthopReplaceRequest,
} from "./nexthop.ts";
import {
  encodeRouteRequest,
  type RouteDeleteRequest,
  type RouteReplaceRequest,
} from "./route-request.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import { NLM_F_REQUEST } from "./wire/protocol.ts";

/**
 * One change of kernel state. Whatever "replace"s or sets can be repeated at will; a repeated creation
 * gives EEXIST, a repeated deletion ENODEV, ENOENT, ESRCH or EADDRNOTAVAIL.
 */
export type RouteRequest =
  | LinkCreateRequest
  | LinkSetRequest
  | LinkDeleteRequest
  | LinkGroupDeleteRequest
  | LinkSettleRequest
  | AddressRequest
  | RouteReplaceRequest
  | RouteDeleteRequest
  | NexthopReplaceRequest
  | NexthopDeleteRequest
  | NeighbourReplaceRequest
  | NeighbourDeleteRequest
  | FdbPutRequest
  | FdbDeleteRequest;

/** Writes the message of a request. */
export function encodeRequest(writer: MessageWriter, request: RouteRequest): void {
  switch (request.kind) {
    case "link.create":
    case "link.set":
    case "link.delete":
    case "link.deleteGroup":
      encodeLinkRequest(writer, request);
      break;
    case "link.settle":
      encodeLinkDump(writer, NLM_F_REQUEST, request.index);
      break;
    case "address.replace":
    case "address.delete":
      encodeAddressRequest(writer, request);
      break;
    case "route.replace":
    case "route.delete":
      encodeRouteRequest(writer, request);
      break;
    case "nexthop.replace":
    case "nexthop.delete":
      encodeNexthopRequest(writer, request);
      break;
    case "neighbour.replace":
    case "neighbour.delete":
      encodeNeighbourRequest(writer, request);
      break;
    case "fdb.replace":
    case "fdb.append":
    case "fdb.delete":
      encodeFdbRequest(writer, request);
      break;
    default:
      request satisfies never;
  }
}

/** What a request acts upon, for people: `vxlan vx5001`, `route 10.0.0.1/32`, `link 4`. */
export function describeObject(request: RouteRequest): string {
  switch (request.kind) {
    case "link.create":
      return `${request.link.kind} ${request.name}`;
    case "link.set":
    case "link.delete":
      return `link ${request.name ?? request.index}`;
    case "link.deleteGroup":
      return `link group ${request.group}`;
    case "link.settle":
      return `link ${request.index}`;
    case "address.replace":
    case "address.delete":
      return `address ${request.address}/${request.length} on link ${request.link}`;
    case "route.replace":
    case "route.delete":
      return `route ${request.destination}`;
    case "nexthop.replace":
    case "nexthop.delete":
      return `nexthop ${request.id}`;
    case "neighbour.replace":
    case "neighbour.delete":
      return `neighbour ${request.address} on link ${request.link}`;
    case "fdb.replace":
    case "fdb.append":
    case "fdb.delete":
      return `fdb ${request.mac} on link ${request.link}`;
    default:
      return request satisfies never;
  }
}
