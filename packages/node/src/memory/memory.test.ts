import { describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../commands/socketless-node.ts";
import { usedMemoryBytes } from "../used-memory.ts";
import { collectGarbage } from "./collect-garbage.ts";

// Goal: maxmemory refuses and evicts as redis-server 7.0.15 does. Method: the limit is set relative to what is used.

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.";

interface Limited {
  readonly node: SocketlessNode;
  readonly client: SocketlessClient;
  /** CONFIG SET maxmemory to what is used now and so many bytes. */
  readonly allow: (bytes: number) => void;
}

function limited(...directives: readonly string[]): Limited {
  const node = new SocketlessNode("--maxmemory", "10gb", ...directives);
  const client = node.connect();
  client.send("PING");
  return {
    node,
    client,
    allow: (bytes) => {
      client.send(`CONFIG SET maxmemory ${node.broker.memory.usedBytes + bytes}`);
    },
  };
}

function infoOf(client: SocketlessClient): Record<string, string> {
  const lines = client.send("INFO").split(/\s+/);
  return Object.fromEntries(lines.map((line) => line.split(":", 2)));
}

const VALUE = "x".repeat(1000);
const MB = 1024 * 1024;
/** More than the replies that wait while a limit is set. */
const SLACK_BYTES = 500;

/** Flat strings on V8's heap, and nobody who holds them. */
function leaveGarbage(megabytes: number): void {
  const half = Buffer.alloc(MB / 2);
  const strings = Array.from({ length: 2 * megabytes }, () => half.latin1Slice());
  strings.length = 0;
}

describe("noeviction", () => {
  test("refuses what may grow, and lets the rest pass", () => {
    const { allow, client } = limited();
    client.send("SET old 1", "RPUSH list a b c");
    allow(-SLACK_BYTES);
    expect(client.send("SET a 1", "LPUSH list x", "INCR n", "XADD s * a b")).toBe(
      `${OOM} ${OOM} ${OOM} ${OOM}`,
    );
    expect(client.send("GET old", "EXPIRE old 100", "LPOP list", "DEL old", "PING")).toBe(
      "$1 1 :1 $1 a :1 +PONG",
    );
  });

  test("lets a waiter be served that came before, as Redis 7.0", () => {
    const { allow, client, node } = limited();
    const waiter = node.connect();
    client.send("RPUSH old x");
    waiter.send("BLMOVE list other LEFT RIGHT 0");
    allow(-SLACK_BYTES);
    expect(client.send("LPUSH list y", "RENAME old list")).toBe(`${OOM} +OK`);
    expect(waiter.received()).toBe("$1 x");
    expect(waiter.send("BLMOVE list other LEFT RIGHT 0")).toBe(OOM);
  });

  test("stops when the limit is reached, and goes on when room was made", () => {
    const { allow, client, node } = limited();
    allow(50_000);
    let written = 0;
    while (client.send(`SET key:${written} ${VALUE}`) === "+OK") written += 1;
    expect(written).toBeGreaterThan(35);
    expect(written).toBeLessThan(52);
    expect(client.send("SET more 1")).toBe(OOM);
    expect(node.broker.memory.usedBytes).toBeLessThan(
      node.broker.config.get("maxmemory") + 3 * VALUE.length,
    );
    client.send("DEL key:0 key:1 key:2");
    expect(client.send("SET more 1")).toBe("+OK");
    expect(infoOf(client)).toMatchObject({ evicted_keys: "0", maxmemory_policy: "noeviction" });
  });

  test("is exceeded no more when there is no limit", () => {
    const { allow, client, node } = limited();
    allow(-SLACK_BYTES);
    expect(client.send("SET a 1")).toBe(OOM);
    expect(node.broker.memory.exceededForMs).toBeGreaterThan(0);
    client.send("CONFIG SET maxmemory 0");
    expect(node.broker.memory.exceededForMs).toBe(0);
  });

  test("refuses what would be queued in a transaction, and EXEC when it may grow memory", () => {
    const { node, client } = limited();
    const admin = node.connect();
    const fill = (): string =>
      admin.send(`CONFIG SET maxmemory ${node.broker.memory.usedBytes - SLACK_BYTES}`);
    const empty = (): string => admin.send("CONFIG SET maxmemory 10gb");
    client.send("MULTI", "GET a", "SET a 1");
    fill();
    expect(client.send("EXEC")).toBe(
      `-EXECABORT Transaction discarded because of: ${OOM.slice("-".length)}`,
    );
    expect(client.send("MULTI", "PING", "EXEC")).toBe(
      `+OK ${OOM} -EXECABORT Transaction discarded because of previous errors.`,
    );
    expect(client.send("MULTI", "DISCARD")).toBe("+OK +OK");
    empty();
    client.send("MULTI", "GET a");
    fill();
    expect(client.send("EXEC")).toBe("*1 $-1");
  });

  test("a full memory is nobody's fault during a pause", () => {
    const { allow, client, node } = limited();
    const admin = node.connect();
    admin.send("PING");
    admin.send("CLIENT PAUSE 100000 WRITE");
    allow(-SLACK_BYTES);
    expect(client.send("SET a 1")).toBe("");
    admin.send("CLIENT UNPAUSE");
    // It runs now, and is looked at again.
    expect(client.received()).toBe(OOM);
  });
});

describe("eviction", () => {
  test("makes room for what is written, tells of it and counts it", () => {
    const { allow, client, node } = limited("--maxmemory-policy", "allkeys-random");
    client.send("CONFIG SET notify-keyspace-events Ee");
    const subscriber = node.connect();
    subscriber.send("SUBSCRIBE __keyevent@0__:evicted");
    const tracker = node.connect();
    tracker.send("HELLO 3", "CLIENT TRACKING ON BCAST");
    allow(50_000);
    node.effects.length = 0;
    for (let index = 0; index < 200; index += 1) {
      expect(client.send(`SET key:${index} ${VALUE}`)).toBe("+OK");
    }
    const { evicted_keys: evicted } = infoOf(client);
    expect(Number(evicted)).toBeGreaterThan(140);
    expect(subscriber.received().match(/evicted/g)).toHaveLength(Number(evicted));
    const deletions = node.effects.filter(([name]) => name === "DEL");
    expect(deletions).toHaveLength(Number(evicted));
    expect(tracker.received()).toContain("invalidate");
    expect(client.send("DBSIZE")).toBe(`:${200 - Number(evicted)}`);
  });

  test("is told to who makes room by his own command, also with NOLOOP", () => {
    const { allow, client } = limited("--maxmemory-policy", "allkeys-random");
    client.send("HELLO 3", "CLIENT TRACKING ON BCAST NOLOOP PREFIX key");
    client.send(`SET key:0 ${VALUE}`);
    allow(-SLACK_BYTES);
    expect(client.received()).toBe("");
    expect(client.send("SET other 1")).toBe("+OK >2 $10 invalidate *1 $5 key:0");
  });

  test("by recent use keeps what is read", () => {
    const { allow, client } = limited(
      "--maxmemory-policy",
      "allkeys-lru",
      "--maxmemory-samples",
      "20",
    );
    allow(50_000);
    const startMs = Date.now();
    let index = 0;
    for (; index < 20; index += 1) client.send(`SET key:${index} ${VALUE}`);
    for (; index < 200; index += 1) {
      vi.setSystemTime(startMs + index * 1000);
      client.send("GET key:0", `SET key:${index} ${VALUE}`);
    }
    vi.useRealTimers();
    expect(client.send("EXISTS key:0", "EXISTS key:1")).toBe(":1 :0");
  });

  test("CLIENT NO-TOUCH and commands that only ask do not count as a use", () => {
    const { client, node } = limited("--maxmemory-policy", "allkeys-lru");
    const startMs = Date.now();
    client.send("SET a 1");
    const usedAt = (): number | undefined => {
      const table = node.broker.keyspace.table(0);
      const [key = ""] = table.keys();
      return key === "" ? undefined : node.broker.memory.keys.find(table, key)?.usedAtMs;
    };
    const before = usedAt();
    vi.setSystemTime(startMs + 50_000);
    client.send("TTL a", "TYPE a", "WATCH a", "EXISTS a", "CLIENT NO-TOUCH on", "GET a");
    expect(usedAt()).toBe(before);
    client.send("CLIENT NO-TOUCH off", "GET a");
    expect(usedAt()).toBeGreaterThanOrEqual(startMs + 50_000);
    vi.useRealTimers();
  });

  test("of keys that expire refuses when there are none of them", () => {
    const { allow, client } = limited("--maxmemory-policy", "volatile-lru");
    client.send(`SET stays ${VALUE}`, `SET goes ${VALUE} EX 1000`);
    allow(-SLACK_BYTES);
    expect(client.send("SET a 1")).toBe("+OK");
    expect(client.send("EXISTS goes", "EXISTS stays")).toBe(":0 :1");
    allow(-SLACK_BYTES);
    expect(client.send("SET b 1")).toBe(OOM);
    expect(Number(infoOf(client)["current_eviction_exceeded_time"])).toBeGreaterThanOrEqual(0);
  });

  test("continues without commands when the limit is lowered", async () => {
    const { allow, client, node } = limited("--maxmemory-policy", "allkeys-lru");
    for (let index = 0; index < 50; index += 1) client.send(`SET key:${index} ${VALUE}`);
    allow(-20_000);
    expect(node.broker.keyspace.size).toBe(50);
    await vi.waitFor(() => {
      expect(node.broker.keyspace.size).toBeLessThan(35);
    });
    expect(node.broker.keyspace.size).toBeGreaterThan(20);
  });
});

describe("used_memory", () => {
  test("goes on from what INFO said when a limit is set", () => {
    const client = new SocketlessNode().connect();
    client.send(`SET a ${VALUE}`);
    collectGarbage(); // other tests leave so much that it would be done below
    const said = Number(infoOf(client)["used_memory"]);
    client.send(`CONFIG SET maxmemory ${said + 100_000}`);
    const { used_memory: used, used_memory_dataset: dataset } = infoOf(client);
    expect(Math.abs(Number(used) - said)).toBeLessThan(20_000);
    expect(Number(dataset)).toBeGreaterThan(VALUE.length);
    expect(Number(dataset)).toBeLessThan(VALUE.length + 300);
  });

  test.each([
    ["below what is used", 50],
    ["above what is used", 1000],
  ])("is not filled by garbage from before the limit, which is %s", (_, roomMb) => {
    const node = new SocketlessNode("--maxmemory-policy", "allkeys-random");
    const client = node.connect();
    client.send(`SET a ${VALUE}`);
    collectGarbage();
    const liveBytes = usedMemoryBytes();
    // V8 collects when it likes: what it took away in the meantime is left once more.
    for (let tries = 0; tries < 5 && usedMemoryBytes() <= liveBytes + 200 * MB; tries += 1) {
      leaveGarbage(200);
    }
    expect(usedMemoryBytes()).toBeGreaterThan(liveBytes + 200 * MB);
    client.send(`CONFIG SET maxmemory ${liveBytes + roomMb * MB}`);
    expect(client.send("SET b 1", "EXISTS a b")).toBe("+OK :2");
    expect(node.broker.memory.usedBytes).toBeLessThan(liveBytes + 10 * MB);
  });

  test("grows and shrinks with keys and with what clients have queued", () => {
    const { client, node } = limited();
    const { memory } = node.broker;
    const before = memory.usedBytes;
    client.send(`SET a ${VALUE}`);
    expect(memory.usedBytes - before).toBeGreaterThan(VALUE.length);
    client.send("DEL a");
    expect(memory.usedBytes).toBe(before);
    client.send("MULTI", `SET a ${VALUE}`, "PING");
    expect(memory.usedBytes - before).toBeGreaterThan(VALUE.length);
    client.send("DISCARD", "PING");
    expect(memory.usedBytes).toBeLessThan(before + SLACK_BYTES);
  });

  test("grows with what a group has pending, and shrinks when that is acknowledged", () => {
    const { client, node } = limited();
    const { keys } = node.broker.memory;
    for (let index = 1; index <= 100; index += 1) client.send(`XADD s 1-${index} f v`);
    client.send("XGROUP CREATE s g 0");
    const before = keys.totalBytes;
    client.send("XREADGROUP GROUP g c STREAMS s >");
    const pending = keys.totalBytes;
    expect(pending).toBeGreaterThan(before + 2000);
    const ids = Array.from({ length: 100 }, (_, index) => `1-${index + 1}`);
    client.send(`XACK s g ${ids.join(" ")}`);
    expect(keys.totalBytes).toBeLessThan(pending - 2000);
  });

  test("without a limit nothing is counted and nothing is gated", () => {
    const { client, node } = limited();
    client.send("SET a 1");
    expect(node.broker.memory.keys.isOn).toBe(true);
    client.send("CONFIG SET maxmemory 0");
    expect(node.broker.memory.keys).toMatchObject({ isOn: false, totalBytes: 0 });
    expect(node.broker.memory.clients.totalBytes).toBe(0);
    expect(node.broker.gates.bits).toBe(0);
    expect(node.broker.keyspace.hooks.observer).toBeUndefined();
    expect(infoOf(client)).not.toHaveProperty("used_memory_dataset");
  });

  test("an LRU or LFU policy alone keeps accounts of use, for OBJECT", () => {
    const { client, node } = limited();
    client.send("CONFIG SET maxmemory 0", "CONFIG SET maxmemory-policy allkeys-lfu", "SET a xx");
    expect(client.send("OBJECT FREQ a", "GET a", "OBJECT FREQ a", "TTL a", "OBJECT FREQ a")).toBe(
      ":5 $2 xx :6 :-1 :6",
    );
    client.send("CONFIG SET maxmemory-policy volatile-lru");
    vi.setSystemTime(Date.now() + 10_000);
    expect(client.send("OBJECT IDLETIME a", "CLIENT NO-TOUCH on", "GET a")).toBe(":10 +OK $2 xx");
    expect(client.send("OBJECT IDLETIME a", "TOUCH a", "OBJECT IDLETIME a")).toBe(":10 :1 :0");
    vi.useRealTimers();
    client.send("CONFIG SET maxmemory-policy volatile-ttl");
    expect(node.broker.memory.keys.isOn).toBe(false);
  });
});
