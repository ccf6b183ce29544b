/** Something that the user of a lab can put right: shown as its message, without a stack. */
export class LabError extends Error {
  override readonly name = "LabError";
}
