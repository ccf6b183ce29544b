/** Connects over a device and says how that went: ADDRESS PORT DEVICE. */
import { parseIpAddress } from "@selvedge/net";
import { connectTcp } from "../../src/connect.ts";

const [address = "", port, device] = process.argv.slice(2);
const socket = connectTcp({ address: parseIpAddress(address), port: Number(port), device });
socket.on("error", (error) => process.stdout.write(`${error.message}\n`));
socket.on("connect", () => {
  process.stdout.write("connected\n");
  socket.destroy();
});
