/**
 * Numbers of the netlink envelope (linux/netlink.h) and of rtnetlink's messages (linux/rtnetlink.h).
 * Attribute numbers of one kind of object stand in the file of that kind.
 */

// Message header flags.
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
/** The dump is inconsistent because something changed meanwhile. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
/** Of an error message: the request is not echoed beyond its header. */
export const NLM_F_CAPPED = 0x100;
/** Of an error message: attributes follow. */
export const NLM_F_ACK_TLVS = 0x200;

// Control messages.
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

// rtnetlink messages.
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;
export const RTM_NEWNEXTHOP = 104;
export const RTM_DELNEXTHOP = 105;
export const RTM_GETNEXTHOP = 106;

// Address families (linux/socket.h).
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_BRIDGE = 7;
export const AF_INET6 = 10;

/** The address family number of an IP version. */
export function addressFamily(version: 4 | 6): number {
  return version === 4 ? AF_INET : AF_INET6;
}

/** The IP version of an address family; undefined when it is not one of IP. */
export function ipVersion(family: number): 4 | 6 | undefined {
  return family === AF_INET ? 4 : family === AF_INET6 ? 6 : undefined;
}
