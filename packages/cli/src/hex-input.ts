/** Hexadecimal text as people paste it: any white space, colons or commas between digits, `0x` before them. */
import { CommandError, EXIT } from "./io.ts";

/** @throws CommandError (usage) that names the line and the character that is no digit. */
export function bytesFromHexText(text: string): Uint8Array {
  // Blanked out rather than removed, so that positions stay those of the text.
  const blanked = text.replace(/0[xX]/g, "  ").replace(/[:,]/g, " ");
  const fault = /[^0-9a-fA-F\s]/.exec(blanked);
  if (fault !== null) {
    const line = text.slice(0, fault.index).split("\n").length;
    throw new CommandError(EXIT.usage, `line ${line}: "${fault[0]}" is no hexadecimal digit`);
  }
  const digits = blanked.replace(/\s/g, "");
  if (digits === "") {
    throw new CommandError(
      EXIT.usage,
      "no input; give BGP messages as hexadecimal digits on standard input",
    );
  }
  if (digits.length % 2 === 1) {
    throw new CommandError(
      EXIT.usage,
      `there are ${digits.length} digits; an octet has two, so one is missing`,
    );
  }
  return Uint8Array.from(Buffer.from(digits, "hex"));
}
