/** Something the user can put right: shown as its message, without a stack. */
export class SetupError extends Error {
  /** @override */
  name = "SetupError";
  /** The signal that stopped the set-up, when one did. */
  signal;

  /**
   * @param {string} message
   * @param {NodeJS.Signals} [signal]
   */
  constructor(message, signal) {
    super(message);
    this.signal = signal;
  }
}
