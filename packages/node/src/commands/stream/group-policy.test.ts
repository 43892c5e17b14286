import { ascii } from "@slotcast/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: a group with a policy hands over, delays, gives up and cleans up by itself, and loses nothing.
// Method: requests of several clients on one node, with the clock held by hand; every story ends with its effects
// replayed on another node, which must then hold the same.

const NOW_MS = 1_800_000_000_000;
const SYNTAX = "-ERR syntax error";
const NO_INTEGER = "-ERR value is not an integer or out of range";

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

/** The clock goes on, timers ring. */
function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}

function start(policy: string, entries = 1) {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("XGROUP CREATE s g 0 MKSTREAM");
  if (policy !== "") expect(client.send(`XGROUP SETPOLICY s g ${policy}`)).toBe("+OK");
  for (let ms = 1; ms <= entries; ms += 1) client.send(`XADD s ${ms}-0 f ${ms}`);
  return { node, client };
}

/** Ids of what was read, `1 2`. */
function read(client: SocketlessClient, consumer: string, options = ""): string {
  return idsOf(
    client.send(`XREADGROUP GROUP g ${consumer} ${options} STREAMS s >`.replace("  ", " ")),
  );
}

function idsOf(reply: string): string {
  return [...reply.matchAll(/ (\d+)-0/g)].map(([, ms]) => ms).join(" ");
}

/** `1:ann:2 …`: id, consumer, deliveries. */
function pending(client: SocketlessClient): string {
  const entries = client
    .send("XPENDING s g - + 10")
    .matchAll(/ (\d+)-0 \$\d+ (\w*) :-?\d+ :(\d+)/g);
  return [...entries].map(([, ms, consumer, count]) => `${ms}:${consumer}:${count}`).join(" ");
}

/** What must be the same where the effects were replayed. */
function state(client: SocketlessClient): string {
  const letters = client.send("XRANGE dead - +");
  const groups = client.send("XINFO GROUPS s");
  return [client.send("XRANGE s - +"), pending(client), letters, groups].join("\n");
}

function expectSameAfterReplay({ node, client }: ReturnType<typeof start>): void {
  const replica = new SocketlessNode().connect();
  replica.replay(node.effects);
  expect(state(replica)).toBe(state(client));
}

