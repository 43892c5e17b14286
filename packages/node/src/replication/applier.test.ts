import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ascii } from "@slotcast/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KnownIds, randomStep } from "../commands/test-steps.ts";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";
import { EffectRefused } from "./applier.ts";
import type { Replication } from "./replication.ts";
import { TestLog } from "./test-log.ts";

const NOW_MS = 1_800_000_000_000;
const MAY_DEBUG = ["--enable-debug-command", "yes"];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A primary, and a replica that executes what is in the primary's log when it is told to. */
class Pair {
  readonly log = new TestLog();
  readonly primary = new SocketlessNode(...MAY_DEBUG);
  readonly replica = new SocketlessNode(...MAY_DEBUG);
  readonly client: SocketlessClient;
  readonly reader: SocketlessClient;
  readonly #primaryPart: Replication;
  readonly #replicaPart: Replication;

  constructor() {
    this.#primaryPart = this.primary.replicate(this.log);
    this.#primaryPart.serve();
    this.#replicaPart = this.replica.replicate(Object.assign(new TestLog(), { role: "replica" }));
    this.client = this.primary.connect();
    this.reader = this.replica.connect();
  }

  apply(): void {
    this.#primaryPart.flush();
    const effects = this.log.take();
    if (effects !== "") this.#replicaPart.apply(effects);
  }

  promote(): void {
    this.#replicaPart.serve();
  }

  refuse(effects: string): void {
    this.#replicaPart.apply(ascii(effects));
  }

  expectEqual(): void {
    const digest = this.client.send("DEBUG DIGEST");
    expect(digest).toMatch(/^\+[0-9a-f]{40}$/);
    this.apply();
    expect(this.reader.send("DEBUG DIGEST")).toBe(digest);
  }
}

/** Two commands of a turn, or a command and what it wakes, are then never of one moment. */
function moveAtEachLook(stepMs: number): void {
  const { now } = Date;
  let ahead = 0;
  vi.spyOn(Date, "now").mockImplementation(() => {
    ahead += stepMs;
    return now() + ahead;
  });
}

// Goal: a replica that executes the log of its primary holds the same keys as the primary did at that point of the log,
// whenever it executes it: what replication and the append log rest on. Method: random commands of several clients on
// the primary, some waiting, some in transactions, with the clock held by hand. Now and then the replica executes what
// is new in the log, and must then have the same digest. EFFECT_RUNS asks for more sequences.
test.each([
  ["stands still while a command runs", 0],
  ["goes on whenever it is looked at", 1],
])(
  "a replica holds what its primary held, however late it is: the clock %s",
  (_, stepMs) => {
    const key = fc.constantFrom("s", "l", "u", "k", "a");
    const ending = fc.tuple(
      key,
      fc.constantFrom("PEXPIRE * 20", "PEXPIRE * 1", "PERSIST *", "TYPE *"),
    );
    const endingStep = fc.record({
      client: fc.nat(3),
      requests: ending.map(([name, request]) => [request.replace("*", name)]),
    });
    const step = fc.tuple(fc.oneof(randomStep, randomStep, endingStep), fc.nat(3));
    if (stepMs > 0) moveAtEachLook(stepMs);
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: "max" }), (steps) => {
        const pair = new Pair();
        const { primary } = pair;
        const clients = Array.from({ length: 4 }, () => primary.connect());
        pair.client.send("XGROUP CREATE s g 0 MKSTREAM");
        const known = new KnownIds();
        for (const value of ["one", "two", "three"]) {
          known.learn(pair.client.send(`XADD s * f ${value}`));
        }
        for (const [each, lag] of steps) {
          if ("passMs" in each) {
            vi.advanceTimersByTime(each.passMs);
            primary.sweepConsumers();
          } else {
            known.learn(clients[each.client]?.send(...known.fill(each.requests)) ?? "");
          }
          if (lag === 0) pair.expectEqual();
        }
        pair.expectEqual();
      }),
      { numRuns: Number(process.env["EFFECT_RUNS"] ?? 100) },
    );
  },
  120_000,
);

