/**
 * Which packet sizes the paths to other hosts carry: ICMP echo requests that must not be fragmented.
 */
export {
  decodeIcmpAnswer,
  type EchoId,
  encodeEchoRequest,
  type IcmpAnswer,
} from "./icmp-message.ts";
export { decodeIcmp6Answer, encodeEchoRequest6 } from "./icmpv6-message.ts";
export {
  type Exchange,
  type ExchangeOutcome,
  LEAST_PATH_MTU,
  measurePath,
  type PathState,
} from "./measure-path.ts";
export { PathMonitor, type PathMonitorOptions } from "./path-monitor.ts";
