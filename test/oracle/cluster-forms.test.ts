import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { redisServerVersion } from "./redis-server.ts";

// Goal: clients parse CLUSTER SLOTS, SHARDS and NODES of a node of ours as they do a redis-server's.
// Method: a cluster of three redis-servers and one of three nodes of ours are made by the same commands. Then the
// first nodes of both must give the same replies, but for ids and ports, which are given the same names.

const MAIN = join(import.meta.dirname, "../../packages/node/src/main.ts");
const isInstalled = redisServerVersion()?.startsWith("7.0.") === true;
const BUS_PORT_OFFSET = 10_000;
const JOINING = { timeout: 60_000, interval: 100 };

interface Place {
  readonly port: number;
  readonly directory: string;
}

/** The first node of a cluster, and what its nodes are called here, by their ids and ports. */
interface Cluster {
  readonly port: number;
  readonly names: ReadonlyMap<string, string>;
}

/** Undoes what was started, last first. */
const cleanUps: (() => Promise<void> | void)[] = [];
let theirs: Cluster;
let ours: Cluster;

describe.skipIf(!isInstalled)("redis-server 7.0 and ours", () => {
  beforeAll(startBoth, 2 * JOINING.timeout);
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  describe.each(["ip", "hostname", "unknown-endpoint"])("prefer the endpoint %s and", (type) => {
    beforeAll(async () => {
      for (const { port } of [theirs, ours]) {
        const set = `CONFIG SET cluster-preferred-endpoint-type ${type}`;
        expect(await ask(port, set)).toBe("+OK\r\n");
      }
    });

    test.each([2, 3] as const)("have the same CLUSTER SLOTS in RESP%d", async (protocol) => {
      await expectSame("CLUSTER SLOTS", { protocol });
    });

    test.each([2, 3] as const)("have the same CLUSTER SHARDS in RESP%d", async (protocol) => {
      await expectSame("CLUSTER SHARDS", { protocol, comparable: comparableShards });
    });

    test("redirect to the same place", async () => {
      await expectSame("GET 0");
    });
  });

  test.each([2, 3] as const)("have the same CLUSTER NODES in RESP%d", async (protocol) => {
    await expectSame("CLUSTER NODES", { protocol, comparable: comparableNodes });
  });

  test("begin CLUSTER INFO with the same lines", async () => {
    const facts = (reply: string): readonly string[] =>
      reply
        .split("\r\n")
        .filter((line) => /^cluster_(state|slots|known|size|current|my)/.test(line));
    const [expected, got] = [await ask(theirs.port, INFO), await ask(ours.port, INFO)];
    expect(facts(got)).toEqual(facts(expected));
    expect(facts(got)).toHaveLength(9);
  });

  test.each([
    "MYID",
    "KEYSLOT {tag}key",
    "COUNTKEYSINSLOT 5",
    "COUNTKEYSINSLOT -1",
    "COUNTKEYSINSLOT 16384",
    "COUNTKEYSINSLOT x",
    "GETKEYSINSLOT 5 10",
    "GETKEYSINSLOT 5 -1",
    "GETKEYSINSLOT 16384 1",
    "GETKEYSINSLOT 16384 x",
    "KEYSLOT",
    "NODES please",
    "NOSUCH",
  ])("answer CLUSTER %s alike", async (subcommand) => {
    await expectSame(`CLUSTER ${subcommand}`);
  });
});

const INFO = "CLUSTER INFO";

async function startBoth(): Promise<void> {
  [theirs, ours] = await Promise.all([startCluster(startRedis), startCluster(startOurs)]);
}

/** Two primaries, and a replica of the second. */
async function startCluster(
  startNode: (flags: readonly string[]) => Promise<Place>,
): Promise<Cluster> {
  const places = [
    await startNode(["--cluster-announce-hostname", "one.example"]),
    await startNode(["--cluster-announce-hostname", "two.example"]),
    await startNode([]),
  ] as const;
  const [one, two, three] = places;
  await tell(one.port, "CLUSTER ADDSLOTSRANGE 0 99 200 8191");
  await tell(two.port, "CLUSTER ADDSLOTSRANGE 100 199 8192 16383");
  await tell(one.port, "CLUSTER SET-CONFIG-EPOCH 1");
  await tell(two.port, "CLUSTER SET-CONFIG-EPOCH 2");
  for (const { port } of [two, three]) {
    await tell(port, `CLUSTER MEET 127.0.0.1 ${one.port}`);
    // Redis tells everybody by and by.
    await vi.waitFor(async () => {
      expect(await ask(one.port, "CLUSTER NODES")).toContain(`:${port}@`);
    }, JOINING);
  }
  const ids = await Promise.all(places.map(async ({ port }) => idOf(port)));
  await vi.waitFor(async () => {
    await tell(three.port, `CLUSTER REPLICATE ${ids[1]}`);
  }, JOINING);
  await vi.waitFor(async () => {
    const shards = await ask(one.port, "CLUSTER SHARDS");
    expect(shards.match(/online/g)).toHaveLength(3);
    expect(shards).toContain("replica\r\n");
    expect(shards).toContain("two.example");
    expect(await ask(one.port, INFO)).toContain("cluster_state:ok");
    expect(await ask(one.port, "CLUSTER NODES")).not.toContain("disconnected");
  }, JOINING);
  const names = new Map<string, string>();
  for (const [index, { port }] of places.entries()) {
    names.set(ids[index] ?? "", `id-${index}`);
    names.set(`${port}`, `port-${index}`);
    names.set(`${port + BUS_PORT_OFFSET}`, `bus-${index}`);
  }
  return { port: one.port, names };
}

