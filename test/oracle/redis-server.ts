import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SLOTS } from "@slotcast/protocol";
import { freePorts, RespClient, until } from "@slotcast/testkit";

const CLUSTER_OK_WITHIN_MS = 10_000;
const HZ_DEFAULT = 10;

/** The real thing, to compare with. Ends with its `await using` block. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
}

/** `undefined`: not installed. Tests that need it then say so and are skipped. */
export function redisServerVersion(): string | undefined {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\S+)/.exec(stdout ?? "")?.[1];
}

/**
 * Empty, without persistence, in a directory of its own that is removed at the end. Standalone, or a cluster of
 * one node that owns all slots.
 */
export async function startRedisServer({
  isCluster = false,
  hz = HZ_DEFAULT,
}: {
  readonly isCluster?: boolean;
  /** How often a second its timer looks, also whose wait is over. */
  readonly hz?: number;
} = {}): Promise<RedisServer> {
  const [port = 0] = await freePorts(1);
  const directory = await mkdtemp(join(tmpdir(), "redis-oracle-"));
  const options = {
    port: String(port),
    bind: "127.0.0.1",
    save: "",
    dir: directory,
    hz: String(hz),
    "cluster-enabled": isCluster ? "yes" : "no",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn("redis-server", flags, { stdio: ["ignore", "pipe", "inherit"] });
  await untilReady(server);
  if (isCluster) await takeAllSlots(port);
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

/** Redis serves two seconds after the last slot was assigned. */
async function takeAllSlots(port: number): Promise<void> {
  await using client = await RespClient.connect(port);
  await client.call("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1);
  await until(async () => (await client.callRaw("CLUSTER", "INFO")).includes("cluster_state:ok"), {
    withinMs: CLUSTER_OK_WITHIN_MS,
    what: "the redis-server cluster serves",
  });
}
