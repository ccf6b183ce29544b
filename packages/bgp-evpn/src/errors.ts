/** The errors that a speaker throws at its user. What a peer sends is never one of them. */

/** The stable codes of `SpeakerError`. Callers switch on these, never on the message. */
export type SpeakerErrorCode =
  /** A listen address does not exist on this machine (yet). */
  | "listen-address-missing"
  /** Another process listens on that address and port. */
  | "listen-address-in-use"
  /** Port below 1024 without CAP_NET_BIND_SERVICE. */
  | "listen-not-permitted"
  /** Listening failed for another reason; `cause` has it. */
  | "listen-failed"
  /** A password was asked for, and the kernel knows no TCP-MD5. */
  | "tcp-md5-unsupported"
  /** The kernel refuses a socket option that was asked for; `cause` has the reason. */
  | "socket-option-refused"
  /** The network namespace of the speaker does not exist, or cannot be entered. */
  | "network-namespace-missing"
  /** `start` was called twice, or after `stop`. */
  | "already-started"
  /** An option has a value that BGP does not allow. */
  | "invalid-option"
  /** No VRF of that name has been set. */
  | "unknown-vrf"
  /** No MAC-VRF of that name has been set. */
  | "unknown-mac-vrf"
  /** No neighbour has that address. */
  | "unknown-neighbor"
  /** The neighbour has no Established session. */
  | "no-session"
  /** The neighbour has not announced the capability that this needs. */
  | "capability-missing";

/** Something the user of a speaker asked for cannot be done. The message says what, and what would help. */
export class SpeakerError extends Error {
  override readonly name = "SpeakerError";
  readonly code: SpeakerErrorCode;

  constructor(code: SpeakerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
