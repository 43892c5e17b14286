import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ascii, RequestDecoder, type Bytes } from "@slotcast/protocol";
import { KnownIds, randomStep } from "../commands/test-steps.ts";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";
import { EffectRefused } from "./applier.ts";
import { SNAPSHOT_CHUNK_BYTES } from "./limits.ts";
import type { Replication } from "./replication.ts";
import { restoringEffects } from "./restoring-effects.ts";
import type { Snapshot } from "./snapshot.ts";
import { TestLog } from "./test-log.ts";

const NOW_MS = 1_800_000_000_000;
const MAY_DEBUG = ["--enable-debug-command", "yes"];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A primary whose keyspace is copied to a replica, and what its log says afterwards. */
class Copying {
  readonly log = new TestLog();
  readonly primary = new SocketlessNode(...MAY_DEBUG);
  readonly client: SocketlessClient;
  readonly reader: SocketlessClient;
  readonly #primaryPart: Replication;
  readonly #replicaPart: Replication;

  constructor() {
    this.#primaryPart = this.primary.replicate(this.log);
    this.#primaryPart.serve();
    const replica = new SocketlessNode(...MAY_DEBUG);
    this.#replicaPart = replica.replicate(Object.assign(new TestLog(), { role: "replica" }));
    this.client = this.primary.connect();
    this.reader = replica.connect();
  }

  begin(): Snapshot {
    const snapshot = this.#primaryPart.beginSnapshot();
    this.log.take();
    this.#replicaPart.beginLoading();
    return snapshot;
  }

  /** Some bytes of it, and no more than those. False: that was all. */
  copySome(snapshot: Snapshot): boolean {
    const bytes = snapshot.take();
    if (bytes === undefined) return false;
    this.load(bytes);
    return true;
  }

  load(bytes: Bytes): void {
    this.#replicaPart.load(bytes);
  }

  finish(snapshot: Snapshot): void {
    while (this.copySome(snapshot));
    this.#replicaPart.finishLoading();
  }

  /** The replica has the snapshot, and everything since. */
  catchUp(): void {
    this.#primaryPart.flush();
    const effects = this.log.take();
    if (effects !== "") this.#replicaPart.apply(effects);
  }

  expectEqual(): void {
    const digest = this.client.send("DEBUG DIGEST");
    expect(digest).toMatch(/^\+[0-9a-f]{40}$/);
    this.catchUp();
    expect(this.reader.send("DEBUG DIGEST")).toBe(digest);
  }
}

// Goal: a snapshot that is taken while commands go on, and the log since it began, make the same keyspace.
// Method: random commands before and during the snapshot, with steps of the snapshot in between: so small that a key
// is written in most of them before its turn comes.
test("a snapshot and the log since make the same keyspace", { timeout: 120_000 }, () => {
  const extra = fc.constantFrom("FLUSHALL", "SWAPDB 0 1", "SELECT 1", "SELECT 0", "PEXPIRE k 5");
  const swap = fc.record({ client: fc.nat(3), requests: extra.map((request) => [request]) });
  const step = fc.oneof({ weight: 12, arbitrary: randomStep }, { weight: 1, arbitrary: swap });
  const steps = fc.array(fc.tuple(step, fc.nat(3)), { minLength: 20, maxLength: 100, size: "max" });
  fc.assert(
    fc.property(steps, fc.nat(60), (all, beginAt) => {
      const copying = new Copying();
      const { client, primary } = copying;
      const clients = Array.from({ length: 4 }, () => primary.connect());
      client.send("XGROUP CREATE s g 0 MKSTREAM", "SELECT 1", "RPUSH l a b c", "SET n 1");
      const known = new KnownIds();
      let snapshot: Snapshot | undefined;
      for (const [at, [each, looked]] of all.entries()) {
        if (at === Math.min(beginAt, all.length - 1)) snapshot = copying.begin();
        if ("passMs" in each) {
          vi.advanceTimersByTime(each.passMs);
          primary.sweepConsumers();
        } else {
          known.learn(clients[each.client]?.send(...known.fill(each.requests)) ?? "");
        }
        for (let taken = 0; taken < looked; taken += 1) snapshot?.readSome(1);
      }
      if (snapshot === undefined) return;
      copying.finish(snapshot);
      copying.expectEqual();
      expect(primary.broker.keyspace.tables().map(({ guard }) => guard)).not.toContain(snapshot);
    }),
    { numRuns: Number(process.env["EFFECT_RUNS"] ?? 150) },
  );
});

