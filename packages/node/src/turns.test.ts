import { ascii } from "@slotcast/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "./commands/socketless-node.ts";

// Goal: consumers that wait for the same are served in the order in which they came, each time somebody can be, and a
// thousand of them cost what one costs.
// Method: consumers blocked in XREADGROUP on one node, with the clock held by hand; executions are counted.

const NOW_MS = 1_800_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

function start({ policy, readers }: { readonly policy?: string; readonly readers: number }) {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("XGROUP CREATE s g 0 MKSTREAM");
  if (policy !== undefined) client.send(`XGROUP SETPOLICY s g ${policy}`);
  const waiting = Array.from({ length: readers }, (_, index) => {
    const reader = node.connect();
    reader.send(`XREADGROUP GROUP g c${index} COUNT 1 BLOCK 0 STREAMS s >`);
    return reader;
  });
  return { node, client, waiting };
}

/** Who got an entry since the last look, `0:1-0 2:2-0`. */
function served(waiting: readonly SocketlessClient[]): string {
  return waiting
    .map((reader, index) => [index, / (\d+-\d+) /.exec(reader.received())?.[1]])
    .filter(([, id]) => id !== undefined)
    .map((pair) => pair.join(":"))
    .join(" ");
}

/** How often somebody looked for entries while this was done. */
function looks(node: SocketlessNode, work: () => void): number {
  const xreadgroup = node.broker.commands.find([ascii("XREADGROUP")]);
  if (xreadgroup === undefined) throw new Error("there is XREADGROUP");
  const look = vi.spyOn(xreadgroup, "handler");
  work();
  const count = look.mock.calls.length;
  look.mockRestore();
  return count;
}

describe("consumers that wait for the same", () => {
  test("are served in their order, and the first without an entry is the last to look", () => {
    const { node, client, waiting } = start({ readers: 1000 });
    const count = looks(node, () =>
      client.send("MULTI", "XADD s 1-0 f v", "XADD s 2-0 f v", "EXEC"),
    );
    expect(served(waiting)).toBe("0:1-0 1:2-0");
    expect(count).toBe(3);
  });

  test("are offered what becomes due, the first of them only when it is due", () => {
    const { node, client, waiting } = start({ policy: "AUTOCLAIM 100", readers: 0 });
    client.send("XADD s 1-0 f v", "XADD s 2-0 f v", "XREADGROUP GROUP g dead COUNT 1 STREAMS s >");
    vi.advanceTimersByTime(30);
    client.send("XREADGROUP GROUP g dead COUNT 1 STREAMS s >");
    for (let index = 0; index < 1000; index += 1) {
      const reader = node.connect();
      reader.send(`XREADGROUP GROUP g c${index} COUNT 1 BLOCK 0 STREAMS s >`);
      waiting.push(reader);
    }
    expect(looks(node, () => vi.advanceTimersByTime(69))).toBe(0);
    expect(looks(node, () => vi.advanceTimersByTime(1))).toBe(2);
    expect(served(waiting)).toBe("0:1-0");
    expect(looks(node, () => vi.advanceTimersByTime(30))).toBe(2);
    expect(served(waiting)).toBe("1:2-0");
  });

  test("go on waiting for what is due when the one who knew of it is gone", () => {
    const { node, client, waiting } = start({ policy: "AUTOCLAIM 100", readers: 3 });
    client.send("XADD s 1-0 f v");
    expect(served(waiting)).toBe("0:1-0");
    node.broker.blocking.unblock((waiting[1] as SocketlessClient).connection, false); // three readers
    waiting[1]?.received();
    vi.advanceTimersByTime(100);
    expect(served(waiting)).toBe("2:1-0");
  });

  test("are all told when their group goes away", () => {
    const { client, waiting } = start({ readers: 3 });
    client.send("XGROUP DESTROY s g");
    for (const reader of waiting) expect(reader.received()).toMatch(/^-NOGROUP /);
  });

  test("look no more when nobody waits", () => {
    const { node, client, waiting } = start({ policy: "AUTOCLAIM 100", readers: 2 });
    client.send("XADD s 1-0 f v");
    for (const reader of waiting) node.broker.blocking.forget(reader.connection);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("consumers that wait for something else of the same stream have turns of their own", () => {
  const { node, client, waiting } = start({ readers: 2 });
  client.send("XGROUP CREATE s h 0");
  const others = ["NOACK", "COUNT 2"].map((option) => {
    const reader = node.connect();
    reader.send(`XREADGROUP GROUP h c ${option} BLOCK 0 STREAMS s >`);
    return reader;
  });
  client.send("MULTI", "XADD s 1-0 f v", "XADD s 2-0 f v", "XADD s 3-0 f v", "EXEC");
  expect(served(waiting)).toBe("0:1-0 1:2-0");
  expect(served(others)).toBe("0:1-0");
});

test.each([
  ["had it", "CONSUMERTTL 100 AUTOCLAIM 50"],
  ["was given it meanwhile", undefined],
])(
  "every consumer that waits is seen, so CONSUMERTTL of a group that %s removes none",
  (_, policy) => {
    const { node, client } = start({ ...(policy === undefined ? {} : { policy }), readers: 3 });
    client.send("XGROUP SETPOLICY s g CONSUMERTTL 100 AUTOCLAIM 50");
    for (let time = 0; time < 20; time += 1) {
      vi.advanceTimersByTime(40);
      node.sweepConsumers();
    }
    expect(client.send("XINFO CONSUMERS s g")).toMatch(/^\*3 /);
  },
);

test("keys that become ready together are marked in time that is linear in their number", () => {
  vi.useRealTimers();
  const node = new SocketlessNode();
  const table = node.broker.keyspace.table(0);
  const { blocking } = node.broker;
  const keys = Array.from({ length: 50_000 }, (_, index) => ascii(`k${index}`));
  blocking.park(node.connect().connection, table, {
    ...{ keys, waitsFor: "list", timeoutMs: 0 },
    argv: [ascii("PING")],
  });
  const startedMs = performance.now();
  blocking.markAllReady(table);
  blocking.drain();
  // Looking through all that were marked before for each of them took 4 s; it takes 40 ms.
  expect(performance.now() - startedMs).toBeLessThan(1500);
});
