import { startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectIoredis } from "../clients/ioredis-client.ts";
import { RedisCli, redisCliVersion, type PrintingProcess } from "../clients/redis-cli.ts";
import { untilBlocked } from "./until-blocked.ts";

// Goal: lists as queues give the replies that people know, to the character.
// Method: transcripts of redis-cli -c in both protocols, then more of the stories through ioredis. The transcripts
// through ioredis and node-redis: test/clients.

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

beforeEach(async () => {
  for (const node of cluster.nodes) {
    await using client = await node.connect();
    await client.call("FLUSHALL");
  }
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

describe.skipIf(redisCliVersion() === undefined).each([2, 3] as const)(
  "redis-cli -c in RESP%i",
  (protocol) => {
    const cliOf = (node: number): RedisCli =>
      new RedisCli({ port: cluster.node(node).port, protocol });

    test("LPUSH, RPUSH, LPOP and RPOP work on both ends, from any node", async () => {
      expect(await cliOf(0).run("RPUSH", "Q", "b", "c")).toBe("(integer) 2\n");
      expect(await cliOf(1).run("LPUSH", "Q", "a", "z")).toBe("(integer) 4\n");
      expect(await cliOf(2).run("LRANGE", "Q", "0", "-1")).toBe('1) "z"\n2) "a"\n3) "b"\n4) "c"\n');
      expect(await cliOf(0).run("LPOP", "Q")).toBe('"z"\n');
      expect(await cliOf(1).run("RPOP", "Q")).toBe('"c"\n');
      expect(await cliOf(2).run("LPOP", "Q", "5")).toBe('1) "a"\n2) "b"\n');
      expect(await cliOf(0).run("LPOP", "Q")).toBe("(nil)\n");
      expect(await cliOf(1).run("LLEN", "Q")).toBe("(integer) 0\n");
    });

    test("BRPOP of two queues returns as soon as something is pushed to one", async () => {
      await using consumer = cliOf(0).start("BRPOP", "{Q}:a", "{Q}:b", "1000");
      await untilBlocked(cluster.nodeOf("{Q}:a"), 1);
      expect(await cliOf(1).run("LPUSH", "{Q}:a", "1")).toBe("(integer) 1\n");
      expect(await consumer.untilEnd()).toBe('1) "{Q}:a"\n2) "1"\n');
      expect(await cliOf(1).run("LLEN", "{Q}:a")).toBe("(integer) 0\n");
    });

    test("BLPOP waits for ever with timeout 0", async () => {
      await using consumer = cliOf(2).start("BLPOP", "{Q}:a", "{Q}:b", "0");
      await untilBlocked(cluster.nodeOf("{Q}:b"), 1);
      expect(await cliOf(1).run("RPUSH", "{Q}:b", "1", "2")).toBe("(integer) 2\n");
      expect(await consumer.untilEnd()).toBe('1) "{Q}:b"\n2) "1"\n');
    });

    test("the first queue with something wins, one element a call, nil when the time is over", async () => {
      await cliOf(0).run("RPUSH", "{Q}:b", "b1");
      await cliOf(0).run("RPUSH", "{Q}:a", "a1", "a2");
      const pop = ["BRPOP", "{Q}:a", "{Q}:b", "0.05"];
      expect(await cliOf(0).run(...pop)).toBe('1) "{Q}:a"\n2) "a2"\n');
      expect(await cliOf(1).run(...pop)).toBe('1) "{Q}:a"\n2) "a1"\n');
      expect(await cliOf(2).run(...pop)).toBe('1) "{Q}:b"\n2) "b1"\n');
      expect(await cliOf(0).run(...pop)).toBe("(nil)\n");
    });

    test("each element goes to exactly one consumer, the oldest waiter first", async () => {
      await using consumers = new AsyncDisposableStack();
      const waiting: PrintingProcess[] = [];
      for (const node of [0, 1, 2]) {
        waiting.push(consumers.use(cliOf(node).start("BRPOP", "Q", "0")));
        await untilBlocked(cluster.nodeOf("Q"), waiting.length);
      }
      expect(await cliOf(1).run("LPUSH", "Q", "1", "2", "3", "4")).toBe("(integer) 4\n");
      for (const [at, consumer] of waiting.entries()) {
        expect(await consumer.untilEnd()).toBe(`1) "Q"\n2) "${at + 1}"\n`);
      }
      expect(await cliOf(2).run("LRANGE", "Q", "0", "-1")).toBe('1) "4"\n');
    });

    test("queues in several slots cannot be waited for together", async () => {
      expect(await cliOf(0).run("BRPOP", "Q:a", "Q:b", "1000")).toBe(
        "(error) CROSSSLOT Keys in request don't hash to the same slot\n",
      );
    });

    test("a timeline is kept for active users only, and nobody has to ask whether it exists", async () => {
      const timeline = "Timelinecache:userA";
      expect(await cliOf(0).run("RPUSHX", timeline, "data1")).toBe("(integer) 0\n");
      expect(await cliOf(1).run("EXISTS", timeline)).toBe("(integer) 0\n");
      expect(await cliOf(2).run("RPUSH", timeline, "data")).toBe("(integer) 1\n");
      expect(await cliOf(0).run("RPUSHX", timeline, "data1")).toBe("(integer) 2\n");
      expect(await cliOf(1).run("LRANGE", timeline, "0", "-1")).toBe('1) "data"\n2) "data1"\n');
      expect(await cliOf(2).run("LLEN", timeline)).toBe("(integer) 2\n");
    });

    test("a circular queue turns by RPOPLPUSH or LMOVE onto itself", async () => {
      for (const [node, element] of ["a", "b", "c"].entries()) {
        await cliOf(node).run("LPUSH", "circle", element);
      }
      const circle = async (): Promise<string> => cliOf(1).run("LRANGE", "circle", "0", "-1");
      expect(await circle()).toBe('1) "c"\n2) "b"\n3) "a"\n');
      expect(await cliOf(0).run("RPOPLPUSH", "circle", "circle")).toBe('"a"\n');
      expect(await circle()).toBe('1) "a"\n2) "c"\n3) "b"\n');
      expect(await cliOf(2).run("LMOVE", "circle", "circle", "RIGHT", "LEFT")).toBe('"b"\n');
      expect(await circle()).toBe('1) "b"\n2) "a"\n3) "c"\n');
    });

    test("an element goes through a chain of waiting consumers in one go", async () => {
      const owner = cluster.nodeOf("{Q}:a");
      await using last = cliOf(0).start("BRPOP", "{Q}:c", "0");
      await untilBlocked(owner, 1);
      await using second = cliOf(1).start("BLMOVE", "{Q}:b", "{Q}:c", "RIGHT", "LEFT", "0");
      await untilBlocked(owner, 2);
      await using first = cliOf(2).start("BRPOPLPUSH", "{Q}:a", "{Q}:b", "0");
      await untilBlocked(owner, 3);
      expect(await cliOf(0).run("LPUSH", "{Q}:a", "job")).toBe("(integer) 1\n");
      expect(await first.untilEnd()).toBe('"job"\n');
      expect(await second.untilEnd()).toBe('"job"\n');
      expect(await last.untilEnd()).toBe('1) "{Q}:c"\n2) "job"\n');
      expect(await cliOf(1).run("EXISTS", "{Q}:a", "{Q}:b", "{Q}:c")).toBe("(integer) 0\n");
    });
  },
);

describe.each([2, 3] as const)("ioredis in RESP%i", (protocol) => {
  test("each element goes to exactly one consumer, the oldest waiter first", async () => {
    const waiting: Promise<readonly [string, string] | null>[] = [];
    await using consumers = new AsyncDisposableStack();
    for (let consumer = 1; consumer <= 3; consumer += 1) {
      const client = consumers.use(await connectIoredis(cluster.node(0).port, protocol));
      waiting.push(client.awaitFirst(["Q"], 0));
      await untilBlocked(cluster.nodeOf("Q"), consumer);
    }
    await using producer = await connectIoredis(cluster.node(1).port, protocol);
    expect(await producer.push("Q", "1", "2", "3", "4")).toBe(4);
    expect(await Promise.all(waiting)).toEqual([
      ["Q", "1"],
      ["Q", "2"],
      ["Q", "3"],
    ]);
    expect(await producer.list("Q")).toEqual(["4"]);
  });

  test("competing consumers take every job once", async () => {
    const jobs = Array.from({ length: 300 }, (_, at) => `job ${at}`);
    await using producer = await connectIoredis(cluster.node(1).port, protocol);
    const work = async (node: number): Promise<string[]> => {
      await using consumer = await connectIoredis(cluster.node(node).port, protocol);
      const done: string[] = [];
      for (;;) {
        const [, job = "stop"] = (await consumer.awaitFirst(["jobs"], 0)) ?? [];
        if (job === "stop") return done;
        done.push(job);
      }
    };
    const workers = [0, 1, 2].map(work);
    for (const job of jobs) await producer.push("jobs", job);
    await producer.push("jobs", "stop", "stop", "stop");
    const done = await Promise.all(workers);
    expect(done.flat().toSorted()).toEqual(jobs.toSorted());
    expect(done.map((own) => own.toSorted(byNumber))).toEqual(done);
  });

  test("nobody sees an element missing from a circle that turns", async () => {
    await using turner = await connectIoredis(cluster.node(0).port, protocol);
    await using watcher = await connectIoredis(cluster.node(1).port, protocol);
    await turner.push("circle", "a", "b", "c");
    const turns = Array.from({ length: 300 }, async () =>
      turner.call("LMOVE", "circle", "circle", "RIGHT", "LEFT"),
    );
    const looks = Array.from({ length: 100 }, async () => watcher.list("circle"));
    for (const seen of await Promise.all(looks)) {
      expect(["abc", "cab", "bca"]).toContain(seen.join(""));
    }
    expect(await Promise.all(turns)).toEqual(
      Array.from({ length: 100 }, () => ["c", "b", "a"]).flat(),
    );
    expect(await watcher.list("circle")).toEqual(["a", "b", "c"]);
  });

  test("a worker that dies leaves its job in the list of what is being done", async () => {
    await using producer = await connectIoredis(cluster.node(0).port, protocol);
    const worker = await connectIoredis(cluster.node(1).port, protocol);
    const taken = worker.cluster.blmove("{Q}:todo", "{Q}:doing", "LEFT", "RIGHT", 0);
    await untilBlocked(cluster.nodeOf("{Q}:todo"), 1);
    await producer.push("{Q}:todo", "job 1", "job 2");
    expect(await taken).toBe("job 1");
    await worker[Symbol.asyncDispose]();
    expect(await producer.list("{Q}:doing")).toEqual(["job 1"]);
    expect(await producer.call("LMOVE", "{Q}:doing", "{Q}:todo", "RIGHT", "LEFT")).toBe("job 1");
    expect(await producer.list("{Q}:todo")).toEqual(["job 1", "job 2"]);
  });

  test("nil when nothing comes in time", async () => {
    await using consumer = await connectIoredis(cluster.node(2).port, protocol);
    const startedAtMs = performance.now();
    expect(await consumer.cluster.brpop("{Q}:a", "{Q}:b", 0.2)).toBe(null);
    expect(performance.now() - startedAtMs).toBeGreaterThan(190);
  });
});

function byNumber(left: string, right: string): number {
  return Number(left.replace("job ", "")) - Number(right.replace("job ", ""));
}
