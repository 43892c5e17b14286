import { describe, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: commands on lists answer, change and announce what redis-server 7.0.15 does, and their effects repeat it.
// Method: each request on the same three lists; what follows it was written down from redis-server.

const SETUP = ["RPUSH l a b a c a", "RPUSH m x", "SET str v"];
/** Contents of l, m and n. */
const AT_FIRST = "abaca|x|";

/** A client of a node with the lists, and a subscriber to everything that happens to keys. */
function start(): { node: SocketlessNode; client: SocketlessClient; events: () => string } {
  const node = new SocketlessNode("--notify-keyspace-events", "EA");
  const client = node.connect();
  client.send(...SETUP);
  node.effects.length = 0;
  const subscriber = node.connect();
  subscriber.send("PSUBSCRIBE __keyevent@0__:*");
  const events = (): string =>
    [...subscriber.received().matchAll(/__keyevent@0__:(\w+) \$\d+ (\w+)/g)]
      .map(([, event, key]) => `${event} ${key}`)
      .join(", ");
  return { node, client, events };
}

function contents(client: SocketlessClient): string {
  const lists = ["l", "m", "n"].map((key) => client.send(`LRANGE ${key} 0 -1`));
  return lists.map((reply) => reply.replaceAll(/[*$]\d+ ?| /g, "")).join("|");
}

const ROWS: readonly (readonly [request: string, reply: string, lists: string, events: string])[] = [
  ["LPUSH l z", ":6", "zabaca|x|", "lpush l"],
  ["LPUSH n 1 2 3", ":3", "abaca|x|321", "lpush n"],
  ["RPUSH l y z", ":7", "abacayz|x|", "rpush l"],
  ["RPUSH n 1 2", ":2", "abaca|x|12", "rpush n"],
  ["LPUSHX l z y", ":7", "yzabaca|x|", "lpush l"],
  ["LPUSHX n z", ":0", AT_FIRST, ""],
  ["RPUSHX l y z", ":7", "abacayz|x|", "rpush l"],
  ["RPUSHX n z", ":0", AT_FIRST, ""],
  ["LPOP l", "$1 a", "baca|x|", "lpop l"],
  ["LPOP m", "$1 x", "abaca||", "lpop m, del m"],
  ["LPOP n", "$-1", AT_FIRST, ""],
  ["LPOP l 2", "*2 $1 a $1 b", "aca|x|", "lpop l"],
  ["LPOP l 9", "*5 $1 a $1 b $1 a $1 c $1 a", "|x|", "lpop l, del l"],
  ["LPOP l 0", "*0", AT_FIRST, ""],
  ["LPOP n 2", "*-1", AT_FIRST, ""],
  ["RPOP l", "$1 a", "abac|x|", "rpop l"],
  ["RPOP m", "$1 x", "abaca||", "rpop m, del m"],
  ["RPOP l 3", "*3 $1 a $1 c $1 a", "ab|x|", "rpop l"],
  ["RPOP l 9", "*5 $1 a $1 c $1 a $1 b $1 a", "|x|", "rpop l, del l"],
  ["LLEN l", ":5", AT_FIRST, ""],
  ["LLEN n", ":0", AT_FIRST, ""],
  ["LRANGE l 0 -1", "*5 $1 a $1 b $1 a $1 c $1 a", AT_FIRST, ""],
  ["LRANGE l 1 2", "*2 $1 b $1 a", AT_FIRST, ""],
  ["LRANGE l -2 9", "*2 $1 c $1 a", AT_FIRST, ""],
  ["LRANGE l -99 0", "*1 $1 a", AT_FIRST, ""],
  ["LRANGE l 3 1", "*0", AT_FIRST, ""],
  ["LRANGE l 5 9", "*0", AT_FIRST, ""],
  ["LRANGE n 0 -1", "*0", AT_FIRST, ""],
  ["LINDEX l 0", "$1 a", AT_FIRST, ""],
  ["LINDEX l 3", "$1 c", AT_FIRST, ""],
  ["LINDEX l -1", "$1 a", AT_FIRST, ""],
  ["LINDEX l -5", "$1 a", AT_FIRST, ""],
  ["LINDEX l -6", "$-1", AT_FIRST, ""],
  ["LINDEX l 5", "$-1", AT_FIRST, ""],
  ["LINDEX n 0", "$-1", AT_FIRST, ""],
  ["LINDEX n x", "$-1", AT_FIRST, ""],
  ["LSET l 0 z", "+OK", "zbaca|x|", "lset l"],
  ["LSET l -1 z", "+OK", "abacz|x|", "lset l"],
  ["LSET l 2 a", "+OK", AT_FIRST, "lset l"],
  ["LINSERT l BEFORE a z", ":6", "zabaca|x|", "linsert l"],
  ["LINSERT l after a z", ":6", "azbaca|x|", "linsert l"],
  ["LINSERT l AFTER c z", ":6", "abacza|x|", "linsert l"],
  ["LINSERT l BEFORE nope z", ":-1", AT_FIRST, ""],
  ["LINSERT n BEFORE a z", ":0", AT_FIRST, ""],
  ["LREM l 0 a", ":3", "bc|x|", "lrem l"],
  ["LREM l 1 a", ":1", "baca|x|", "lrem l"],
  ["LREM l 2 a", ":2", "bca|x|", "lrem l"],
  ["LREM l -1 a", ":1", "abac|x|", "lrem l"],
  ["LREM l -2 a", ":2", "abc|x|", "lrem l"],
  ["LREM l 9 a", ":3", "bc|x|", "lrem l"],
  ["LREM l 0 nope", ":0", AT_FIRST, ""],
  ["LREM m 0 x", ":1", "abaca||", "lrem m, del m"],
  ["LREM n 0 a", ":0", AT_FIRST, ""],
  ["LREM l -9223372036854775808 a", ":3", "bc|x|", "lrem l"],
  ["LTRIM l 1 3", "+OK", "bac|x|", "ltrim l"],
  ["LTRIM l 0 -1", "+OK", AT_FIRST, "ltrim l"],
  ["LTRIM l -2 -1", "+OK", "ca|x|", "ltrim l"],
  ["LTRIM l 3 1", "+OK", "|x|", "ltrim l, del l"],
  ["LTRIM l 9 9", "+OK", "|x|", "ltrim l, del l"],
  ["LTRIM l -99 1", "+OK", "ab|x|", "ltrim l"],
  ["LTRIM n 0 1", "+OK", AT_FIRST, ""],
  ["LPOS l a", ":0", AT_FIRST, ""],
  ["LPOS l a RANK 2", ":2", AT_FIRST, ""],
  ["LPOS l a RANK 4", "$-1", AT_FIRST, ""],
  ["LPOS l a RANK -1", ":4", AT_FIRST, ""],
  ["LPOS l a RANK -2", ":2", AT_FIRST, ""],
  ["LPOS l a COUNT 0", "*3 :0 :2 :4", AT_FIRST, ""],
  ["LPOS l a COUNT 2", "*2 :0 :2", AT_FIRST, ""],
  ["LPOS l a RANK 2 COUNT 2", "*2 :2 :4", AT_FIRST, ""],
  ["LPOS l a RANK -1 COUNT 2", "*2 :4 :2", AT_FIRST, ""],
  ["LPOS l a COUNT 0 MAXLEN 3", "*2 :0 :2", AT_FIRST, ""],
  ["LPOS l c MAXLEN 3", "$-1", AT_FIRST, ""],
  ["LPOS l c MAXLEN 4", ":3", AT_FIRST, ""],
  ["LPOS l b RANK -1 MAXLEN 3", "$-1", AT_FIRST, ""],
  ["LPOS l b RANK -1 MAXLEN 4", ":1", AT_FIRST, ""],
  ["LPOS l nope", "$-1", AT_FIRST, ""],
  ["LPOS l nope COUNT 1", "*0", AT_FIRST, ""],
  ["LPOS n a", "$-1", AT_FIRST, ""],
  ["LPOS n a COUNT 1", "*0", AT_FIRST, ""],
  ["LPOS l a rank 1 RANK -1", ":4", AT_FIRST, ""],
  ["LMOVE l m LEFT LEFT", "$1 a", "baca|ax|", "lpush m, lpop l"],
  ["LMOVE l m left RIGHT", "$1 a", "baca|xa|", "rpush m, lpop l"],
  ["LMOVE l m Right LEFT", "$1 a", "abac|ax|", "lpush m, rpop l"],
  ["LMOVE l m RIGHT RIGHT", "$1 a", "abac|xa|", "rpush m, rpop l"],
  ["LMOVE l n LEFT LEFT", "$1 a", "baca|x|a", "lpush n, lpop l"],
  ["LMOVE m l LEFT RIGHT", "$1 x", "abacax||", "rpush l, lpop m, del m"],
  ["LMOVE l l LEFT RIGHT", "$1 a", "bacaa|x|", "rpush l, lpop l"],
  ["LMOVE l l RIGHT LEFT", "$1 a", "aabac|x|", "lpush l, rpop l"],
  ["LMOVE l l LEFT LEFT", "$1 a", AT_FIRST, "lpush l, lpop l"],
  ["LMOVE m m LEFT RIGHT", "$1 x", AT_FIRST, "rpush m, lpop m"],
  ["LMOVE n l LEFT LEFT", "$-1", AT_FIRST, ""],
  ["LMOVE n str LEFT LEFT", "$-1", AT_FIRST, ""],
  ["RPOPLPUSH l m", "$1 a", "abac|ax|", "lpush m, rpop l"],
  ["RPOPLPUSH l l", "$1 a", "aabac|x|", "lpush l, rpop l"],
  ["RPOPLPUSH m n", "$1 x", "abaca||x", "lpush n, rpop m, del m"],
  ["RPOPLPUSH n l", "$-1", AT_FIRST, ""],
  ["RPOPLPUSH n str", "$-1", AT_FIRST, ""],
  ["LMPOP 1 l LEFT", "*2 $1 l *1 $1 a", "baca|x|", "lpop l"],
  ["LMPOP 1 l RIGHT COUNT 2", "*2 $1 l *2 $1 a $1 c", "aba|x|", "rpop l"],
  ["LMPOP 2 n l LEFT", "*2 $1 l *1 $1 a", "baca|x|", "lpop l"],
  ["LMPOP 2 n m RIGHT COUNT 9", "*2 $1 m *1 $1 x", "abaca||", "rpop m, del m"],
  ["LMPOP 2 l str LEFT", "*2 $1 l *1 $1 a", "baca|x|", "lpop l"],
  ["LMPOP 1 n LEFT", "*-1", AT_FIRST, ""],
  ["BLPOP l 0", "*2 $1 l $1 a", "baca|x|", "lpop l"],
  ["BLPOP n m 0", "*2 $1 m $1 x", "abaca||", "lpop m, del m"],
  ["BRPOP n l 0", "*2 $1 l $1 a", "abac|x|", "rpop l"],
  ["BLMPOP 0 2 n l RIGHT COUNT 2", "*2 $1 l *2 $1 a $1 c", "aba|x|", "rpop l"],
  ["BLMPOP 0 1 m LEFT", "*2 $1 m *1 $1 x", "abaca||", "lpop m, del m"],
  ["BLMOVE l m LEFT RIGHT 0", "$1 a", "baca|xa|", "rpush m, lpop l"],
  ["BLMOVE m n LEFT RIGHT 0", "$1 x", "abaca||x", "rpush n, lpop m, del m"],
  ["BLMOVE l l RIGHT LEFT 0", "$1 a", "aabac|x|", "lpush l, rpop l"],
  ["BRPOPLPUSH l m 0", "$1 a", "abac|ax|", "lpush m, rpop l"],
]; // prettier-ignore

describe("a request on l = a b a c a, m = x and no n", () => {
  test.each(ROWS)(
    "%s is answered %s, leaves %s and announces: %s",
    (request, reply, lists, announced) => {
      const { node, client, events } = start();
      expect(client.send(request)).toBe(reply);
      expect(events()).toBe(announced);
      expect(contents(client)).toBe(lists);
      if (announced === "") expect(node.effects).toEqual([]);
      const replica = start();
      replica.client.replay(node.effects);
      expect(contents(replica.client)).toBe(lists);
    },
  );
});

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";
const SYNTAX = "-ERR syntax error";
const NOT_POSITIVE = "-ERR value is out of range, must be positive";
const KEYS_NOT_POSITIVE = "-ERR numkeys should be greater than 0";
const COUNT_NOT_POSITIVE = "-ERR count should be greater than 0";
const NOT_A_TIMEOUT = "-ERR timeout is not a float or out of range";
const RANK_IS_ZERO =
  "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list";
const RANK_OUT_OF_RANGE =
  "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
const arity = (name: string): string => `-ERR wrong number of arguments for '${name}' command`;

const REFUSALS: readonly (readonly [request: string, error: string])[] = [
  ["LPUSH l", arity("lpush")],
  ["LPUSH str a", WRONG_TYPE],
  ["RPUSH str a", WRONG_TYPE],
  ["LPUSHX str a", WRONG_TYPE],
  ["RPUSHX l", arity("rpushx")],
  ["LPOP", arity("lpop")],
  ["LPOP str", WRONG_TYPE],
  ["LPOP l -1", NOT_POSITIVE],
  ["LPOP l x", NOT_POSITIVE],
  ["LPOP str -1", NOT_POSITIVE],
  ["LPOP l 1 2", arity("lpop")],
  ["RPOP l 1 2", arity("rpop")],
  ["LLEN str", WRONG_TYPE],
  ["LLEN", arity("llen")],
  ["LRANGE str 0 1", WRONG_TYPE],
  ["LRANGE str x 1", NOT_AN_INTEGER],
  ["LRANGE l 0 1.5", NOT_AN_INTEGER],
  ["LINDEX str x", WRONG_TYPE],
  ["LINDEX l x", NOT_AN_INTEGER],
  ["LINDEX l 9223372036854775808", NOT_AN_INTEGER],
  ["LSET n 0 a", "-ERR no such key"],
  ["LSET n x a", "-ERR no such key"],
  ["LSET str x a", WRONG_TYPE],
  ["LSET l x a", NOT_AN_INTEGER],
  ["LSET l 5 a", "-ERR index out of range"],
  ["LSET l -6 a", "-ERR index out of range"],
  ["LINSERT l x a b", SYNTAX],
  ["LINSERT str x a b", SYNTAX],
  ["LINSERT str BEFORE a b", WRONG_TYPE],
  ["LREM str x a", NOT_AN_INTEGER],
  ["LREM str 0 a", WRONG_TYPE],
  ["LREM l x a", NOT_AN_INTEGER],
  ["LTRIM str x 1", NOT_AN_INTEGER],
  ["LTRIM str 0 1", WRONG_TYPE],
  ["LPOS str a", WRONG_TYPE],
  ["LPOS str a RANK 0", RANK_IS_ZERO],
  ["LPOS l a RANK x", NOT_AN_INTEGER],
  ["LPOS l a COUNT -1", "-ERR COUNT can't be negative"],
  ["LPOS l a COUNT x", "-ERR COUNT can't be negative"],
  ["LPOS l a MAXLEN -1", "-ERR MAXLEN can't be negative"],
  ["LPOS l a RANK", SYNTAX],
  ["LPOS l a FOO 1", SYNTAX],
  ["LPOS l a RANK 1 RANK 0", RANK_IS_ZERO],
  ["LMOVE l m LEFT UP", SYNTAX],
  ["LMOVE l m UP LEFT", SYNTAX],
  ["LMOVE l str LEFT LEFT", WRONG_TYPE],
  ["LMOVE str l LEFT LEFT", WRONG_TYPE],
  ["LMOVE l m LEFT", arity("lmove")],
  ["RPOPLPUSH str l", WRONG_TYPE],
  ["RPOPLPUSH l str", WRONG_TYPE],
  ["LMPOP 0 l LEFT", KEYS_NOT_POSITIVE],
  ["LMPOP x l LEFT", KEYS_NOT_POSITIVE],
  ["LMPOP -1 l LEFT", KEYS_NOT_POSITIVE],
  ["LMPOP 2 l LEFT", SYNTAX],
  ["LMPOP 1 l UP", SYNTAX],
  ["LMPOP 1 l LEFT COUNT", SYNTAX],
  ["LMPOP 1 l LEFT COUNT 0", COUNT_NOT_POSITIVE],
  ["LMPOP 1 l LEFT COUNT x", COUNT_NOT_POSITIVE],
  ["LMPOP 1 l LEFT FOO 1", SYNTAX],
  ["LMPOP 1 l LEFT COUNT 1 COUNT 1", SYNTAX],
  ["LMPOP 2 str l LEFT", WRONG_TYPE],
  ["LMPOP 9223372036854775807 l LEFT", SYNTAX],
  ["BLMPOP x 0 l LEFT", KEYS_NOT_POSITIVE],
  ["BLMPOP x 1 l UP", SYNTAX],
  ["BLMPOP x 1 l LEFT COUNT 0", COUNT_NOT_POSITIVE],
  ["BLMPOP x 1 l LEFT", NOT_A_TIMEOUT],
  ["BLMPOP -1 1 l LEFT", "-ERR timeout is negative"],
  ["BLMPOP 0 2 str l LEFT", WRONG_TYPE],
  ["BLPOP l x", NOT_A_TIMEOUT],
  ["BLPOP l -1", "-ERR timeout is negative"],
  ["BLPOP str 0", WRONG_TYPE],
  ["BLMOVE l m LEFT UP x", SYNTAX],
  ["BLMOVE l m LEFT LEFT x", NOT_A_TIMEOUT],
  ["BLMOVE l m LEFT LEFT -1", "-ERR timeout is negative"],
  ["BLMOVE str l LEFT LEFT 0", WRONG_TYPE],
  ["BLMOVE l str LEFT LEFT 0", WRONG_TYPE],
  ["BRPOPLPUSH l m x", NOT_A_TIMEOUT],
  ["BRPOPLPUSH str l 0", WRONG_TYPE],
  ["BRPOPLPUSH l str 0", WRONG_TYPE],
  ["LPOS l a RANK -9223372036854775808", RANK_OUT_OF_RANGE], // 7.0 overflows: this is 7.2
]; // prettier-ignore

describe("a request that is refused changes nothing", () => {
  test.each(REFUSALS)("%s: %s", (request, error) => {
    const { node, client, events } = start();
    expect(client.send(request)).toBe(error);
    expect(contents(client)).toBe(AT_FIRST);
    expect(client.send("GET str")).toBe("$1 v");
    expect(events()).toBe("");
    expect(node.effects).toEqual([]);
  });
});

test("in RESP3 what is missing is null, and everything else is as in RESP2", () => {
  const { client } = start();
  client.send("HELLO 3");
  expect(client.send("LPOP n", "LPOP n 1", "LINDEX n 0", "LMOVE n l LEFT LEFT")).toBe("_ _ _ _");
  expect(client.send("LMPOP 1 n LEFT", "LPOS l z", "LPOP l 0")).toBe("_ _ *0");
  expect(client.send("LMPOP 1 l LEFT COUNT 2")).toBe("*2 $1 l *2 $1 a $1 b");
});

test("LTRIM that removes nothing changes the key for who watches it, and has no effect elsewhere", () => {
  const { node, client } = start();
  const other = node.connect();
  expect(client.send("WATCH l", "MULTI", "LLEN l")).toBe("+OK +OK +QUEUED");
  expect(other.send("LTRIM l 0 -1")).toBe("+OK");
  expect(client.send("EXEC")).toBe("*-1");
  expect(node.effects).toEqual([]);
});

test("a list that is emptied takes its expiry with it", () => {
  const { client } = start();
  client.send("EXPIRE m 100", "LMOVE m l LEFT LEFT", "RPUSH m y");
  expect(client.send("TTL m")).toBe(":-1");
});