describe("XGROUP SETPOLICY and GETPOLICY", () => {
  test.each([
    ["XGROUP SETPOLICY s g", "-ERR wrong number of arguments for 'xgroup|setpolicy' command"],
    ["XGROUP SETPOLICY s none OFF", "-NOGROUP No such consumer group 'none' for key name 's'"],
    [
      "XGROUP SETPOLICY none g OFF",
      "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
    ],
    [
      "XGROUP SETPOLICY list g OFF",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
    ],
    ["XGROUP SETPOLICY s g OFF AUTOCLAIM 1", SYNTAX],
    ["XGROUP SETPOLICY s g AUTOCLAIM", SYNTAX],
    ["XGROUP SETPOLICY s g AUTOCLAIM 1 AUTOCLAIM 2", SYNTAX],
    ["XGROUP SETPOLICY s g DEADLETTER a DEADLETTER b", SYNTAX],
    ["XGROUP SETPOLICY s g BOGUS 1", "-ERR Unrecognized XGROUP SETPOLICY option 'BOGUS'"],
    ["XGROUP SETPOLICY s g AUTOCLAIM x", NO_INTEGER],
    ["XGROUP SETPOLICY s g AUTOCLAIM 0", "-ERR AUTOCLAIM must be between 1 and 316224000000"],
    [
      "XGROUP SETPOLICY s g CONSUMERTTL -1",
      "-ERR CONSUMERTTL must be between 100 and 316224000000",
    ],
    [
      "XGROUP SETPOLICY s g DEADLETTER d DELIVERYLIMIT 1000001",
      "-ERR DELIVERYLIMIT must be between 1 and 1000000",
    ],
    [
      "XGROUP SETPOLICY s g DELIVERYLIMIT 3",
      "-ERR DELIVERYLIMIT needs DEADLETTER: an entry that is not offered any more must go somewhere",
    ],
    [
      "XGROUP SETPOLICY s g RETRYDELAY 3",
      "-ERR RETRYDELAY needs AUTOCLAIM: without it no entry is offered again",
    ],
    ["XGROUP SETPOLICY s g AUTOCLAIM 1 MAXRETRYDELAY 3", "-ERR MAXRETRYDELAY needs RETRYDELAY"],
    [
      "XGROUP SETPOLICY s g AUTOCLAIM 1 RETRYDELAY 4 MAXRETRYDELAY 3",
      "-ERR MAXRETRYDELAY must not be below RETRYDELAY",
    ],
    [
      "XGROUP SETPOLICY s g DEADLETTER s",
      "-ERR The dead-letter stream must be another key than the stream",
    ],
    ["XGROUP GETPOLICY s none", "-NOGROUP No such consumer group 'none' for key name 's'"],
  ])("%s answers %s and sets nothing", (request, answer) => {
    const { client } = start("AUTOCLAIM 7");
    client.send("RPUSH list a");
    expect(client.send(request)).toBe(answer);
    expect(client.send("XGROUP GETPOLICY s g")).toBe("*2 $9 autoclaim :7");
  });

  test("a policy is replaced as a whole, shown by GETPOLICY and XINFO, and OFF removes it", () => {
    const { client } = start("");
    expect(client.send("XGROUP GETPOLICY s g")).toBe("*0");
    const all =
      "deadletter dead retrydelay 50 consumerttl 900 autoclaim 100 deliverylimit 3 maxretrydelay 400";
    client.send(`XGROUP SETPOLICY s g ${all}`);
    const shown =
      "*12 $14 delivery-limit :3 $11 dead-letter $4 dead $9 autoclaim :100 $12 consumer-ttl :900 $11 retry-delay :50 $15 max-retry-delay :400";
    expect(client.send("XGROUP GETPOLICY s g")).toBe(shown);
    expect(client.send("XINFO GROUPS s")).toContain(`:1 $6 policy ${shown}`);
    expect(client.send("XINFO STREAM s FULL")).toContain(`*0 $6 policy ${shown}`);
    client.send("XGROUP SETPOLICY s g CONSUMERTTL 100");
    expect(client.send("XGROUP GETPOLICY s g")).toBe("*2 $12 consumer-ttl :100");
    client.send("XGROUP SETPOLICY s g OFF");
    expect(client.send("XGROUP GETPOLICY s g", "XINFO GROUPS s")).toMatch(
      /^\*0 \*1 \*12 (?!.*policy)/,
    );
  });

  test("a group without a policy offers nothing by itself", () => {
    const { client } = start("");
    read(client, "ann");
    pass(10 ** 9);
    expect(read(client, "bob")).toBe("");
  });
});

