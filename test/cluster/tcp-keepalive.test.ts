import { readFile } from "node:fs/promises";
import { startNode } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: tcp-keepalive holds for the connections that come after it was set, without a restart.
// Method: the kernel's table of sockets shows the timer of each. Linux only, as the project's CI is.

const KEEPALIVE_TIMER = "02";
const TICKS_PER_S = 100;

/** `undefined`: no keepalive timer runs. Source: Linux Documentation/networking/proc_net_tcp.rst. */
async function keepAliveLeftS(serverPort: number, clientPort: number): Promise<number | undefined> {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  const table = await readFile("/proc/net/tcp", "latin1");
  for (const line of table.split("\n")) {
    const [, local = "", remote = "", , , timer = ""] = line.trim().split(/\s+/);
    if (!local.endsWith(`:${hex(serverPort)}`) || !remote.endsWith(`:${hex(clientPort)}`)) continue;
    const [kind, ticks = "0"] = timer.split(":");
    return kind === KEEPALIVE_TIMER ? Number.parseInt(ticks, 16) / TICKS_PER_S : undefined;
  }
  throw new Error("no such connection");
}

test.skipIf(process.platform !== "linux")(
  "tcp-keepalive set at run time holds for new connections (needs Linux)",
  async () => {
    await using node = await startNode();
    await using first = await node.connect();
    await first.call("CONFIG", "SET", "tcp-keepalive", "5000");
    await using second = await node.connect();
    await second.call("PING");
    const leftS = await keepAliveLeftS(node.port, second.localPort);
    expect(leftS).toBeGreaterThan(4000);
    expect(leftS).toBeLessThanOrEqual(5000);
    await first.call("CONFIG", "SET", "tcp-keepalive", "0");
    await using third = await node.connect();
    await third.call("PING");
    expect(await keepAliveLeftS(node.port, third.localPort)).toBeUndefined();
  },
);