describe("a snapshot", () => {
  test("has what was there when it began, and nothing of what came later", () => {
    const copying = new Copying();
    const { client, reader } = copying;
    client.send("SET a 1", "SET b 1 PX 1000", "RPUSH l 1", "SET gone 1");
    const snapshot = copying.begin();
    client.send("SET a 2", "PERSIST b", "RPUSH l 2", "DEL gone", "SET new 1", "RENAME a c");
    copying.finish(snapshot);
    expect(reader.send("GET a", "TTL b", "LRANGE l 0 -1", "GET gone", "EXISTS new c")).toBe(
      "$1 1 :1 *1 $1 1 $1 1 :0",
    );
    copying.expectEqual();
    expect(reader.send("GET c", "GET a")).toBe("$1 2 $-1");
  });

  test("has a key that nobody looked at before it was evicted", () => {
    const copying = new Copying();
    copying.client.send("SET k v", "SET l v");
    const snapshot = copying.begin();
    copying.client.send("CONFIG SET maxmemory-policy allkeys-random maxmemory 1", "GET none");
    expect(copying.client.send("DBSIZE")).toBe(":0");
    copying.finish(snapshot);
    expect(copying.reader.send("DBSIZE")).toBe(":2");
    copying.expectEqual();
  });

  test("has keys that were due and not removed yet: their removal is an effect to come", () => {
    const copying = new Copying();
    copying.client.send("SET k v PX 5");
    vi.advanceTimersByTime(10);
    const snapshot = copying.begin();
    copying.finish(snapshot);
    expect(copying.reader.send("DBSIZE", "GET k")).toBe(":1 $-1");
    copying.client.send("GET k");
    copying.expectEqual();
    expect(copying.reader.send("DBSIZE")).toBe(":0");
  });

  test("has databases as they were, though they are swapped and emptied meanwhile", () => {
    const copying = new Copying();
    const { client, reader } = copying;
    client.send("SET a 0", "SET b 0", "SELECT 1", "SET a 1", "SET b 1", "SELECT 2", "SET a 2");
    const snapshot = copying.begin();
    snapshot.readSome(1);
    client.send("SWAPDB 0 1", "SELECT 0", "SET a changed", "FLUSHDB", "SELECT 2", "FLUSHALL");
    client.send("SET a late");
    copying.finish(snapshot);
    const all = ["SELECT 0", "MGET a b", "SELECT 1", "MGET a b", "SELECT 2", "MGET a b"];
    expect(reader.send(...all)).toBe("+OK *2 $1 0 $1 0 +OK *2 $1 1 $1 1 +OK *2 $1 2 $-1");
    copying.expectEqual();
  });

  test("comes in chunks of a bounded size, also one value, and whatever waits in memory is told", () => {
    const copying = new Copying();
    const { client, reader } = copying;
    client.send(`SET big ${"x".repeat(3 * SNAPSHOT_CHUNK_BYTES)}`, "SET small 1");
    const snapshot = copying.begin();
    client.send("DEL big");
    expect(snapshot.bufferedBytes).toBeGreaterThan(3 * SNAPSHOT_CHUNK_BYTES);
    const sizes: number[] = [];
    for (;;) {
      const bytes = snapshot.take();
      if (bytes === undefined) break;
      sizes.push(bytes.length);
      copying.load(bytes);
    }
    expect(Math.max(...sizes)).toBe(SNAPSHOT_CHUNK_BYTES);
    expect(snapshot.bufferedBytes).toBe(0);
    expect(reader.send("STRLEN big", "GET small")).toBe(`:${3 * SNAPSHOT_CHUNK_BYTES} $1 1`);
  });

  test("that is given up guards nothing", () => {
    const copying = new Copying();
    copying.client.send("SET a 1", "SET b 1");
    const first = copying.begin();
    const second = copying.begin();
    first.giveUp();
    expect(first.take()).toBeUndefined();
    const table = copying.primary.broker.keyspace.table(0);
    expect(table.guard).toBeDefined();
    copying.finish(second);
    expect(table.guard).toBeUndefined();
    copying.expectEqual();
  });

  test("of nothing is one, too", () => {
    const copying = new Copying();
    copying.reader.send("SET old 1");
    copying.finish(copying.begin());
    expect(copying.reader.send("DBSIZE")).toBe(":0");
  });
});