describe("AUTOCLAIM", () => {
  test("who reads new entries gets those of the dead first, in entries of two parts", () => {
    const story = start("AUTOCLAIM 100", 2);
    const { client } = story;
    read(client, "ann");
    pass(99);
    expect(read(client, "bob")).toBe("");
    pass(1);
    client.send("XADD s 3-0 f 3");
    expect(client.send("XREADGROUP GROUP g bob COUNT 3 STREAMS s >")).toBe(
      "*1 *2 $1 s *3 *2 $3 1-0 *2 $1 f $1 1 *2 $3 2-0 *2 $1 f $1 2 *2 $3 3-0 *2 $1 f $1 3",
    );
    expect(pending(client)).toBe("1:bob:2 2:bob:2 3:bob:1");
    expectSameAfterReplay(story);
  });

  test("COUNT and CLAIM hold: CLAIM has its own time, and its four parts", () => {
    const { client } = start("AUTOCLAIM 100", 2);
    read(client, "ann");
    pass(50);
    expect(client.send("XREADGROUP GROUP g bob COUNT 1 CLAIM 40 STREAMS s >")).toBe(
      "*1 *2 $1 s *1 *4 $3 1-0 *2 $1 f $1 1 :50 :1",
    );
    pass(50);
    expect(read(client, "bob", "CLAIM 101")).toBe("");
    expect(read(client, "bob", "COUNT 1")).toBe("2");
  });

  test("NOACK reads new entries only", () => {
    const { client } = start("AUTOCLAIM 100", 1);
    read(client, "ann");
    pass(100);
    client.send("XADD s 2-0 f 2");
    expect(read(client, "bob", "NOACK")).toBe("2");
  });

  test("a blocked reader gets an entry the moment it is due", () => {
    const story = start("AUTOCLAIM 100");
    const { node, client } = story;
    read(client, "ann");
    pass(30);
    const waiting = node.connect();
    expect(read(waiting, "bob", "BLOCK 0")).toBe("");
    pass(69);
    expect(waiting.received()).toBe("");
    pass(1);
    expect(idsOf(waiting.received())).toBe("1");
    expect(pending(client)).toBe("1:bob:2");
    expectSameAfterReplay(story);
  });

  test("of two blocked readers the second gets the entry that the first died with", () => {
    const { node, client } = start("AUTOCLAIM 100", 0);
    const [ann, bob] = [node.connect(), node.connect()];
    read(ann, "ann", "BLOCK 0");
    read(bob, "bob", "BLOCK 0");
    client.send("XADD s 1-0 f 1");
    expect(idsOf(ann.received())).toBe("1");
    pass(99);
    expect(bob.received()).toBe("");
    pass(1);
    expect(idsOf(bob.received())).toBe("1");
  });

  test("what is put back reaches who waits at once, without a retry delay", () => {
    const { node, client } = start("AUTOCLAIM 100000");
    read(client, "ann");
    const waiting = node.connect();
    read(waiting, "bob", "BLOCK 0");
    client.send("XNACK s g FAIL IDS 1 1-0");
    expect(idsOf(waiting.received())).toBe("1");
  });

  test("a policy that is set later reaches who waits already", () => {
    const { node, client } = start("");
    read(client, "ann");
    const waiting = node.connect();
    read(waiting, "bob", "BLOCK 0");
    pass(100);
    client.send("XGROUP SETPOLICY s g AUTOCLAIM 100");
    expect(idsOf(waiting.received())).toBe("1");
  });

  test("what was deleted meanwhile is forgotten", () => {
    const story = start("AUTOCLAIM 100", 2);
    const { client } = story;
    read(client, "ann");
    client.send("XDEL s 1-0");
    pass(100);
    expect(read(client, "bob")).toBe("2");
    expect(pending(client)).toBe("2:bob:2");
    expectSameAfterReplay(story);
  });
});

const letter = (ms: number, consumer: string, deliveries: string, reason: string): string =>
  `*14 $1 f $1 ${ms} $18 dead-letter-stream $1 s $14 dead-letter-id $3 ${ms}-0 $17 dead-letter-group $1 g ` +
  `$20 dead-letter-consumer $${consumer.length} ${consumer} $22 dead-letter-deliveries $${deliveries.length} ` +
  `${deliveries} $18 dead-letter-reason $${reason.length} ${reason}`;

