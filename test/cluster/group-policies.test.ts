import { startCluster, until, type RespClient, type TestCluster } from "@slotcast/testkit";
import type { Cluster } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connectIoredis } from "../clients/ioredis-client.ts";

// Goal: with a policy nobody runs XAUTOCLAIM, and nobody looks at delivery counts; nothing is lost, and poison goes
// aside and can be put back.
// Method: a cluster, a producer and consumers with ioredis, one of which dies in the middle of its work.

const STREAM = "{mail}";
const DEAD = "{mail}:dead";
const ENTRIES = 300;
const isPoison = (subject: string): boolean => subject.endsWith("77");
const WITHIN_MS = 10_000;

let cluster: TestCluster;
let admin: RespClient;

beforeAll(async () => {
  cluster = await startCluster();
  admin = await cluster.nodeOf(STREAM).connect();
});

beforeEach(async () => {
  await admin.call("FLUSHALL");
  await admin.call("XGROUP", "CREATE", STREAM, "senders", "0", "MKSTREAM");
});

afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** An entry as ioredis gives it: its id, and its field and value. */
type Mail = readonly [id: string, fields: readonly [name: string, subject: string]];

/** Reads as any consumer does, and acknowledges what `work` did not throw at, until it is told to stop. */
async function consume(
  { cluster: client }: { readonly cluster: Cluster },
  name: string,
  { work, stop }: { readonly work: (subject: string) => void; readonly stop: AbortSignal },
): Promise<void> {
  while (!stop.aborted) {
    for (const [id, [, subject]] of await readSome(client, name, 20)) {
      try {
        work(subject);
      } catch {
        continue; // it stays pending
      }
      await client.xack(STREAM, "senders", id);
    }
  }
}

async function readSome(client: Cluster, name: string, count: number): Promise<readonly Mail[]> {
  const reply: unknown = await client.xreadgroup(
    ...(["GROUP", "senders", name, "COUNT", count, "BLOCK", 300, "STREAMS", STREAM, ">"] as const),
  );
  const streams = (reply ?? []) as readonly (readonly [string, readonly Mail[]])[]; // what XREADGROUP answers
  return streams.flatMap(([, mails]) => mails);
}

test("a dead consumer's entries reach the others, poison the dead letters, and a repair all of them", async () => {
  await admin.call(
    ...["XGROUP", "SETPOLICY", STREAM, "senders", "AUTOCLAIM", "500"],
    ...["DELIVERYLIMIT", "3", "DEADLETTER", DEAD],
  );
  await using stack = new AsyncDisposableStack();
  const connect = async (node: number) => {
    const client = await connectIoredis(cluster.node(node).port, 2);
    stack.defer(() => {
      client.cluster.disconnect();
    });
    return client;
  };
  const [producer, ann, bob, cid] = [
    await connect(0),
    await connect(1),
    await connect(2),
    await connect(0),
  ];
  for (let at = 0; at < ENTRIES; at += 1) {
    await producer.cluster.xadd(STREAM, "*", "subject", `mail ${at}`);
  }
  expect(await readSome(ann.cluster, "ann", 50)).toHaveLength(50);
  ann.cluster.disconnect(); // with fifty entries in hand

  const sent = new Set<string>();
  let isRepaired = false;
  const send = (subject: string): void => {
    if (isPoison(subject) && !isRepaired) throw new Error("no such address");
    sent.add(subject);
  };
  const stopping = new AbortController();
  const options = { work: send, stop: stopping.signal };
  const consumers = [consume(bob, "bob", options), consume(cid, "cid", options)];

  const poison = Array.from({ length: ENTRIES }, (_, at) => `mail ${at}`).filter(isPoison);
  await until(
    async () =>
      sent.size === ENTRIES - poison.length && (await admin.call("XLEN", DEAD)) === poison.length,
    { withinMs: WITHIN_MS, what: "every mail sent, or among the dead letters" },
  );
  const [pending] = (await admin.call("XPENDING", STREAM, "senders")) as readonly unknown[]; // its summary
  expect(pending).toBe(0);
  const letters = await producer.cluster.xrange(DEAD, "-", "+");
  expect(letters.map(([, fields]) => fields[1])).toEqual(poison);
  expect(letters[0]?.[1].slice(2)).toEqual([
    ...["dead-letter-stream", STREAM],
    ...["dead-letter-id", expect.stringMatching(/^\d+-\d+$/)],
    ...["dead-letter-group", "senders"],
    ...["dead-letter-consumer", expect.stringMatching(/^bob|cid$/)],
    ...["dead-letter-deliveries", "3"],
    ...["dead-letter-reason", "delivery-limit"],
  ]);

  isRepaired = true;
  expect(await admin.call("XDEADLETTER", "REDRIVE", DEAD)).toBe(poison.length);
  await until(() => sent.size === ENTRIES, { withinMs: WITHIN_MS, what: "every mail sent" });
  stopping.abort();
  await Promise.all(consumers);
});

test("a silent consumer disappears from XINFO although nobody reads", async () => {
  await admin.call("XGROUP", "SETPOLICY", STREAM, "senders", "CONSUMERTTL", "100");
  await admin.call("XADD", STREAM, "*", "subject", "first");
  await admin.call("XREADGROUP", "GROUP", "senders", "ann", "STREAMS", STREAM, ">");
  await until(
    async () => ((await admin.call("XINFO", "CONSUMERS", STREAM, "senders")) as []).length === 0,
    {
      withinMs: WITHIN_MS,
      what: "no consumers",
    },
  );
  const pending = (await admin.call(
    "XPENDING",
    STREAM,
    "senders",
    "-",
    "+",
    "10",
  )) as readonly unknown[]; // a list
  expect(pending).toEqual([[expect.anything(), "", -1, 1]]);
});

test("a dead-letter stream of another slot is refused", async () => {
  await expect(
    admin.call("XGROUP", "SETPOLICY", STREAM, "senders", "DEADLETTER", "elsewhere"),
  ).rejects.toThrow(
    "CROSSSLOT The stream and its dead-letter stream must be in one slot: give their keys the same {tag}",
  );
});
