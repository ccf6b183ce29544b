/** The pool of one subnet, 10.1.0.0/24 of red/web. */
import type { Pool } from "@selvedge/ipam";
import { parseIpPrefix } from "@selvedge/net";

export const WEB: Pool = {
  tenant: "red",
  subnet: "web",
  cidrs: [parseIpPrefix("10.1.0.0/24")],
  gateway: [],
  reserved: [],
  excluded: [],
  blockLength: { 4: 26, 6: 122 },
};