describe("DELIVERYLIMIT and DEADLETTER", () => {
  test("an entry due once more than the limit goes to the dead letters instead, and wakes their reader", () => {
    const story = start("AUTOCLAIM 100 DELIVERYLIMIT 2 DEADLETTER dead", 2);
    const { node, client } = story;
    client.send("XADD s 3-0 f 3", "XREADGROUP GROUP g ann COUNT 2 STREAMS s >");
    pass(100);
    expect(read(client, "bob", "COUNT 1")).toBe("1");
    pass(100);
    const operator = node.connect();
    expect(operator.send("XREAD BLOCK 0 STREAMS dead $")).toBe("");
    expect(read(client, "cid")).toBe("2 3");
    const text = letter(1, "bob", "2", "delivery-limit");
    expect(operator.received()).toBe(`*1 *2 $4 dead *1 *2 $15 ${NOW_MS + 200}-0 ${text}`);
    expect(pending(client)).toBe("2:cid:2 3:cid:1");
    expect(client.send("XLEN s")).toBe(":3");
    expectSameAfterReplay(story);
  });

  test.each([
    ["history", "XREADGROUP GROUP g ann STREAMS s 0", "*1 *2 $1 s *0"],
    ["XCLAIM", "XCLAIM s g bob 0 1-0", "*0"],
    ["XAUTOCLAIM", "XAUTOCLAIM s g bob 0 0", "*3 $3 0-0 *0 *0"],
    ["CLAIM", "XREADGROUP GROUP g bob CLAIM 0 STREAMS s >", "*-1"],
  ])("a delivery by %s counts too", (_, request, answer) => {
    const story = start("DELIVERYLIMIT 1 DEADLETTER dead");
    const { client } = story;
    read(client, "ann");
    expect(client.send(request)).toBe(answer);
    expect(client.send("XLEN dead")).toBe(":1");
    expect(pending(client)).toBe("");
    expectSameAfterReplay(story);
  });

  test.each([
    "XCLAIM s g bob 0 1-0 JUSTID",
    "XAUTOCLAIM s g bob 0 0 JUSTID",
    "XCLAIM s g bob 0 1-0 RETRYCOUNT 0",
  ])("%s is no delivery, or one that a person asked for", (request) => {
    const { client } = start("DELIVERYLIMIT 1 DEADLETTER dead");
    read(client, "ann");
    expect(client.send(request)).toContain("1-0");
    expect(client.send("EXISTS dead")).toBe(":0");
  });

  test("XNACK FATAL sends an entry there at once, also without a limit; FAIL does not", () => {
    const story = start("DEADLETTER dead", 2);
    const { client } = story;
    read(client, "ann");
    expect(client.send("XNACK s g FATAL IDS 1 1-0", "XNACK s g FAIL IDS 1 2-0")).toBe(":1 :1");
    expect(client.send("XRANGE dead - +")).toContain(
      letter(1, "ann", "9223372036854775807", "nack-fatal"),
    );
    expect(pending(client)).toBe("2::1");
    expectSameAfterReplay(story);
  });

  test("nothing is lost while the key of the dead letters holds something else", () => {
    const story = start("AUTOCLAIM 100 DELIVERYLIMIT 1 DEADLETTER dead", 2);
    const { node, client } = story;
    client.send("SET dead x", "XREADGROUP GROUP g ann COUNT 1 STREAMS s >");
    pass(100);
    expect(read(client, "bob")).toBe("2");
    expect(read(client, "bob")).toBe("");
    expect(pending(client)).toBe("1:ann:1 2:bob:1");
    expect(node.broker.stats.deadLettersRefused).toBe(2);
    client.send("DEL dead");
    expect(read(client, "bob")).toBe("");
    expect(client.send("XLEN dead")).toBe(":1");
    expect(pending(client)).toBe("2:bob:1");
  });

  test("a reader that waits for what cannot be moved does not spin, and moves it when it can", () => {
    const { node, client } = start("AUTOCLAIM 100 DELIVERYLIMIT 1 DEADLETTER dead");
    client.send("SET dead x");
    read(client, "ann");
    pass(100);
    const waiting = node.connect();
    read(waiting, "bob", "BLOCK 0");
    pass(10_000);
    expect(node.broker.stats.deadLettersRefused).toBeLessThan(110);
    client.send("DEL dead");
    pass(100);
    expect(client.send("XLEN dead")).toBe(":1");
  });

  test("a dead entry that was deleted from its stream is forgotten", () => {
    const story = start("AUTOCLAIM 100 DELIVERYLIMIT 1 DEADLETTER dead");
    const { client } = story;
    read(client, "ann");
    client.send("XDEL s 1-0");
    expect(client.send("XREADGROUP GROUP g ann STREAMS s 0")).toBe("*1 *2 $1 s *0");
    expect(pending(client)).toBe("");
    expect(client.send("EXISTS dead")).toBe(":0");
    expectSameAfterReplay(story);
  });

  test("a policy that came to the dead-letter key itself, by RENAME, moves nothing", () => {
    const { client } = start("AUTOCLAIM 100 DELIVERYLIMIT 1 DEADLETTER dead");
    read(client, "ann");
    client.send("RENAME s dead");
    pass(100);
    expect(client.send("XREADGROUP GROUP g bob STREAMS dead >", "XLEN dead")).toBe("*-1 :1");
  });

  test("one read moves a thousand, the next goes on", () => {
    const { client } = start("AUTOCLAIM 100 DELIVERYLIMIT 1 DEADLETTER dead", 1500);
    read(client, "ann");
    pass(100);
    client.send("XADD s 9999-0 f v");
    expect(read(client, "bob")).toBe("9999");
    expect(client.send("XLEN dead")).toBe(":1000");
    read(client, "bob");
    expect(client.send("XLEN dead")).toBe(":1500");
  });
});