test("databases beyond the first are replicated too, whoever is where", () => {
  const pair = new Pair();
  const { client } = pair;
  const other = pair.primary.connect();
  client.send("SELECT 3", "SET a 1", "MOVE a 5", "SET b 1");
  other.send("SET a zero");
  client.send("MULTI", "SELECT 1", "SET c 1", "SELECT 0", "SET d 1", "SELECT 3", "SET e 1", "EXEC");
  client.send("COPY b b DB 2", "SWAPDB 0 2");
  other.send("EXPIRE b 100", "FLUSHDB");
  client.send("SET late 1 PX 5", "SELECT 4", "SET f 1");
  vi.advanceTimersByTime(10);
  // It is found expired by who is elsewhere.
  pair.primary.broker.keyspace.expireSome({ nowMs: Date.now(), keysMax: 10 });
  pair.expectEqual();
  expect(pair.reader.send("SELECT 5", "GET a", "SELECT 4", "KEYS *")).toBe("+OK $1 1 +OK *1 $1 f");
});

describe("time on a replica", () => {
  test("an entry has the id that the primary chose, whatever the replica's clock says then", () => {
    const pair = new Pair();
    const { client, reader } = pair;
    client.send("XADD s * f 1", "XADD s * f 2", "XADD s NOMKSTREAM * f 3");
    client.send("MULTI", "XADD s * f 4", "XADD s 1900000000000-* f 5", "EXEC");
    const entries = client.send("XRANGE s - +");
    expect(entries).toContain(`${NOW_MS}-3`);
    vi.advanceTimersByTime(1000);
    pair.apply();
    expect(reader.send("XRANGE s - +")).toBe(entries);
    // The last one is ahead of the clock, here as there.
    client.send("XADD s * f 6");
    pair.expectEqual();
    expect(reader.send("XREVRANGE s + - COUNT 1")).toContain("1900000000000-1");
  });

  test("a key whose time has come is hidden, not removed, until the primary removes it", () => {
    const pair = new Pair();
    pair.client.send("SET k v PX 10", "SET l v");
    pair.apply();
    expect(pair.reader.send("GET k", "DBSIZE")).toBe("$1 v :2");
    vi.advanceTimersByTime(10);
    const questions = ["GET k", "EXISTS k", "TTL k", "TYPE k", "KEYS *", "DBSIZE", "INFO stats"];
    const answers = pair.reader.send(...questions);
    expect(answers).toMatch(/^\$-1 :0 :-2 \+none \*1 \$1 l :2 /);
    expect(answers).toContain("expired_keys:0 ");
    expect(pair.client.send("GET k", "DBSIZE")).toBe("$-1 :1");
    pair.apply();
    expect(pair.reader.send("DBSIZE")).toBe(":1");
  });

  test("what the primary did in time counts, though it is late here", () => {
    const pair = new Pair();
    pair.client.send("SET k v PX 10", "EXPIRE k 0 GT", "APPEND k w", "SET n 5 PX 10");
    vi.advanceTimersByTime(5);
    pair.client.send("PERSIST k", "INCR n", "PEXPIRE n 10");
    vi.advanceTimersByTime(100);
    pair.apply();
    expect(pair.reader.send("GET k", "GET n", "DBSIZE")).toBe("$2 vw $-1 :2");
  });

  test("RANDOMKEY ends when all keys are hidden", () => {
    const pair = new Pair();
    pair.client.send("SET k v PX 10");
    pair.apply();
    vi.advanceTimersByTime(10);
    expect(pair.reader.send("RANDOMKEY")).toBe("$1 k");
  });

  test("a promoted replica removes what is due, and says so in its own log", () => {
    const pair = new Pair();
    pair.client.send("SET k v PX 10");
    pair.apply();
    vi.advanceTimersByTime(10);
    pair.promote();
    expect(pair.reader.send("GET k", "DBSIZE")).toBe("$-1 :0");
    const state = pair.replica.broker.replication?.state;
    assert(state instanceof TestLog);
    expect(state.text).toContain("$3\r\nDEL\r\n$1\r\nk\r\n");
  });

  test("a promoted replica takes no consumer for silent that it never saw", () => {
    const pair = new Pair();
    const { client, reader, replica } = pair;
    client.send("XGROUP CREATE s g $ MKSTREAM", "XGROUP SETPOLICY s g CONSUMERTTL 1000");
    client.send("XGROUP CREATECONSUMER s g ann");
    pair.apply();
    vi.advanceTimersByTime(5000);
    replica.sweepConsumers();
    pair.promote();
    replica.sweepConsumers();
    expect(reader.send("XINFO CONSUMERS s g")).toContain("$3 ann");
    vi.advanceTimersByTime(1001);
    replica.sweepConsumers();
    expect(reader.send("XINFO CONSUMERS s g")).toBe("*0");
  });
});

