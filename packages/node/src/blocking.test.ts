import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "./commands/socketless-node.ts";

// Goal: who waits is served in turn, once, and not a moment later than promised. The clock is held in the hand.

let node: SocketlessNode;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  node = new SocketlessNode();
});
afterEach(() => {
  vi.useRealTimers();
});

function connect(count: number): SocketlessClient[] {
  return Array.from({ length: count }, () => node.connect());
}

function connectThree(): [SocketlessClient, SocketlessClient, SocketlessClient] {
  return [node.connect(), node.connect(), node.connect()];
}

const TIMED_OUT = "*-1";

describe("waiting clients", () => {
  test("are served in the order in which they came, one element each", () => {
    const waiters = connect(3);
    for (const waiter of waiters) expect(waiter.send("BLPOP k 0")).toBe("");
    const pusher = node.connect();
    expect(pusher.send("RPUSH k a b")).toBe(":2");
    expect(waiters.map((waiter) => waiter.received())).toEqual([
      "*2 $1 k $1 a",
      "*2 $1 k $1 b",
      "",
    ]);
    expect(node.broker.blocking.size).toBe(1);
    expect(pusher.send("EXISTS k")).toBe(":0");
  });

  test("get an element each from one push, from the end each of them asked for", () => {
    const [left, right, pusher] = connectThree();
    left.send("BLPOP k 0");
    right.send("BRPOP k 0");
    expect(pusher.send("RPUSH k a b c", "LRANGE k 0 -1")).toBe(":3 *1 $1 b");
    expect(left.received()).toBe("*2 $1 k $1 a");
    expect(right.received()).toBe("*2 $1 k $1 c");
  });

  test("all see an entry of a stream, each from where it was", () => {
    const [first, second, writer] = connectThree();
    writer.send("XADD s 1-1 f v");
    first.send("XREAD BLOCK 0 STREAMS s $");
    second.send("XREAD BLOCK 0 STREAMS t s 0 1-1");
    writer.send("XADD s 2-1 f v");
    const entry = "*1 *2 $1 s *1 *2 $3 2-1 *2 $1 f $1 v";
    expect(first.received()).toBe(entry);
    expect(second.received()).toBe(entry);
  });

  test("with several keys are served by the first that gets data, and once", () => {
    const [waiter, , pusher] = connectThree();
    waiter.send("BLPOP a b c 0");
    pusher.send("RPUSH c 3", "RPUSH a 1");
    expect(waiter.received()).toBe("*2 $1 c $1 3");
    expect(pusher.send("LLEN a")).toBe(":1");
    expect(node.broker.blocking.keysCount).toBe(0);
  });

  test("keep waiting when their key gets another type", () => {
    const [waiter, , other] = connectThree();
    waiter.send("BLPOP k 0");
    other.send("XADD k 1-1 f v", "DEL k", "SET k v");
    expect(waiter.received()).toBe("");
    other.send("DEL k", "LPUSH k a");
    expect(waiter.received()).toBe("*2 $1 k $1 a");
  });

  test("go on with what they sent meanwhile, in order", () => {
    const [waiter, , pusher] = connectThree();
    expect(waiter.send("BLPOP k 0", "ECHO a", "BLPOP k 0", "ECHO b")).toBe("");
    pusher.send("LPUSH k 1");
    expect(waiter.received()).toBe("*2 $1 k $1 1 $1 a");
    pusher.send("LPUSH k 2");
    expect(waiter.received()).toBe("*2 $1 k $1 2 $1 b");
  });

  test("in databases of their own do not meet", () => {
    const [waiter, , pusher] = connectThree();
    waiter.send("SELECT 1");
    waiter.send("BLPOP k 0");
    pusher.send("LPUSH k a");
    expect(waiter.received()).toBe("");
    pusher.send("SELECT 1", "LPUSH k b");
    expect(waiter.received()).toBe("*2 $1 k $1 b");
  });

  test("that are gone get nothing: the element stays for the next", () => {
    const [gone, next, pusher] = connectThree();
    gone.send("BLPOP k 0");
    next.send("BLPOP k 0");
    node.broker.blocking.forget(gone.connection);
    pusher.send("LPUSH k a");
    expect(gone.received()).toBe("");
    expect(next.received()).toBe("*2 $1 k $1 a");
  });

  test("that are tried again in the middle of another's command leave it its reply", () => {
    const [waiter, setter] = connectThree();
    waiter.send("BLPOP k 0");
    node.broker.changes.add({
      changed: () => {
        node.broker.blocking.retry(waiter.connection);
      },
      replaced: () => {},
    });
    expect(setter.send("MULTI", "SET x 1", "GET x", "EXEC", "SET x 2 GET")).toBe(
      "+OK +QUEUED +QUEUED *2 +OK $1 1 $1 1",
    );
    expect([waiter.received(), node.broker.blocking.size]).toEqual(["", 1]);
  });
});