test("XDEADLETTER HELP and XGROUP HELP tell of what is ours", () => {
  const client = new SocketlessNode().connect();
  expect(client.send("XDEADLETTER HELP")).toContain("REDRIVE <key> [COUNT <count>]");
  expect(client.send("XGROUP HELP")).toContain("SETPOLICY <key> <groupname>");
});

describe("XDEADLETTER REDRIVE", () => {
  test.each([
    ["XDEADLETTER REDRIVE none", ":0"],
    [
      "XDEADLETTER REDRIVE list",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
    ],
    ["XDEADLETTER REDRIVE dead COUNT", SYNTAX],
    ["XDEADLETTER REDRIVE dead COUNT 1 2", SYNTAX],
    ["XDEADLETTER REDRIVE dead BOGUS 1", SYNTAX],
    ["XDEADLETTER REDRIVE dead COUNT x", NO_INTEGER],
    ["XDEADLETTER REDRIVE dead COUNT 0", "-ERR COUNT must be > 0"],
    ["XDEADLETTER REDRIVE", "-ERR wrong number of arguments for 'xdeadletter|redrive' command"],
    ["XDEADLETTER BOGUS", "-ERR unknown subcommand 'BOGUS'. Try XDEADLETTER HELP."],
  ])("%s answers %s", (request, answer) => {
    const client = new SocketlessNode().connect();
    client.send("RPUSH list a", "XADD dead * f v");
    expect(client.send(request, "XLEN dead")).toBe(`${answer} :1`);
  });

  test("puts entries back, oldest first, with their own fields, and wakes who waits for them", () => {
    const story = start("DEADLETTER dead", 3);
    const { node, client } = story;
    read(client, "ann");
    client.send("XNACK s g FATAL IDS 3 1-0 2-0 3-0");
    const waiting = node.connect();
    read(waiting, "bob", "BLOCK 0");
    expect(client.send("XDEADLETTER REDRIVE dead COUNT 2", "XLEN dead", "XLEN s")).toBe(":2 :1 :5");
    expect(waiting.received()).toBe(
      `*1 *2 $1 s *2 *2 $15 ${NOW_MS}-0 *2 $1 f $1 1 *2 $15 ${NOW_MS}-1 *2 $1 f $1 2`,
    );
    expect(client.send("XDEADLETTER REDRIVE dead", "XDEADLETTER REDRIVE dead")).toBe(":1 :0");
    expectSameAfterReplay(story);
  });

  test("leaves what is no dead letter, or comes from a key that takes no entries", () => {
    const { client } = start("DEADLETTER dead", 2);
    client.send("XADD dead 1-1 f v");
    read(client, "ann");
    client.send("XNACK s g FATAL IDS 1 1-0", "DEL s", "SET s x");
    expect(client.send("XDEADLETTER REDRIVE dead", "XLEN dead")).toBe(":0 :2");
    client.send("DEL s");
    expect(client.send("XDEADLETTER REDRIVE dead", "XLEN dead", "XLEN s")).toBe(":1 :1 :1");
  });
});