test("a replica evicts nothing, however much memory it uses", () => {
  const pair = new Pair();
  pair.client.send("SET k v");
  pair.apply();
  const { reader } = pair;
  reader.send("CONFIG SET maxmemory-policy allkeys-random maxmemory 1");
  expect(reader.send("GET k")).toBe("$1 v");
  pair.promote();
  expect(reader.send("GET k")).toBe("$-1");
});

test("a limit that only the replica has does not stop what the primary did", () => {
  const pair = new Pair();
  pair.reader.send("CONFIG SET proto-max-bulk-len 1048576");
  pair.client.send(`SET k ${"x".repeat(1_048_576)}`, "APPEND k y", "SETRANGE k 1048577 z");
  pair.expectEqual();
  expect(pair.reader.send("STRLEN k")).toBe(":1048578");
});

describe("who looks on at a replica", () => {
  test("is told of keys that change: events, caches, watchers", () => {
    const pair = new Pair();
    const [subscriber, cache, watcher] = [1, 2, 3].map(() => pair.replica.connect());
    subscriber?.send("CONFIG SET notify-keyspace-events KA", "SUBSCRIBE __keyspace@0__:k");
    cache?.send("HELLO 3", "CLIENT TRACKING ON", "GET k");
    watcher?.send("WATCH k", "MULTI", "PING");
    pair.client.send("SET k v", "DEL k");
    pair.apply();
    expect(subscriber?.received()).toMatch(/\$3 set .*\$3 del$/);
    expect(cache?.received()).toBe(">2 $10 invalidate *1 $1 k");
    expect(watcher?.send("EXEC")).toBe("*-1");
  });

  test("is woken by an entry that he waits for", () => {
    const pair = new Pair();
    pair.reader.send("XREAD BLOCK 0 STREAMS s $");
    pair.client.send("XADD s 1-1 f v");
    pair.apply();
    expect(pair.reader.received()).toContain("$3 1-1");
  });

  test("is shown what was done, by MONITOR, and nothing of a snapshot", () => {
    const pair = new Pair();
    const monitor = pair.replica.connect();
    pair.client.send("SADD s only", "SPOP s", "SELECT 3", "SET k v PX 1000", "GET k");
    expect(monitor.send("MONITOR")).toBe("+OK");
    pair.apply();
    const lines = monitor.received().replaceAll(/\+\d+\.\d{6} /g, "");
    expect(lines).toBe(
      '[0 :0] "SADD" "s" "only" [0 :0] "SREM" "s" "only" ' +
        `[3 :0] "SET" "k" "v" "PXAT" "${NOW_MS + 1000}"`,
    );
    const { replication } = pair.replica.broker;
    replication?.beginLoading();
    replication?.load(ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"));
    replication?.finishLoading();
    expect(pair.reader.send("GET k")).toBe("$1 v");
    expect(monitor.received()).not.toContain("SET");
  });

  test("sees no commands counted but his own", () => {
    const pair = new Pair();
    pair.client.send("SET k v");
    pair.apply();
    expect(pair.reader.send("INFO commandstats")).not.toContain("cmdstat_set");
    expect(pair.reader.send("INFO stats")).toContain("total_commands_processed:2 ");
  });
});

describe("what cannot be an effect is refused", () => {
  for (const [what, effects] of [
    ["no command", "*1\r\n$4\r\nFOOL\r\n"],
    ["a command that fails", "*3\r\n$4\r\nLSET\r\n$1\r\nk\r\n$1\r\n0\r\n"],
    [
      "a wrong type",
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\nv\r\n",
    ],
    ["one that waits", "*3\r\n$5\r\nBLPOP\r\n$1\r\nk\r\n$1\r\n0\r\n"],
    ["a part of one", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n"],
    ["no request", "*x\r\n"],
  ] as const) {
    test(`is told nothing by ${what}`, () => {
      expect(() => {
        new Pair().refuse(effects);
      }).toThrow(EffectRefused);
    });
  }
});
