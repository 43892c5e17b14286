import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: who waits for a list gets his element, when and as redis-server gives it. Method: several clients of one
// node, the clock held in the hand. Answers compared with redis-server 7.0.15; BLMOVEM is newer.

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";

let node: SocketlessNode;
let other: SocketlessClient;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  node = new SocketlessNode("--notify-keyspace-events", "EA");
  other = node.connect();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A client that waits. */
function waiting(request: string): SocketlessClient {
  const client = node.connect();
  expect(client.send(request)).toBe("");
  return client;
}

/** What was replicated since the last look. */
function effects(): string[] {
  return node.effects.splice(0).map((words) => words.join(" "));
}

function elements(key: string): string {
  return other.send(`LRANGE ${key} 0 -1`).replaceAll(/^\*\d+ ?|\$\d+ /g, "");
}

test.each([
  ["BLPOP a 0", "*2 $1 a $1 1", "LPOP a", "2 3", "x"],
  ["BRPOP a 0", "*2 $1 a $1 3", "RPOP a", "1 2", "x"],
  ["BLMPOP 0 2 none a RIGHT COUNT 2", "*2 $1 a *2 $1 3 $1 2", "RPOP a 2", "1", "x"],
  ["blmove a b right left 0", "$1 3", "LMOVE a b RIGHT LEFT", "1 2", "3 x"],
  ["BLMOVE a b LEFT RIGHT 0", "$1 1", "LMOVE a b LEFT RIGHT", "2 3", "x 1"],
  ["BRPOPLPUSH a b 0", "$1 3", "RPOPLPUSH a b", "1 2", "3 x"],
  ["BLMOVEM a b LEFT LEFT 0", "*1 $1 1", "LMOVEM a b LEFT LEFT EXACTLY 1 OBO", "2 3", "1 x"],
  ["BLMOVEM a b LEFT LEFT 0 COUNT 2 OBO", "*2 $1 2 $1 1", "LMOVEM a b LEFT LEFT EXACTLY 2 OBO", "3", "2 1 x"],
  ["BLMOVEM a b RIGHT RIGHT 0 COUNT 9 BULK", "*3 $1 1 $1 2 $1 3", "LMOVEM a b RIGHT RIGHT EXACTLY 3 BULK", "", "x 1 2 3"],
  ["BLMOVEM a b LEFT RIGHT 0 EXACTLY 3 BULK", "*3 $1 1 $1 2 $1 3", "LMOVEM a b LEFT RIGHT EXACTLY 3 BULK", "", "x 1 2 3"],
])("%s waits for elements, answers %s and has the effect of %s", (request, reply, effect, source, destination) => {
  other.send("RPUSH b x");
  const client = waiting(request);
  expect(other.send("RPUSH a 1 2 3")).toBe(":3");
  expect(client.received()).toBe(reply);
  expect(elements("a")).toBe(source);
  expect(elements("b")).toBe(destination);
  expect(effects()).toEqual(["RPUSH b x", "RPUSH a 1 2 3", effect]);
  expect(node.broker.blocking.size).toBe(0);
}); // prettier-ignore

describe("a chain of moves", () => {
  test("hands an element through in one go, and each link answers its client", () => {
    const last = waiting("BLPOP d 0");
    const links = ["c d", "b c", "a b"].map((keys) => waiting(`BLMOVE ${keys} LEFT RIGHT 0`));
    expect(other.send("LPUSH a x", "EXISTS a b c d")).toBe(":1 :0");
    expect(links.map((link) => link.received())).toEqual(["$1 x", "$1 x", "$1 x"]);
    expect(last.received()).toBe("*2 $1 d $1 x");
    const moves = ["a b", "b c", "c d"].map((keys) => `LMOVE ${keys} LEFT RIGHT`);
    expect(effects()).toEqual(["LPUSH a x", ...moves, "LPOP d"]);
  });

  test("in a circle ends when everybody was served", () => {
    const circle = ["a b", "b c", "c a"].map((keys) => waiting(`BRPOPLPUSH ${keys} 0`));
    expect(other.send("LPUSH b x")).toBe(":1");
    expect(circle.map((link) => link.received())).toEqual(["$1 x", "$1 x", "$1 x"]);
    expect(elements("b")).toBe("x");
  });

  test("announces each step: the push, the pop, and the list that is gone", () => {
    const subscriber = node.connect();
    subscriber.send("PSUBSCRIBE __keyevent@0__:*");
    waiting("BLMOVE a b LEFT RIGHT 0");
    waiting("BLMPOP 0 1 b LEFT");
    other.send("LPUSH a x");
    const events = [...subscriber.received().matchAll(/__:(\w+) \$1 (\w)/g)];
    expect(events.map(([, event, key]) => `${event} ${key}`)).toEqual([
      ...["lpush a", "rpush b", "lpop a", "del a"],
      ...["lpop b", "del b"],
    ]);
  });
});

describe("a destination of the wrong type", () => {
  test.each(["BLMOVE a s LEFT LEFT 0", "BRPOPLPUSH a s 0", "BLMOVEM a s LEFT LEFT 0 COUNT 2 OBO"])(
    "%s: an error for him who waited, and the element is there for the next",
    (request) => {
      other.send("SET s v");
      const first = waiting(request);
      const next = waiting("BLPOP a 0");
      expect(other.send("RPUSH a 1 2")).toBe(":2");
      expect(first.received()).toBe(WRONG_TYPE);
      expect(next.received()).toBe("*2 $1 a $1 1");
      expect(elements("a")).toBe("2");
      expect(effects()).toEqual(["SET s v", "RPUSH a 1 2", "LPOP a"]);
    },
  );
});

