/**
 * The payload of a probe: ASCII text, so that tcpdump -A shows it. Carries a token that is unique to
 * the lab run, who sent it, and in an answer who answered.
 *
 *     selvedge-probe q TOKEN NUMBER SOURCE              selvedge-probe a TOKEN NUMBER SOURCE ANSWERER
 */
const MARK = "selvedge-probe";

export type ProbeMessage =
  | {
      readonly kind: "question";
      readonly token: string;
      readonly number: number;
      readonly source: string;
    }
  | {
      readonly kind: "answer";
      readonly token: string;
      readonly number: number;
      readonly source: string;
      readonly answerer: string;
    };

export function encodeProbe(message: ProbeMessage): Buffer {
  const { token, number, source } = message;
  const words =
    message.kind === "question"
      ? [MARK, "q", token, number, source]
      : [MARK, "a", token, number, source, message.answerer];
  return Buffer.from(words.join(" "), "latin1");
}

/** The message in a datagram; undefined when it is something else. */
export function decodeProbe(datagram: Uint8Array): ProbeMessage | undefined {
  const text = Buffer.from(datagram).toString("latin1");
  const [mark, kind, token, digits, source, answerer, ...rest] = text.split(" ");
  if (mark !== MARK || token === undefined || source === undefined || rest.length > 0) {
    return undefined;
  }
  if (digits === undefined || !/^\d{1,9}$/.test(digits)) return undefined;
  const number = Number(digits);
  if (kind === "q" && answerer === undefined) return { kind: "question", token, number, source };
  if (kind === "a" && answerer !== undefined) {
    return { kind: "answer", token, number, source, answerer };
  }
  return undefined;
}

/** Who sent the probes of this token that occur anywhere in `bytes`, such as a captured packet. */
export function probeSources(bytes: Uint8Array, token: string): string[] {
  const text = Buffer.from(bytes).toString("latin1");
  const pattern = new RegExp(`${MARK} [qa] ${token} \\d+ ([a-z0-9/.-]+)`, "g");
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}