async function idOf(port: number): Promise<string> {
  return (await ask(port, "CLUSTER MYID")).split("\r\n")[1] ?? "";
}

async function tell(port: number, request: string): Promise<void> {
  expect([request, await ask(port, request)]).toEqual([request, "+OK\r\n"]);
}

/** Gossips more often than by default, so that the nodes soon know each other. */
const IN_A_CLUSTER = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];

async function startRedis(flags: readonly string[]): Promise<Place> {
  return await start((place) => [
    "redis-server",
    ...["--port", `${place.port}`, "--bind", "127.0.0.1", "--dir", place.directory, "--save", ""],
    ...["--repl-diskless-sync-delay", "0", ...IN_A_CLUSTER, ...flags],
  ]);
}

async function startOurs(flags: readonly string[]): Promise<Place> {
  return await start((place) => [
    ...[process.execPath, MAIN, "server", "--port", `${place.port}`, "--bind", "127.0.0.1"],
    ...["--dir", place.directory, "--loglevel", "warning", ...IN_A_CLUSTER, ...flags],
  ]);
}

async function start(commandFor: (place: Place) => readonly string[]): Promise<Place> {
  const place = { port: await freePort(), directory: mkdtempSync(join(tmpdir(), "forms-")) };
  const [command = "", ...args] = commandFor(place);
  const server = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  cleanUps.push(async () => {
    const ended = once(server, "exit");
    if (server.exitCode === null && server.kill("SIGKILL")) await ended;
    rmSync(place.directory, { recursive: true });
  });
  await vi.waitFor(async () => {
    expect(await ask(place.port, "PING")).toBe("+PONG\r\n");
  }, JOINING);
  return place;
}

/** Free itself, and so is the port that the bus takes above it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + BUS_PORT_OFFSET))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch {
    return false;
  }
  probe.close();
  await once(probe, "close");
  return true;
}

async function expectSame(
  request: string,
  options: { readonly protocol?: 2 | 3; readonly comparable?: (reply: string) => unknown } = {},
): Promise<void> {
  const { protocol = 2, comparable = (reply: string): string => reply } = options;
  const expected = await ask(theirs.port, request, protocol);
  const got = await ask(ours.port, request, protocol);
  expect(comparable(named(got, ours))).toEqual(comparable(named(expected, theirs)));
}

function named(reply: string, { names }: Cluster): string {
  return reply.replaceAll(/[0-9a-f]{40}|\d{5}/g, (word) => names.get(word) ?? word);
}

/** The bytes of the reply. Rejects when nobody listens. */
async function ask(port: number, request: string, protocol: 2 | 3 = 2): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.setEncoding("latin1");
  socket.write(`HELLO ${protocol}\r\nECHO before\r\n${request}\r\nECHO after\r\n`);
  const [before, after] = ["$6\r\nbefore\r\n", "$5\r\nafter\r\n"];
  try {
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.endsWith(after)) break;
    }
  } finally {
    socket.destroy();
  }
  return received.slice(received.indexOf(before) + before.length, -after.length);
}

/** Without the order, which in Redis is that of a hash table, and without offsets: the logs differ. */
function comparableShards(reply: string): unknown {
  const shards = reply
    .replace(/(replication-offset\r\n):\d+/g, "$1:0")
    .split(/(?=[*%][24]\r\n\$5\r\nslots)/);
  return shards.sort();
}

/** Without the order and times. */
function comparableNodes(reply: string): unknown {
  const [head = "", ...lines] = reply.replace("txt:", "").split(/\r?\n/);
  const nodes = lines.map((line) => line.replace(/ \d+ \d+ (?=\d+ connected)/, " 0 0 "));
  return [head[0], nodes.sort()];
}
