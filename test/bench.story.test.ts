import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRedisServer } from "./oracle/redis-server.ts";

// Goal: `slotcast bench` measures what it says, against Slotcast and the real redis-server, and leaves nothing behind.
// Method: the command as a person types it, with short phases and a temporary directory that the test can look into.

const MAIN = fileURLToPath(new URL("../packages/node/src/main.ts", import.meta.url));
/** Short, but long enough for every publisher to have sent. */
const QUICK = ["--seconds", "0.5", "--channels", "2", "--subscribers", "2"];
const STORY_TIMEOUT_MS = 90_000;
const STARTED_TIMEOUT_MS = 20_000;

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bench-story-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, "bench", ...args], {
    env: { ...process.env, TMPDIR: directory, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function outcomeOf(bench: ChildProcess): Promise<Outcome> {
  if (bench.stdout === null || bench.stderr === null) throw new Error("no pipes");
  const ended = once(bench, "exit");
  const [stdout, stderr] = await Promise.all([text(bench.stdout), text(bench.stderr)]);
  await ended;
  return { exitCode: bench.exitCode, stdout, stderr };
}

/** Processes that work in the test's temporary directory: redis-server by its cwd, Slotcast by its arguments. */
async function processesIn(place: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const facts = await Promise.all([
        readlink(`/proc/${pid}/cwd`).catch(() => ""),
        readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      ]);
      return facts.some((fact) => fact.includes(place)) ? [pid] : [];
    }),
  );
  return found.flat();
}

const NO_FAULTS = { lost: 0, duplicated: 0, outOfOrder: 0, unasked: 0 };

/** What of `--json` the stories look at. */
interface Row {
  readonly server: string;
  readonly nodes: number;
  readonly mode: string;
  readonly deliveredPerS: number;
  readonly p50Us: number;
  readonly busBytesPerMessage?: number;
  readonly cpuUsPerDelivery: readonly number[];
  readonly faults?: typeof NO_FAULTS;
  readonly notes: readonly string[];
}

function rowsOf({ stdout, stderr }: Outcome): Row[] {
  expect(stderr).not.toContain("slotcast bench:");
  // Our own output; the expectations below fail if it has another shape.
  const report = JSON.parse(stdout) as { readonly rows: Row[] };
  return report.rows;
}

describe("slotcast bench", () => {
  test("measures a redis-server that is already running, and checks every delivery", async () => {
    await using redis = await startRedisServer();
    const target = `127.0.0.1:${redis.port}`;
    const rows = rowsOf(await outcomeOf(start(["--target", target, ...QUICK, "--json", "-"])));
    expect(rows.map(({ mode }) => mode)).toEqual(["all", "sharded"]);
    for (const row of rows) {
      expect(row).toMatchObject({ nodes: 1, faults: NO_FAULTS, cpuUsPerDelivery: [] });
      expect(row.deliveredPerS).toBeGreaterThan(0);
      expect(row.p50Us).toBeGreaterThan(0);
    }
  });

  test(
    "measures two nodes beside two of redis-server, each with its processes, and writes a page",
    async () => {
      const page = join(directory, "report.html");
      const options = ["--nodes", "2", "--versus", "redis-server", "--report", page, "--json", "-"];
      const outcome = await outcomeOf(start([...options, ...QUICK]));
      const rows = rowsOf(outcome);
      expect(rows.map(({ server, mode }) => `${server} ${mode}`)).toEqual([
        "slotcast all",
        "redis-server all",
        "slotcast interest",
        "slotcast sharded",
        "redis-server sharded",
      ]);
      for (const row of rows) {
        expect(row).toMatchObject({ nodes: 2, faults: NO_FAULTS });
        expect(row.cpuUsPerDelivery).toHaveLength(2);
      }
      const [slotcastAll, redisAll] = rows;
      expect(redisAll?.busBytesPerMessage).toBeGreaterThan(2_264);
      expect(slotcastAll?.busBytesPerMessage).toBeLessThan(200);
      expect(rows.at(-2)?.busBytesPerMessage).toBe(0);
      expect(await readFile(page, "utf8")).toContain("Throughput, by cluster size");
      expect(outcome.stderr).toContain("slotcast / redis-server");
      expect(await processesIn(directory)).toEqual([]);
      expect(await readdir(directory)).toEqual(["report.html"]);
    },
    STORY_TIMEOUT_MS,
  );

  test(
    "stops all it started and removes its files when it is interrupted",
    async () => {
      const bench = start(["--nodes", "2", "--versus", "redis-server", "--seconds", "60"]);
      const outcome = outcomeOf(bench);
      await vi.waitUntil(
        async () => {
          const [slotcast, redis] = (await readdir(directory)).toSorted();
          return slotcast !== undefined && redis !== undefined;
        },
        { timeout: STARTED_TIMEOUT_MS },
      );
      expect((await processesIn(directory)).length).toBeGreaterThan(0);
      bench.kill("SIGINT");
      expect(await outcome).toMatchObject({ exitCode: 130, stdout: "" });
      expect(await processesIn(directory)).toEqual([]);
      expect(await readdir(directory)).toEqual([]);
    },
    STORY_TIMEOUT_MS,
  );

  test("counts what a subscriber misses that the server closed", async () => {
    await using redis = await startRedisServer();
    const cli = new Redis(redis.port, "127.0.0.1");
    const quick = ["--modes", "all", "--seconds", "0.5", "--json", "-"];
    const outcome = outcomeOf(start(["--target", `127.0.0.1:${redis.port}`, ...quick]));
    await vi.waitUntil(async () => (await cli.call("CLIENT", "KILL", "TYPE", "pubsub")) !== 0, {
      timeout: STARTED_TIMEOUT_MS,
    });
    cli.disconnect();
    const [row] = rowsOf(await outcome);
    expect(row?.notes).toContain("disconnected");
    expect(row?.faults).toMatchObject({ duplicated: 0, outOfOrder: 0, unasked: 0 });
    expect(row?.faults?.lost).toBeGreaterThan(0);
  });

  test("answers a server that it cannot start with one line and exit code 1", async () => {
    const args = ["--nodes", "1", "--versus", "redis-server --no-such-directive 1"];
    expect(await outcomeOf(start(args))).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringMatching(/^slotcast bench: redis-server ended with exit code 1: .*\n$/),
    });
    expect(await readdir(directory)).toEqual([]);
  });
});
