/**
 * What the decoders throw when octets from the kernel are no well-formed message. Sockets turn it
 * into a NetlinkError with the code EBADMSG; it does not leave the package.
 */
export class MalformedMessage extends Error {
  override readonly name: string = "MalformedMessage";
}
