import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { BenchError } from "./bench-error.ts";
import { PORT_BLOCK_TRIES_MAX } from "./limits.ts";

/** A node's bus port is its client port and this, as in Redis. */
const BUS_PORT_OFFSET = 10_000;
/** Below the ports that Linux gives to outgoing connections (32768 and up), bus ports excepted. */
const PORTS = { first: 15_000, last: 22_000 };

/** First of `count` consecutive ports on loopback that were free, as were their bus ports, a moment ago. */
export async function findPortBlock(count: number, random: () => number): Promise<number> {
  for (let attempt = 0; attempt < PORT_BLOCK_TRIES_MAX; attempt += 1) {
    const first = PORTS.first + Math.floor(random() * (PORTS.last - PORTS.first - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const all = [...ports, ...ports.map((port) => port + BUS_PORT_OFFSET)];
    if (await areFree(all)) return first;
  }
  throw new BenchError(`found no ${count} free consecutive ports`);
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers: Server[] = [];
  try {
    for (const port of ports) {
      const server = createServer().listen(port, "127.0.0.1");
      servers.push(server);
      await once(server, "listening");
    }
    return true;
  } catch {
    return false;
  } finally {
    for (const server of servers) server.close();
  }
}