describe("loading a snapshot", () => {
  test("takes the place of everything, and is not announced key by key", () => {
    const copying = new Copying();
    const { client, reader } = copying;
    client.send("SET old 1");
    copying.catchUp();
    const subscriber = reader.node.connect();
    subscriber.send("CONFIG SET notify-keyspace-events KEA", "PSUBSCRIBE *");
    client.send("DEL old", "SET new 1");
    copying.finish(copying.begin());
    expect(subscriber.received()).toBe("");
    copying.expectEqual();
  });

  test("serves whoever waits for what it brings when it is whole", () => {
    const copying = new Copying();
    const { client, reader } = copying;
    client.send("XADD s 1-1 f v");
    reader.send("XREAD BLOCK 0 STREAMS s 0");
    const snapshot = copying.begin();
    copying.copySome(snapshot);
    expect(reader.received()).toBe("");
    copying.finish(snapshot);
    expect(reader.received()).toContain("$3 1-1");
  });

  test("fails when it ends too early", () => {
    const copying = new Copying();
    copying.client.send("SET k v");
    copying.begin();
    copying.load(ascii("*2\r\n$2\r\nAT\r\n"));
    expect(() => {
      copying.finish(new Copying().begin());
    }).toThrow(EffectRefused);
  });
});

describe("a value that is too large for one payload", () => {
  const replay = (effects: readonly (readonly Bytes[])[]): SocketlessClient => {
    const client = new SocketlessNode(...MAY_DEBUG).connect();
    expect(client.replay(effects)).not.toMatch(/(^| )-/);
    return client;
  };

  for (const [what, ...requests] of [
    ["a string", "SET k v"],
    ["a list", `RPUSH k ${Array.from({ length: 2500 }, (_, index) => `e${index}`).join(" ")}`],
    ["a set", `SADD k ${Array.from({ length: 2500 }, (_, index) => `e${index}`).join(" ")}`],
    [
      "a stream",
      ...["XADD k 1-1 f v", "XADD k 2-1 f v g w", "XADD k IDMP web one 3-1 f v", "XDEL k 2-1"],
      ...[
        "XGROUP CREATE k g 0",
        "XGROUP SETPOLICY k g AUTOCLAIM 5",
        "XREADGROUP GROUP g ann STREAMS k >",
      ],
      ...["XADD k IDMP web two 4-1 f v", "XTRIM k MAXLEN 2"],
    ],
    ["an empty stream", "XADD k MAXLEN 0 1-1 f v", "XGROUP CREATE k g $"],
  ] as const) {
    test(`is made in parts: ${what}`, () => {
      const client = new SocketlessNode(...MAY_DEBUG).connect();
      client.send(...requests, "PEXPIREAT k 1900000000000");
      const value = client.node.broker.keyspace.table(0).peekRaw(ascii("k"));
      const effects = restoringEffects(
        ascii("k"),
        value ?? ascii(""),
        1_900_000_000_000,
        () => undefined,
      );
      for (const effect of effects) expect(effect.length).toBeLessThan(1100);
      const other = replay(effects);
      expect(other.send("DEBUG DIGEST")).toBe(client.send("DEBUG DIGEST"));
      expect(other.send("PEXPIRETIME k")).toBe(":1900000000000");
    });
  }

  test("keeps long elements apart: an effect is bounded in bytes", () => {
    const client = new SocketlessNode().connect();
    const long = "x".repeat(400_000);
    client.send(`RPUSH k ${long} ${long} ${long} ${long}`);
    const value = client.node.broker.keyspace.table(0).peekRaw(ascii("k"));
    const effects = restoringEffects(ascii("k"), value ?? ascii(""), undefined, () => undefined);
    expect(effects.map(({ length }) => length)).toEqual([4, 4]);
  });
});

test("what a snapshot is made of are effects, one after the other", () => {
  const copying = new Copying();
  copying.client.send("SET k v", "SELECT 2", "SET l v PX 5");
  const bytes = copying.begin().take() ?? ascii("");
  const decoder = new RequestDecoder({ bulkBytesMax: 1000 });
  decoder.push(bytes);
  const effects: string[] = [];
  for (let argv = decoder.next(); argv !== undefined; argv = decoder.next()) {
    effects.push(argv.filter((_, index) => index !== 3).join(" "));
  }
  expect(effects).toEqual([
    "AT 0",
    "RESTORE k 0 ABSTTL",
    "SELECT 2",
    `RESTORE l ${NOW_MS + 5} ABSTTL`,
    "SELECT 0",
    `AT ${NOW_MS}`,
  ]);
});
