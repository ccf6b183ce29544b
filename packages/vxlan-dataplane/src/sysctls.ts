/**
 * Settings of a VRF's namespace. A new namespace starts with defaults that differ between
 * distributions, so that everything of importance is set and nothing assumed.
 *
 * Does not: settings of the host (neighbour table sizes, socket buffers), which belong to its set-up.
 */

/** A setting: path below /proc/sys, value. */
export type Sysctl = readonly [path: string, value: string];

/**
 * Settings of the namespace, in the order in which they must be made: switching forwarding on resets
 * others to the kernel's defaults for routers.
 */
export const VRF_SYSCTLS: readonly Sysctl[] = [
  ["net/ipv4/ip_forward", "1"],
  ["net/ipv6/conf/all/disable_ipv6", "0"],
  ["net/ipv6/conf/default/disable_ipv6", "0"],
  ["net/ipv6/conf/all/forwarding", "1"],
  // With 1 the kernel announces every route again whenever its next-hop object changes.
  ["net/ipv4/nexthop_compat_mode", "0"],
  // Load sharing by layer 4, so that two workloads use more than one path.
  ["net/ipv4/fib_multipath_hash_policy", "1"],
  ["net/ipv6/fib_multipath_hash_policy", "1"],
  // Strict reverse path filtering is per endpoint; "all" would be the minimum for the VXLAN device.
  ["net/ipv4/conf/all/rp_filter", "0"],
  ["net/ipv4/conf/default/rp_filter", "0"],
  ["net/ipv4/conf/all/send_redirects", "0"],
  ["net/ipv4/conf/default/send_redirects", "0"],
  ["net/ipv4/conf/all/accept_redirects", "0"],
  ["net/ipv4/conf/default/accept_redirects", "0"],
  ["net/ipv4/conf/all/accept_source_route", "0"],
  ["net/ipv4/conf/default/accept_source_route", "0"],
  ["net/ipv6/conf/all/accept_ra", "0"],
  ["net/ipv6/conf/default/accept_ra", "0"],
  ["net/ipv6/conf/all/accept_redirects", "0"],
  ["net/ipv6/conf/default/accept_redirects", "0"],
  ["net/ipv6/conf/all/accept_dad", "0"],
  ["net/ipv6/conf/default/accept_dad", "0"],
  // No link-local addresses of the kernel's own making.
  ["net/ipv6/conf/default/addr_gen_mode", "1"],
];

/** Settings of the host end of an endpoint: no packet from addresses that are not behind it. */
export function endpointSysctls(interfaceName: string): readonly Sysctl[] {
  return [[`net/ipv4/conf/${interfaceName}/rp_filter`, "1"]];
}

/** Settings of the workload end of an endpoint with IPv6 addresses: containers often start without IPv6. */
export function workloadSysctls(interfaceName: string): readonly Sysctl[] {
  return [[`net/ipv6/conf/${interfaceName}/disable_ipv6`, "0"]];
}
