import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, RespClient, until } from "@slotcast/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Launcher } from "./launcher.ts";
import { readStatus } from "./slotcast-command.ts";

// Goal: `slotcast cluster` says when it is ready, keeps its nodes alive, and leaves nothing behind.
// Method: the command as a person types it.

const PRIMARIES = 3;
/** With a replica each. */
const NODES = 2 * PRIMARIES;
const TEST_TIMEOUT_MS = 120_000;
const GONE_WITHIN_MS = 10_000;
const BACK_WITHIN_MS = 20_000;
const BUS_PORT_OFFSET = 10_000;
const PORT_TRIES_MAX = 50;

let dir = "";

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "slotcast-launcher-"));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** The first of so many free ports in a row, whose bus ports are free too. */
async function freePortRow(): Promise<number> {
  for (let attempt = 0; attempt < PORT_TRIES_MAX; attempt += 1) {
    const [first = 0] = await freePorts(1);
    const row = Array.from({ length: NODES }, (_, at) => first + at);
    const free = await Promise.all(
      row.flatMap((port) => [isFree(port), isFree(port + BUS_PORT_OFFSET)]),
    );
    if (free.every(Boolean)) return first;
  }
  throw new Error("found no free ports in a row");
}

async function isFree(port: number): Promise<boolean> {
  try {
    await using server = await listen(port);
    return server !== undefined;
  } catch {
    return false;
  }
}

async function listen(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  const listening = once(server, "listening");
  server.listen({ port, host: "127.0.0.1" });
  await listening;
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

async function pidsOf(firstPort: number, nodes = PRIMARIES): Promise<number[]> {
  const pids: number[] = [];
  for (let port = firstPort; port < firstPort + nodes; port += 1) pids.push(await pidOn(port));
  return pids;
}

async function pidOn(port: number): Promise<number> {
  await using client = await RespClient.connect(port);
  const info = (await client.callRaw("INFO", "server")).latin1Slice();
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Slot 6680. */
const KEY_OF_SECOND_SHARD = "counter";
const READY = /^slotcast +\| the cluster is ready after \d+ ms$/m;

test.each(["to the launcher alone", "to all its processes"])(
  "starts three pairs, prints what to try when they are ready, and Ctrl-C %s ends all with exit code 0",
  { timeout: TEST_TIMEOUT_MS },
  async (to) => {
    const port = await freePortRow();
    await using launcher = new Launcher({ port, dir, args: [] });
    await launcher.untilPrinted(READY);
    for (let node = 1; node <= NODES; node += 1) {
      expect(launcher.stdout).toMatch(new RegExp(`^slotcast +\\| node-${node} is ready`, "m"));
    }
    const { shards } = await readStatus(port + 4);
    expect(shards.map(({ nodes }) => nodes.length)).toEqual([2, 2, 2]);
    await launcher.untilPrinted(new RegExp(`^ {2}redis-cli -c -p ${port} set greeting hello`, "m"));
    const pids = await pidsOf(port, NODES);
    expect(pids.every(isAlive)).toBe(true);

    if (to === "to the launcher alone") launcher.signal("SIGINT");
    else launcher.signalGroup("SIGINT");
    expect(await launcher.untilEnd()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(launcher.stdout).toMatch(/^slotcast +\| all nodes have stopped$/m);
    expect(launcher.stdout).not.toMatch(/ died: | did not stop in time/);
    expect(launcher.stderr).toBe("");
  },
);

test(
  "starts again with the same nodes in the same directory",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    const port = await freePortRow();
    const ids: unknown[] = [];
    for (let run = 0; run < 2; run += 1) {
      await using launcher = new Launcher({ port, dir });
      await launcher.untilPrinted(READY);
      await using client = await RespClient.connect(port);
      ids.push(await client.call("CLUSTER", "MYID"));
      launcher.signal("SIGTERM");
      expect(await launcher.untilEnd()).toBe(0);
    }
    expect(ids[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(ids[1]).toBe(ids[0]);
  },
);

test(
  "a primary that dies is reported and started again, and its replica has its data",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    const port = await freePortRow();
    await using launcher = new Launcher({ port, dir, args: [] });
    await launcher.untilPrinted(READY);
    const { shards } = await readStatus(port);
    const owner = shards[1]?.nodes.find(({ role }) => role === "primary");
    if (owner === undefined) throw new Error("no primary");
    const pid = await pidOn(owner.port);
    {
      await using client = await RespClient.connect(owner.port);
      await client.call("SET", KEY_OF_SECOND_SHARD, "kept");
    }
    process.kill(pid, "SIGKILL");
    const died = `^slotcast +\\| ${owner.name} died: signal SIGKILL; starting it again in \\d+ ms$`;
    await launcher.untilPrinted(new RegExp(died, "m"));
    await until(async () => expect(await pidOn(owner.port)).not.toBe(pid), {
      withinMs: BACK_WITHIN_MS,
      what: "a new process on the port",
    });
    await until(async () => expect((await readStatus(port)).state).toBe("ok"), {
      withinMs: BACK_WITHIN_MS,
      what: "a cluster that is whole again",
    });
    const leader = (await readStatus(port)).shards[1]?.nodes[0];
    expect(leader?.name).not.toBe(owner.name);
    await using client = await RespClient.connect(leader?.port ?? 0);
    expect(await client.call("GET", KEY_OF_SECOND_SHARD)).toBe("kept");

    await using subscriber = await RespClient.connect(owner.port);
    await subscriber.subscribe("SUBSCRIBE", "news");
    await client.call("PUBLISH", "news", "welcome back");
    expect(await subscriber.nextPush()).toEqual(["message", "news", "welcome back"]);
    launcher.signal("SIGINT");
    expect(await launcher.untilEnd()).toBe(0);
  },
);

test("nodes do not outlive a launcher that is killed", { timeout: TEST_TIMEOUT_MS }, async () => {
  const port = await freePortRow();
  await using launcher = new Launcher({ port, dir });
  await launcher.untilPrinted(READY);
  const pids = await pidsOf(port);
  launcher.signal("SIGKILL");
  expect(await launcher.untilEnd()).toBe(null);
  await until(() => expect(pids.filter(isAlive)).toEqual([]), {
    withinMs: GONE_WITHIN_MS,
    what: "the end of all nodes",
  });
});

test.each([
  { what: "client port", offset: 1 },
  { what: "bus port", offset: BUS_PORT_OFFSET + 2 },
])("a used $what is one line and exit code 1, and nothing is started", async ({ offset }) => {
  const port = await freePortRow();
  await using other = await listen(port + offset);
  expect(other).toBeDefined();
  await using launcher = new Launcher({ port, dir });
  expect(await launcher.untilEnd()).toBe(1);
  expect(launcher.stderr).toMatch(
    new RegExp(`^slotcast: port ${port + offset} is already in use \\([^\\n]+\\)\\n$`),
  );
  expect(launcher.stdout).toBe("");
});

test.each([
  { args: ["--replicas", "-1"], says: /^slotcast: replicas: '-1' is not allowed: [^\n]+\n$/ },
  { args: ["--primaries", "0"], says: /^slotcast: primaries: '0' is not allowed: [^\n]+\n$/ },
  { args: ["--maxclient", "10"], says: /^slotcast: [^\n]*maxclients[^\n]*\n$/ },
])("$args is one line and exit code 1", async ({ args, says }) => {
  await using launcher = new Launcher({ port: await freePortRow(), dir, args });
  expect(await launcher.untilEnd()).toBe(1);
  expect(launcher.stderr).toMatch(says);
  expect(launcher.stdout).toBe("");
});
