import { expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: LMOVEM does what the documentation of Redis 8.10 says: there is no server here to compare with.

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SYNTAX = "-ERR syntax error";
const NOT_POSITIVE = "-ERR count should be greater than 0";
const NOT_A_TIMEOUT = "-ERR timeout is not a float or out of range";
const arity = (name: string): string => `-ERR wrong number of arguments for '${name}' command`;

function start(): { node: SocketlessNode; client: SocketlessClient } {
  const node = new SocketlessNode("--notify-keyspace-events", "EA");
  const client = node.connect();
  client.send("RPUSH a 1 2 3 4", "RPUSH b x y", "SET str v");
  node.effects.length = 0;
  return { node, client };
}

function contents(client: SocketlessClient): string {
  const lists = ["a", "b", "new"].map((key) => client.send(`LRANGE ${key} 0 -1`));
  return lists.map((reply) => reply.replaceAll(/[*$]\d+ ?| /g, "")).join("|");
}

/** `1 2` as an array reply. */
function array(elements: string): string {
  const words = elements === "" ? [] : elements.split(" ");
  return [`*${words.length}`, ...words.map((word) => `$${word.length} ${word}`)].join(" ");
}

const UNCHANGED = "1234|xy|";

test.each([
  // As LMOVE, in an array.
  ["a b LEFT LEFT", "1", "234|1xy|"],
  ["a b left Right", "1", "234|xy1|"],
  ["a b RIGHT LEFT", "4", "123|4xy|"],
  ["a b RIGHT RIGHT", "4", "123|xy4|"],
  ["a new LEFT LEFT", "1", "234|xy|1"],
  // One by one turns the order around when both ends are the same; in bulk it never does.
  ["a b LEFT LEFT COUNT 2 OBO", "2 1", "34|21xy|"],
  ["a b LEFT LEFT COUNT 2 BULK", "1 2", "34|12xy|"],
  ["a b LEFT RIGHT COUNT 2 OBO", "1 2", "34|xy12|"],
  ["a b LEFT RIGHT COUNT 2 BULK", "1 2", "34|xy12|"],
  ["a b RIGHT LEFT COUNT 2 OBO", "3 4", "12|34xy|"],
  ["a b RIGHT LEFT COUNT 2 BULK", "3 4", "12|34xy|"],
  ["a b RIGHT RIGHT COUNT 2 OBO", "4 3", "12|xy43|"],
  ["a b RIGHT RIGHT count 2 bulk", "3 4", "12|xy34|"],
  ["a new LEFT LEFT COUNT 3 obo", "3 2 1", "4|xy|321"],
  // COUNT takes what there is, EXACTLY all or nothing.
  ["a b LEFT RIGHT COUNT 9 BULK", "1 2 3 4", "|xy1234|"],
  ["a b LEFT RIGHT COUNT 9223372036854775807 OBO", "1 2 3 4", "|xy1234|"],
  ["a b LEFT RIGHT EXACTLY 4 BULK", "1 2 3 4", "|xy1234|"],
  ["a b LEFT LEFT exactly 3 OBO", "3 2 1", "4|321xy|"],
  // The same list: all are taken before the first is pushed.
  ["a a LEFT RIGHT", "1", "2341|xy|"],
  ["a a LEFT LEFT COUNT 2 OBO", "2 1", "2134|xy|"],
  ["a a LEFT LEFT COUNT 2 BULK", "1 2", "1234|xy|"],
  ["a a LEFT RIGHT COUNT 2 BULK", "1 2", "3412|xy|"],
  ["a a RIGHT LEFT COUNT 3 OBO", "2 3 4", "2341|xy|"],
  ["a a RIGHT RIGHT COUNT 9 OBO", "4 3 2 1", "4321|xy|"],
  ["a a LEFT RIGHT EXACTLY 4 OBO", "1 2 3 4", "1234|xy|"],
  // Nothing to move: the destination is not looked at.
  ["none b LEFT LEFT", "", UNCHANGED],
  ["none b LEFT LEFT COUNT 2 OBO", "", UNCHANGED],
  ["none str LEFT LEFT COUNT 2 OBO", "", UNCHANGED],
])(
  "LMOVEM %s moves %j, which leaves %s; its effect and BLMOVEM do the same",
  (args, moved, left) => {
    const { node, client } = start();
    expect(client.send(`LMOVEM ${args}`)).toBe(array(moved));
    expect(contents(client)).toBe(left);
    const replica = start().client;
    replica.replay(node.effects);
    expect(contents(replica)).toBe(left);
    if (moved === "") expect(node.effects).toEqual([]);
    const [, move = "", amount = ""] = /^(\S+ \S+ \S+ \S+)(.*)$/.exec(args) ?? [];
    const blocking = start().client;
    expect(blocking.send(`BLMOVEM ${move} 0${amount}`)).toBe(moved === "" ? "" : array(moved));
  },
);

test.each([
  ["a b LEFT RIGHT EXACTLY 5 BULK"],
  ["none b LEFT RIGHT EXACTLY 1 OBO"],
  ["a str LEFT RIGHT EXACTLY 5 BULK"],
  ["a a LEFT RIGHT EXACTLY 5 OBO"],
])("LMOVEM %s moves nothing and answers null", (args) => {
  const { node, client } = start();
  expect(client.send(`LMOVEM ${args}`)).toBe("*-1");
  expect(client.send("HELLO 3")).not.toBe("");
  expect(client.send(`LMOVEM ${args}`)).toBe("_");
  expect(contents(client)).toBe(UNCHANGED);
  expect(node.effects).toEqual([]);
});

test.each([
  ["LMOVEM a b LEFT", arity("lmovem")],
  ["BLMOVEM a b LEFT LEFT", arity("blmovem")],
  ["LMOVEM a b UP LEFT", SYNTAX],
  ["LMOVEM a b LEFT UP", SYNTAX],
  ["LMOVEM a b LEFT LEFT COUNT", SYNTAX],
  ["LMOVEM a b LEFT LEFT COUNT 2", SYNTAX],
  ["LMOVEM a b LEFT LEFT COUNT 2 OBO more", SYNTAX],
  ["LMOVEM a b LEFT LEFT OBO COUNT 2", SYNTAX],
  ["LMOVEM a b LEFT LEFT SOME 2 OBO", SYNTAX],
  ["LMOVEM a b LEFT LEFT COUNT 2 OTHER", SYNTAX],
  ["LMOVEM a b LEFT LEFT COUNT 0 OBO", NOT_POSITIVE],
  ["LMOVEM a b LEFT LEFT COUNT -1 OBO", NOT_POSITIVE],
  ["LMOVEM a b LEFT LEFT COUNT x OBO", NOT_POSITIVE],
  ["LMOVEM a b LEFT LEFT EXACTLY 0 BULK", NOT_POSITIVE],
  ["LMOVEM str b LEFT LEFT", WRONG_TYPE],
  ["LMOVEM a str LEFT LEFT", WRONG_TYPE],
  ["LMOVEM a str LEFT LEFT COUNT 2 BULK", WRONG_TYPE],
  ["LMOVEM str b LEFT LEFT EXACTLY 9 BULK", WRONG_TYPE],
  ["BLMOVEM a b UP LEFT x", SYNTAX],
  ["BLMOVEM a b LEFT LEFT x COUNT 0 OBO", NOT_A_TIMEOUT],
  ["BLMOVEM a b LEFT LEFT -1", "-ERR timeout is negative"],
  ["BLMOVEM a b LEFT LEFT 0 COUNT 2", SYNTAX],
  ["BLMOVEM a b LEFT LEFT 0 COUNT 0 OBO", NOT_POSITIVE],
  ["BLMOVEM a b LEFT LEFT 0 COUNT 1 OBO more", SYNTAX],
  ["BLMOVEM str b LEFT LEFT 0", WRONG_TYPE],
  ["BLMOVEM a str LEFT LEFT 0", WRONG_TYPE],
])("%s is refused: %s", (request, error) => {
  const { node, client } = start();
  expect(client.send(request)).toBe(error);
  expect(contents(client)).toBe(UNCHANGED);
  expect(node.effects).toEqual([]);
});

test.each([
  ["LMOVEM a b LEFT RIGHT COUNT 2 OBO", "rpush b, lpop a"],
  ["LMOVEM a b RIGHT LEFT COUNT 9 BULK", "lpush b, rpop a, del a"],
  ["LMOVEM a a LEFT RIGHT COUNT 9 BULK", "rpush a, lpop a"],
  ["LMOVEM a b LEFT RIGHT EXACTLY 9 BULK", ""],
])("%s announces as LMOVE does, once: %s", (request, announced) => {
  const { node, client } = start();
  const subscriber = node.connect();
  subscriber.send("PSUBSCRIBE __keyevent@0__:*");
  client.send(request);
  const events = [...subscriber.received().matchAll(/__:(\w+) \$1 (\w)/g)];
  expect(events.map(([, event, key]) => `${event} ${key}`).join(", ")).toBe(announced);
});
