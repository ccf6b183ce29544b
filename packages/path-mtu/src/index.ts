/**
 * Which packet sizes the paths to other hosts carry: ICMP echo requests that must not be fragmented.
 */
export {
  decodeIcmpAnswer,
  type EchoId,
  encodeEchoRequest,
  type IcmpAnswer,
} from "./icmp-message.ts";
export {
  type Exchange,
  type ExchangeOutcome,
  measurePath,
  type PathState,
} from "./measure-path.ts";
export { PathMonitor, type PathMonitorOptions } from "./path-monitor.ts";