describe("RETRYDELAY", () => {
  test("an entry that is put back waits, twice as long each time, up to the maximum", () => {
    const story = start("AUTOCLAIM 100000 RETRYDELAY 100 MAXRETRYDELAY 400");
    const { node, client } = story;
    const waiting = node.connect();
    let reply = client.send("XREADGROUP GROUP g ann STREAMS s >");
    for (const delayMs of [100, 200, 400, 400]) {
      expect(idsOf(reply)).toBe("1");
      client.send("XNACK s g FAIL IDS 1 1-0");
      expect(read(waiting, "bob", "BLOCK 0")).toBe("");
      pass(delayMs - 1);
      expect(waiting.received()).toBe("");
      pass(1);
      reply = waiting.received();
    }
    expect(pending(client)).toBe("1:bob:5");
    expectSameAfterReplay(story);
  });

  test("an idle entry waits for AUTOCLAIM or its delay, whichever is longer", () => {
    const { client } = start("AUTOCLAIM 150 RETRYDELAY 100");
    read(client, "ann");
    pass(149);
    expect(read(client, "bob")).toBe("");
    pass(1);
    expect(read(client, "bob")).toBe("1"); // the second delivery: 200 ms now
    pass(199);
    expect(read(client, "cid", "CLAIM 1")).toBe("");
    expect(client.send("XPENDING s g IDLE 199 - + 10")).toContain(":199 :2");
    pass(1);
    expect(read(client, "cid", "CLAIM 1")).toBe("1");
  });

  test("a short delay comes before others' idle entries, and XCLAIM does not wait", () => {
    const { client } = start("AUTOCLAIM 100 RETRYDELAY 10", 3);
    read(client, "ann");
    client.send("XNACK s g FAIL IDS 2 2-0 3-0");
    expect(client.send("XCLAIM s g bob 0 3-0 JUSTID")).toBe("*1 $3 3-0");
    pass(10);
    expect(read(client, "bob")).toBe("2");
    pass(90);
    expect(read(client, "cid")).toBe("1 3");
  });

  test("setting and removing the delay reorders what is pending already", () => {
    const { client } = start("AUTOCLAIM 100", 3);
    read(client, "ann");
    client.send("XNACK s g FAIL IDS 1 3-0");
    client.send("XGROUP SETPOLICY s g AUTOCLAIM 100 RETRYDELAY 1000");
    expect(read(client, "bob")).toBe("3"); // it was put back before there was a delay
    client.send("XNACK s g FAIL IDS 1 3-0");
    pass(999);
    expect(read(client, "bob")).toBe("");
    client.send("XGROUP SETPOLICY s g AUTOCLAIM 100");
    expect(read(client, "bob")).toBe("3 1 2");
  });
});

