/** Opens a monitor in the namespace named by the argument, waits for one event, closes it. */
import { NetworkNamespace } from "../../src/namespace.ts";
import { RouteMonitor } from "../../src/route-monitor.ts";
import { RouteSocket } from "../../src/route-socket.ts";

using namespace = NetworkNamespace.open(process.argv[2] ?? "");
const monitor = RouteMonitor.open(namespace, ["link"], (event) => {
  process.stdout.write(event.kind);
  monitor.close();
});
using socket = RouteSocket.open(namespace);
socket.executeOne({ kind: "link.set", name: "lo", up: true });
