/** `selvedge bgp decode`: BGP messages as JSON. Runs by itself, without an agent. */
import { type CodecContext, DEFAULT_CONTEXT, decodeStream } from "@selvedge/bgp-evpn";
import { Command } from "commander";
import { bytesFromHexText } from "../hex-input.ts";
import type { CommandIo } from "../io.ts";

interface DecodeOptions {
  readonly ebgp?: boolean;
  readonly twoOctetAs?: boolean;
  readonly extendedMessages?: boolean;
  readonly addPath?: boolean;
}

/** `bgp` and what is below it. */
export function bgpCommand(io: CommandIo): Command {
  const bgp = new Command("bgp").description("tools for BGP");
  bgp
    .command("decode")
    .description(
      "read BGP messages as hexadecimal text from standard input (any line breaks, one or many) and " +
        "print them as a JSON array; what is malformed is printed with the action of RFC 7606",
    )
    .option("--ebgp", "the session is external (default: internal)")
    .option("--two-octet-as", "the session has not negotiated four-octet AS numbers")
    .option("--extended-messages", "the session has negotiated messages of up to 65535 octets")
    .option("--add-path", "the session has negotiated path identifiers (RFC 7911) for every family")
    .action(async (options: DecodeOptions) => {
      const text = new TextDecoder().decode(await io.readStdin());
      const messages = decodeStream(bytesFromHexText(text), contextOf(options));
      io.stdout(`${JSON.stringify(messages, undefined, 2)}\n`);
    });
  return bgp;
}

function contextOf(options: DecodeOptions): CodecContext {
  return {
    ...DEFAULT_CONTEXT,
    ibgp: options.ebgp !== true,
    fourOctetAs: options.twoOctetAs !== true,
    extendedMessages: options.extendedMessages === true,
    addPathReceive: options.addPath === true ? DEFAULT_CONTEXT.families : [],
  };
}
