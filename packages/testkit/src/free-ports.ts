import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { PORT_TRIES_MAX } from "./limits.ts";

/** A node's bus port is its client port and this, as in Redis. */
const BUS_PORT_OFFSET = 10_000;
/** Their bus ports stay below 32768, where Linux begins to take ports for outgoing connections. */
const PORTS = { first: 20_000, end: 22_768 };
/** Test files that run side by side draw from ports of their own: Vitest numbers its workers from 1. */
const WORKERS_MAX = 2;
const PORTS_EACH = (PORTS.end - PORTS.first) / WORKERS_MAX;
const WORKER = Number(process.env["VITEST_POOL_ID"] ?? 1) % WORKERS_MAX;

/**
 * Ports on loopback that were free a moment ago, as were their bus ports. Random, so that two runs of the tests rarely
 * meet; a node that finds its port taken after all says so and the test fails.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < PORT_TRIES_MAX && found.size < count; attempt += 1) {
    const port = PORTS.first + WORKER * PORTS_EACH + Math.floor(Math.random() * PORTS_EACH);
    if (await areFree([port, port + BUS_PORT_OFFSET])) found.add(port);
  }
  if (found.size < count) throw new Error(`found no ${count} free ports`);
  return [...found];
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers: Server[] = [];
  try {
    for (const port of ports) {
      const server = createServer();
      servers.push(server);
      const listening = once(server, "listening");
      server.listen({ port, host: "127.0.0.1", exclusive: true });
      await listening;
    }
    return true;
  } catch {
    return false;
  } finally {
    const closed = servers.filter(({ listening }) => listening).map(closeServer);
    await Promise.all(closed);
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}
