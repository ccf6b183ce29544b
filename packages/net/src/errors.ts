/** Which value was refused; stable, callers switch on it. */
export type ValueErrorCode =
  | "invalid-ip-address"
  | "invalid-prefix"
  | "invalid-mac-address"
  | "invalid-vni"
  | "invalid-asn"
  | "invalid-route-distinguisher"
  | "invalid-route-target";

/** A text or number that is not the value it should be. The message says what is wrong and what would be right. */
export class ValueError extends Error {
  override readonly name = "ValueError";
  readonly code: ValueErrorCode;
  /** The refused input, as it was given. */
  readonly value: string;

  constructor(code: ValueErrorCode, value: string, message: string) {
    super(message);
    this.code = code;
    this.value = value;
  }
}