describe("a time-out", () => {
  test("ends the wait at its moment, not before", () => {
    const waiter = node.connect();
    waiter.send("BLPOP k 0.05");
    vi.advanceTimersByTime(49);
    expect(waiter.received()).toBe("");
    vi.advanceTimersByTime(1);
    expect(waiter.received()).toBe(TIMED_OUT);
    expect(node.broker.blocking.size).toBe(0);
  });

  test("is not moved by data that was gone when it was the client's turn", () => {
    const [waiter, , writer] = connectThree();
    waiter.send("XREAD BLOCK 50 STREAMS s $");
    vi.advanceTimersByTime(30);
    writer.send("XADD s MAXLEN 0 1-1 f v");
    expect(waiter.received()).toBe("");
    vi.advanceTimersByTime(20);
    expect(waiter.received()).toBe(TIMED_OUT);
  });

  test("does not come after the client was served", () => {
    const [waiter, , pusher] = connectThree();
    waiter.send("BLPOP k 0.05");
    pusher.send("LPUSH k a");
    expect(waiter.received()).toBe("*2 $1 k $1 a");
    vi.advanceTimersByTime(1000);
    expect(waiter.received()).toBe("");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("longer than a timer can be is not cut short", () => {
    const [waiter, , pusher] = connectThree();
    const days = 24 * 60 * 60;
    waiter.send(`BLPOP k ${60 * days}`);
    vi.advanceTimersByTime(59 * days * 1000);
    expect(waiter.received()).toBe("");
    pusher.send("LPUSH k a");
    expect(waiter.received()).toBe("*2 $1 k $1 a");
  });

  test("of 0 never comes", () => {
    const waiter = node.connect();
    waiter.send("BLPOP k 0");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("lets the client go on, and keeps the place of the others", () => {
    const [first, second, pusher] = connectThree();
    first.send("BLPOP k 0.01", "ECHO done", "BLPOP k 0");
    second.send("BLPOP k 0");
    vi.advanceTimersByTime(10);
    expect(first.received()).toBe(`${TIMED_OUT} $4 done`);
    pusher.send("LPUSH k a");
    expect(second.received()).toBe("*2 $1 k $1 a");
    expect(first.received()).toBe("");
  });
});

describe("CLIENT UNBLOCK", () => {
  test("ends a wait as by time-out, or by an error, and says whether there was one", () => {
    const [waiter, , other] = connectThree();
    const { id } = waiter.connection;
    waiter.send("BLPOP k 0");
    expect(other.send(`CLIENT UNBLOCK ${id}`)).toBe(":1");
    expect(waiter.received()).toBe(TIMED_OUT);
    waiter.send("XREAD BLOCK 0 STREAMS s $");
    expect(other.send(`CLIENT UNBLOCK ${id} ERROR`)).toBe(":1");
    expect(waiter.received()).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    expect(other.send(`CLIENT UNBLOCK ${id}`)).toBe(":0");
  });
});