describe("CONSUMERTTL", () => {
  const consumers = (client: SocketlessClient): string =>
    [...client.send("XINFO CONSUMERS s g").matchAll(/name \$\d+ (\w+)/g)]
      .map(([, name]) => name)
      .join(" ");

  test("a silent consumer is removed when another reads, after what it had became nobody's", () => {
    const story = start("CONSUMERTTL 100 AUTOCLAIM 100000", 2);
    const { client } = story;
    read(client, "ann");
    client.send("XGROUP CREATECONSUMER s g idle");
    pass(99);
    expect(read(client, "bob")).toBe("");
    expect(consumers(client)).toBe("ann bob idle");
    pass(1);
    expect(read(client, "bob")).toBe("1 2");
    expect(consumers(client)).toBe("bob");
    expect(pending(client)).toBe("1:bob:2 2:bob:2");
    expectSameAfterReplay(story);
  });

  test("where nobody reads, the sweep removes it and wakes who waits", () => {
    const { node, client } = start("CONSUMERTTL 100 AUTOCLAIM 100000");
    read(client, "ann");
    pass(100);
    node.sweepConsumers();
    expect(consumers(client)).toBe("");
    expect(pending(client)).toBe("1::1");
  });

  test("a consumer that waits is seen, however long it waits", () => {
    const { node, client } = start("CONSUMERTTL 100", 0);
    const waiting = node.connect();
    read(waiting, "ann", "BLOCK 0");
    pass(10_000);
    node.sweepConsumers();
    expect(consumers(client)).toBe("ann");
  });

  test("the sweep finds a stream that was renamed, and leaves alone what is there instead", () => {
    const { node, client } = start("CONSUMERTTL 100");
    read(client, "ann");
    client.send("RENAME s t", "SET s x");
    pass(100);
    node.sweepConsumers();
    expect(client.send("XINFO CONSUMERS t g", "GET s")).toBe("*0 $1 x");
  });

  test("the sweep finds a stream in the database that it was swapped into", () => {
    const { node, client } = start("CONSUMERTTL 100");
    read(client, "ann");
    client.send("SWAPDB 0 1", "SELECT 1");
    pass(100);
    node.sweepConsumers();
    expect(consumers(client)).toBe("");
  });

  test("the sweep forgets a group without a policy", () => {
    const { node, client } = start("CONSUMERTTL 100");
    read(client, "ann");
    client.send("XGROUP SETPOLICY s g OFF");
    pass(100);
    node.sweepConsumers();
    expect(consumers(client)).toBe("ann");
  });

  test("a retry delay counts from the delivery, not from the handover", () => {
    const story = start("CONSUMERTTL 100 AUTOCLAIM 500 RETRYDELAY 300");
    const { client } = story;
    read(client, "ann");
    pass(100);
    expect(read(client, "bob")).toBe("");
    expect(pending(client)).toBe("1::1");
    pass(199);
    expect(read(client, "bob")).toBe("");
    pass(1);
    expect(read(client, "bob")).toBe("1");
    expectSameAfterReplay(story);
  });
});

test("ten thousand dead letters that nobody takes hold up what is behind them, and one less does not", () => {
  const { client } = start("AUTOCLAIM 10 DELIVERYLIMIT 2 DEADLETTER dead", 10_001);
  client.send("RPUSH dead x", "XREADGROUP GROUP g ann STREAMS s >");
  const poison = Array.from({ length: 10_000 }, (_, index) => `${index + 1}-0`).join(" ");
  client.send(`XCLAIM s g ann 0 ${poison} RETRYCOUNT 2 JUSTID`);
  pass(1);
  client.send("XCLAIM s g ann 0 10001-0 RETRYCOUNT 1 JUSTID");
  pass(50);
  expect(read(client, "bob")).toBe("");
  client.send("XACK s g 1-0");
  expect(read(client, "bob")).toBe("10001");
});

test("consumers that fall silent one by one are not looked for at every read", () => {
  const { node, client } = start("CONSUMERTTL 100");
  for (let index = 0; index < 50; index += 1) {
    read(client, `c${index}`);
    pass(1);
  }
  const group = node.broker.keyspace.table(0).peekStream(ascii("s"), 0)?.groups.get(ascii("g"));
  if (group === undefined) throw new Error("there is the group");
  const look = vi.spyOn(group, "consumers");
  for (let time = 0; time < 300; time += 1) {
    read(client, "reader");
    pass(1);
  }
  expect(look.mock.calls.length).toBeLessThan(5);
  expect(client.send("XINFO CONSUMERS s g")).toMatch(/^\*1 .* reader /);
});
