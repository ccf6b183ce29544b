import { parseIpAddress } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Connection,
  type Listener,
  QUEUE_DRAINED_BYTES,
  QUEUE_FULL_BYTES,
} from "../../src/session/connection.ts";
import { PLAIN_SOCKET } from "../../src/session/peer-socket.ts";
import { tcpTransport } from "../../src/session/tcp-transport.ts";
import { until } from "../loopback/speakers.ts";

const HERE = parseIpAddress("127.0.0.1");
const THERE = parseIpAddress("127.0.0.2");

class Ear {
  readonly events: string[] = [];
  bytes = 0;
  progress = 0;
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  listen(): this {
    this.connection.attach({
      onConnected: () => this.events.push("connected"),
      onData: (chunk) => {
        this.bytes += chunk.length;
        expect(Object.getPrototypeOf(chunk)).toBe(Uint8Array.prototype);
      },
      onProgress: () => this.progress++,
      onDrain: () => this.events.push("drain"),
      onClosed: (reason) => this.events.push(reason),
    });
    return this;
  }
}

let listener: Listener | undefined;
const connections: Connection[] = [];

const listen = async (): Promise<Connection[]> => {
  const accepted: Connection[] = [];
  const events = {
    onConnection: (connection: Connection) => {
      accepted.push(connection);
      connections.push(connection);
    },
    onRefused: () => undefined,
  };
  listener = await tcpTransport().listen({ address: HERE, port: 0 }, [], events);
  return accepted;
};

const connect = (port = listener?.port ?? 0): Ear => {
  const connection = tcpTransport().connect({
    address: HERE,
    port,
    localAddress: THERE,
    socket: PLAIN_SOCKET,
  });
  connections.push(connection);
  return new Ear(connection).listen();
};

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  await listener?.close();
  listener = undefined;
});

describe("a TCP connection", () => {
  it("connects from the address that is asked for, and tells both ends", async () => {
    const accepted = await listen();
    const near = connect();
    await until(() => accepted.length === 1 && near.events.length === 1);
    const [far] = accepted;
    expect(near.events).toEqual(["connected"]);
    expect(far?.remote).toEqual(near.connection.local);
    expect(far?.remote.address).toBe("127.0.0.2");
    expect(far?.initiator).toBe("remote");
    expect(near.connection.initiator).toBe("local");
  });

  it("delivers nothing before somebody listens", async () => {
    const accepted = await listen();
    const near = connect();
    await until(() => accepted.length === 1);
    near.connection.write(new Uint8Array(100), 1);
    await until(() => near.progress === 1);
    const [far] = accepted;
    if (far === undefined) throw new Error("no connection");
    const ear = new Ear(far).listen();
    await until(() => ear.bytes === 100);
  });

  it("takes little from one peer that sends without end before others have their turn", async () => {
    const accepted = await listen();
    const near = connect();
    await until(() => accepted.length === 1 && near.events.length === 1);
    const [far] = accepted;
    if (far === undefined) throw new Error("no connection");
    near.connection.write(new Uint8Array(8 * 1024 * 1024), 1);
    const ear = new Ear(far).listen();
    let most = 0;
    for (let before = 0; ear.bytes < 8 * 1024 * 1024; before = ear.bytes) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, ear.bytes - before);
    }
    expect(most).toBeLessThanOrEqual(4 * 64 * 1024);
  });

  it("is refused where nobody listens", async () => {
    await listen();
    const port = listener?.port;
    await listener?.close();
    const near = connect(port);
    await until(() => near.events.length > 0);
    expect(near.events).toEqual(["ECONNREFUSED"]);
  });

  it("says when the other end closes, and nothing after its own end", async () => {
    const accepted = await listen();
    const near = connect();
    await until(() => accepted.length === 1 && near.events.length === 1);
    const [far] = accepted;
    if (far === undefined) throw new Error("no connection");
    const ear = new Ear(far).listen();
    ear.connection.write(Uint8Array.of(1, 2, 3), 1);
    ear.connection.end();
    await until(() => near.events.length === 2);
    expect(near.bytes).toBe(3);
    expect(near.events).toEqual(["connected", "closed by the peer"]);
    expect(ear.events).toEqual([]);
  });

  it("is full when the other end does not read, counts what waits, and says when it has drained", async () => {
    const accepted = await listen();
    const near = connect();
    await until(() => accepted.length === 1 && near.events.length === 1);
    const block = new Uint8Array(64 * 1024);
    let blocks = 0;
    while (!near.connection.isFull) {
      near.connection.write(block, 3);
      blocks++;
      if (blocks % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(near.connection.queuedBytes).toBeGreaterThan(QUEUE_FULL_BYTES);
    expect(near.connection.queuedBytes).toBeLessThan(QUEUE_FULL_BYTES + 17 * block.length);
    expect(near.connection.queuedMessages % 3).toBe(0);
    expect(near.connection.queuedMessages).toBeGreaterThan(QUEUE_DRAINED_BYTES / block.length);
    const [far] = accepted;
    if (far === undefined) throw new Error("no connection");
    const ear = new Ear(far).listen();
    await until(() => ear.bytes === blocks * block.length);
    await until(() => near.connection.queuedMessages === 0);
    expect(near.events).toEqual(["connected", "drain"]);
    expect(near.connection.isFull).toBe(false);
  });

  it("ends although the other end does not read what is queued", async () => {
    const accepted = await listen();
    const near = connect();
    await until(() => accepted.length === 1);
    for (let n = 0; n < 400; n++) near.connection.write(new Uint8Array(64 * 1024), 1);
    near.connection.end();
    expect(near.connection.local).toBeDefined();
    await until(() => near.connection.local === undefined);
  });
});