describe("source and destination the same", () => {
  test("rotates, and the element is there for the next", () => {
    const rotating = waiting("BLMOVE a a LEFT RIGHT 0");
    const next = waiting("BRPOPLPUSH a a 0");
    other.send("RPUSH a 1 2 3");
    expect(rotating.received()).toBe("$1 1");
    expect(next.received()).toBe("$1 1");
    expect(elements("a")).toBe("1 2 3");
  });
});

describe("BLMOVEM EXACTLY", () => {
  const request = "BLMOVEM a b LEFT RIGHT 0 EXACTLY 3 BULK";

  test("waits for a list that is too short, and takes nothing of it", () => {
    other.send("RPUSH a 1");
    const client = waiting(request);
    expect(other.send("RPUSH a 2", "LLEN a", "EXISTS b")).toBe(":2 :2 :0");
    expect(client.received()).toBe("");
    other.send("RPUSH a 3 4");
    expect(client.received()).toBe("*3 $1 1 $1 2 $1 3");
    expect(elements("a")).toBe("4");
  });

  test.each([
    ["LPUSHX a 0", "*3 $1 0 $1 1 $1 2"],
    ["RPUSHX a 0", "*3 $1 1 $1 2 $1 0"],
    ["LINSERT a AFTER 1 0", "*3 $1 1 $1 0 $1 2"],
    ["LMOVE c a LEFT LEFT", "*3 $1 0 $1 1 $1 2"],
    ["LMOVEM c a LEFT RIGHT COUNT 5 BULK", "*3 $1 1 $1 2 $1 0"],
  ])("is woken by %s, which makes it long enough", (growing, reply) => {
    other.send("RPUSH a 1 2", "RPUSH c 0");
    const client = waiting(request);
    other.send(growing);
    expect(client.received()).toBe(reply);
  });

  test("keeps its turn while those behind it take what is not enough for it", () => {
    const exact = waiting("BLMOVEM a b LEFT RIGHT 0 EXACTLY 2 BULK");
    const behind = [waiting("BLPOP a 0"), waiting("BLPOP a 0")];
    other.send("RPUSH a 1");
    expect(behind.map((client) => client.received())).toEqual(["*2 $1 a $1 1", ""]);
    other.send("RPUSH a 2 3");
    expect(exact.received()).toBe("*2 $1 2 $1 3");
    expect(behind[1]?.received()).toBe("");
  });

  test("looks at its destination only when it has something to move", () => {
    other.send("SET b v", "RPUSH a 1 2");
    const client = waiting(request);
    other.send("RPUSH a 3");
    expect(client.received()).toBe(WRONG_TYPE);
    expect(elements("a")).toBe("1 2 3");
  });
});

describe("when nothing comes", () => {
  // A BLMOVE that timed out answers the null array, and in a transaction the missing value: so does redis-server.
  const rows = [
    ["BLPOP a 0.05", "*-1"],
    ["BLMPOP 0.05 2 a b LEFT", "*-1"],
    ["BLMOVE a b LEFT LEFT 0.05", "$-1"],
    ["BRPOPLPUSH a b 0.05", "$-1"],
    ["BLMOVEM a b LEFT LEFT 0.05", "*-1"],
    ["BLMOVEM a b LEFT LEFT 0.05 COUNT 2 OBO", "*-1"],
    ["BLMOVEM a b LEFT LEFT 0.05 EXACTLY 2 OBO", "*-1"],
  ] as const;

  test.each(rows)(
    "%s is over at its moment, in a transaction at once",
    (request, inTransaction) => {
      const client = waiting(request);
      vi.advanceTimersByTime(49);
      expect(client.received()).toBe("");
      vi.advanceTimersByTime(1);
      expect(client.received()).toBe("*-1");
      expect(client.send("MULTI", request, "EXEC")).toBe(`+OK +QUEUED *1 ${inTransaction}`);
      expect(client.send("HELLO 3")).not.toBe("");
      expect(client.send("MULTI", request, "EXEC")).toBe("+OK +QUEUED *1 _");
      expect(effects()).toEqual([]);
    },
  );
});

test("what a transaction pushes is served after its end, and not at all when it took it away again", () => {
  const client = waiting("BLMOVE a b LEFT LEFT 0");
  other.send("MULTI", "LPUSH a 1", "DEL a", "EXEC");
  expect(client.received()).toBe("");
  expect(other.send("MULTI", "RPUSH a 1 2", "LPOP a", "EXEC")).toBe(
    "+OK +QUEUED +QUEUED *2 :2 $1 1",
  );
  expect(client.received()).toBe("$1 2");
});

test("who waits for one of several lists gets all of his from the first that is ready", () => {
  const client = waiting("BLMPOP 0 3 a b c LEFT COUNT 10");
  other.send("MULTI", "RPUSH c 5 6", "RPUSH b 3 4", "EXEC");
  expect(client.received()).toBe("*2 $1 c *2 $1 5 $1 6");
  expect(elements("b")).toBe("3 4");
});
