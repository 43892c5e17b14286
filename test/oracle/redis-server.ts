import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The real thing, to compare with. Ends with its `await using` block. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
}

/** `undefined`: not installed. Tests that need it then say so and are skipped. */
export function redisServerVersion(): string | undefined {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\S+)/.exec(stdout ?? "")?.[1];
}

/** Empty, standalone, without persistence, in a directory of its own that is removed at the end. */
export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "redis-oracle-"));
  const options = { port: String(port), bind: "127.0.0.1", save: "", dir: directory };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn("redis-server", flags, { stdio: ["ignore", "pipe", "inherit"] });
  await untilReady(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

async function untilReady(server: ChildProcess): Promise<void> {
  const said: string[] = [];
  for await (const line of createInterface({ input: server.stdout ?? process.stdin })) {
    said.push(line);
    if (!line.includes("Ready to accept connections")) continue;
    server.stdout?.resume(); // the log goes on; nobody reads it
    return;
  }
  throw new Error(`redis-server did not start:\n${said.join("\n")}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}
