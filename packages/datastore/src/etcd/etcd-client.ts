/**
 * Calls to an etcd of several members: one is used for as long as it answers, then the next. The client library's own
 * retries and circuit breaker are off, since they turn one failure into seconds of outage for calls that would succeed;
 * what may be repeated is repeated here, for a bounded time.
 */
import { setTimeout as pause } from "node:timers/promises";
import { getCACertificates } from "node:tls";
import { noop } from "cockatiel";
import { Etcd3, type IOptions } from "etcd3";
import { StoreError } from "../store-error.ts";
import { type EtcdFailure, failureOf } from "./etcd-error.ts";
import { describeEtcd, type EtcdLocation } from "./etcd-location.ts";

/** Milliseconds that one call may take. */
const CALL_TIMEOUT = 3000;
/** Milliseconds after the first failure in which calls are repeated. */
const PATIENCE = 6000;
const RETRY_FIRST = 50;
const RETRY_LIMIT = 1000;

const CHANNEL_OPTIONS = {
  // Answers and watch events beyond 4 MiB would never arrive, without a word about it.
  "grpc.max_receive_message_length": -1,
  // A server that is there and does not answer is noticed so. Servers refuse pings more often than each 5 s.
  "grpc.keepalive_time_ms": 6000,
  "grpc.keepalive_timeout_ms": 2000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1000,
};

export class EtcdClient {
  /** For messages. */
  readonly location: string;
  readonly #members: readonly Etcd3[];
  readonly #closed = new AbortController();
  #current = 0;

  constructor(location: EtcdLocation) {
    this.location = describeEtcd(location);
    this.#members = location.endpoints.map((endpoint) => new Etcd3(optionsOf(location, endpoint)));
  }

  /** Aborts when the client is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The member that is in use. @throws StoreError (closed) */
  get member(): Etcd3 {
    const member = this.#members[this.#current];
    if (this.#closed.signal.aborted || member === undefined) throw this.#closedError();
    return member;
  }

  /** Uses the next member from now on, unless somebody has turned away from `failed` already. */
  turnFrom(failed: Etcd3): void {
    if (this.#members[this.#current] === failed) {
      this.#current = (this.#current + 1) % this.#members.length;
    }
  }

  /** One attempt. What the server refuses is thrown as StoreError; other failures are told. */
  async attempt<T>(call: (member: Etcd3) => Promise<T>): Promise<Attempt<T>> {
    const { member } = this;
    try {
      return { kind: "answer", value: await call(member) };
    } catch (error) {
      if (this.#closed.signal.aborted) throw this.#closedError();
      const failure = failureOf(error, this.location);
      if (failure.kind === "refused") throw failure.error;
      if (failure.kind === "unanswered") this.turnFrom(member);
      return failure;
    }
  }

  /**
   * Repeats a call that changes nothing, or the same however often it is made, until it is answered.
   * @throws StoreError (unavailable) when it is not within some seconds.
   */
  async ask<T>(call: (member: Etcd3) => Promise<T>): Promise<Answer<T>> {
    const giveUpAt = performance.now() + PATIENCE;
    for (let wait = RETRY_FIRST; ; wait = Math.min(2 * wait, RETRY_LIMIT)) {
      const attempt = await this.attempt(call);
      if (attempt.kind !== "unanswered") return attempt;
      if (performance.now() + wait > giveUpAt) throw this.unavailable(attempt.message);
      await pause(wait, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
  }

  /** What the server answered. @throws StoreError (lease-lost) where it says that a lease is over. */
  answered<T>(answer: Answer<T>): T {
    if (answer.kind === "answer") return answer.value;
    if (answer.kind === "out-of-range") throw new Error(`${this.location} lacks a revision`);
    const message = `a lease in ${this.location} has run out or was revoked; ask for a new one (nothing was written)`;
    throw new StoreError("lease-lost", this.location, message);
  }

  /** The error for an etcd of which no member answers. */
  unavailable(message: string): StoreError {
    return new StoreError(
      "unavailable",
      this.location,
      `no member of ${this.location} answers: ${message}`,
    );
  }

  close(): void {
    this.#closed.abort();
    for (const member of this.#members) member.close();
  }

  #closedError(): StoreError {
    return new StoreError("closed", this.location, `${this.location} has been closed`);
  }
}

/** What the server has said: the answer, or that something it needs is gone. */
export type Answer<T> =
  | { readonly kind: "answer"; readonly value: T }
  | Extract<EtcdFailure, { kind: "out-of-range" | "lease-gone" }>;

export type Attempt<T> = Answer<T> | Extract<EtcdFailure, { kind: "unanswered" }>;

function optionsOf({ tls, user }: EtcdLocation, endpoint: string): IOptions {
  return {
    hosts: `${tls === undefined ? "http" : "https"}://${endpoint}`,
    grpcOptions: CHANNEL_OPTIONS,
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + CALL_TIMEOUT }),
    faultHandling: { host: () => noop, global: noop },
    ...(user === undefined ? {} : { auth: { username: user.name, password: user.password } }),
    ...(tls === undefined ? {} : { credentials: credentialsOf(tls) }),
  };
}

function credentialsOf({ ca, identity }: NonNullable<EtcdLocation["tls"]>) {
  return {
    rootCertificate: ca ?? Buffer.from(getCACertificates("default").join("\n")),
    ...(identity === undefined
      ? {}
      : { certChain: identity.certificate, privateKey: identity.key }),
  };
}
