/** A zod schema of a value of the field, whose own message says what is wrong with it. */
import { ValueError } from "@selvedge/net";
import { z } from "zod";

/** `parse` is one of the constructors of `@selvedge/net`. */
export function netValue<T>(parse: (text: string) => T): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}
