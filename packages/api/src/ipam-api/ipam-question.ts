/** What is asked of IPAM through the API, and what it answers: plain values, since they cross to a thread. */
import type { PoolId } from "@selvedge/ipam";
import type { IpAddress } from "@selvedge/net";
import type { AuditedChange } from "../access/audit-entry.ts";
import type {
  AddressDocument,
  AddressListDocument,
  BlockListDocument,
  FindingListDocument,
  IpamSelection,
  PoolListDocument,
} from "../documents/ipam.ts";

export type IpamQuestion =
  | { readonly kind: "pools" | "blocks"; readonly of: IpamSelection }
  | { readonly kind: "findings" | "repairs"; readonly of: IpamSelection }
  | { readonly kind: "addresses"; readonly of: IpamSelection; readonly address: IpAddress }
  | { readonly kind: "release"; readonly pool: PoolId; readonly address: IpAddress };

/** A document, or the reason why there is none. */
export type IpamAnswer =
  | {
      readonly kind: "answered";
      readonly document:
        | PoolListDocument
        | BlockListDocument
        | AddressListDocument
        /** Of findings and of repairs. */
        | FindingListDocument
        /** Who had the address that was taken back. */
        | AddressDocument;
      /** For the audit log. */
      readonly changes: readonly AuditedChange[];
    }
  | {
      readonly kind: "refused";
      readonly reason: "NotFound" | "Conflict";
      readonly message: string;
    };

/** Answers from a datastore. @throws StoreError */
export interface IpamService {
  ask(question: IpamQuestion, signal: AbortSignal): Promise<IpamAnswer>;
}
