import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: string commands answer as Redis does. Replies up to 7.0 were taken from redis-server 7.0.15; those of 8.4 follow
// its own tests (tests/unit/type/string.tcl).

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const NO_FLOAT = "-ERR value is not a valid float";
const SYNTAX = "-ERR syntax error";
const OVERFLOW = "-ERR increment or decrement would overflow";
const TOO_LONG = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
const NO_PAIRS = "-ERR wrong number of key-value pairs";
const NO_NUMKEYS = "-ERR invalid numkeys value";
const NO_DIGEST = "-ERR must be exactly 16 hexadecimal characters";
const NO_STRING = "-ERR Key should be of string type if conditions are specified";
const NO_CONDITION = "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE";

type Conversation = readonly [sent: readonly string[], received: string];

/** XXH3 of `hello`. */
const HELLO = "9555e8555c62dcfd";
const ZEROS = "0000000000000000";

const CONVERSATIONS: Readonly<Record<string, readonly Conversation[]>> = {
  "APPEND, STRLEN, GETRANGE, SETRANGE": [
    [["APPEND k ab", "APPEND k cd", "GET k"], ":2 :4 $4 abcd"],
    [["APPEND k ", "EXISTS k"], ":0 :1"],
    [["SET k 1 EX 100", "APPEND k 2", "TTL k"], "+OK :2 :100"],
    [["RPUSH l x", "APPEND l y"], `:1 ${WRONG_TYPE}`],
    [["STRLEN k"], ":0"],
    [["SET k héllo", "STRLEN k"], "+OK :6"],
    [["RPUSH l x", "STRLEN l"], `:1 ${WRONG_TYPE}`],
    [["SET k Hello", "GETRANGE k 0 -1"], "+OK $5 Hello"],
    [["SET k Hello", "GETRANGE k 1 2"], "+OK $2 el"],
    [["SET k Hello", "GETRANGE k -3 -2"], "+OK $2 ll"],
    [["SET k Hello", "GETRANGE k 3 1"], "+OK $0"],
    [["SET k Hello", "GETRANGE k 0 -100"], "+OK $1 H"],
    [["SET k Hello", "GETRANGE k -100 -99"], "+OK $1 H"],
    [["SET k Hello", "GETRANGE k -100 -101"], "+OK $0"],
    [["SET k Hello", "GETRANGE k 4 9223372036854775807"], "+OK $1 o"],
    [["SET k Hello", "GETRANGE k 5 9"], "+OK $0"],
    [["SET k ", "GETRANGE k 0 0"], "+OK $0"],
    [["GETRANGE k 0 1"], "$0"],
    [["GETRANGE k x 1"], NO_INTEGER],
    [["GETRANGE k 1 1.5"], NO_INTEGER],
    [["RPUSH l x", "GETRANGE l 0 1"], `:1 ${WRONG_TYPE}`],
    [["RPUSH l x", "GETRANGE l x 1"], `:1 ${NO_INTEGER}`],
    [["SET k Hello", "SUBSTR k 1 3"], "+OK $3 ell"],
    [["SETRANGE k 2 ab", "GET k"], ":4 $4 \0\0ab"],
    [["SET k Hello", "SETRANGE k 1 EY", "GET k"], "+OK :5 $5 HEYlo"],
    [["SET k Hello", "SETRANGE k 4 abc", "GET k"], "+OK :7 $7 Hellabc"],
    [["SET k a EX 100", "SETRANGE k 3 b", "GET k", "TTL k"], "+OK :4 $4 a\0\0b :100"],
    [["SETRANGE k 5 ", "EXISTS k"], ":0 :0"],
    [["SET k ab", "SETRANGE k 9 "], "+OK :2"],
    [["SETRANGE k x a"], NO_INTEGER],
    [["SETRANGE k -1 a"], "-ERR offset is out of range"],
    [["SETRANGE k -1 "], "-ERR offset is out of range"],
    [["RPUSH l x", "SETRANGE l 0 "], `:1 ${WRONG_TYPE}`],
    [["RPUSH l x", "SETRANGE l x a"], `:1 ${NO_INTEGER}`],
    [["SETRANGE k 536870912 a"], TOO_LONG],
    [["SETRANGE k 9223372036854775807 a"], TOO_LONG],
    [["SETRANGE k 9223372036854775807 "], ":0"],
    [["SETRANGE k 9223372036854775808 a"], NO_INTEGER],
  ],
  "INCR and its kin": [
    [["INCR k", "INCR k", "GET k"], ":1 :2 $1 2"],
    [["DECR k"], ":-1"],
    [["SET k 5 EX 100", "DECRBY k 7", "TTL k"], "+OK :-2 :100"],
    [["INCRBY k 9223372036854775807", "INCR k"], `:9223372036854775807 ${OVERFLOW}`],
    [["INCRBY k 9223372036854775807", "INCRBY k -9223372036854775808"], ":9223372036854775807 :-1"],
    [["INCRBY k -9223372036854775808", "DECR k"], `:-9223372036854775808 ${OVERFLOW}`],
    [["DECRBY k -9223372036854775807"], ":9223372036854775807"],
    [["DECRBY k -9223372036854775808"], "-ERR decrement would overflow"],
    [["SET k 9007199254740992", "INCR k"], "+OK :9007199254740993"],
    [["SET k -9007199254740993", "INCRBY k 2"], "+OK :-9007199254740991"],
    [["SET k 01", "INCR k"], `+OK ${NO_INTEGER}`],
    [["SET k ", "INCR k"], `+OK ${NO_INTEGER}`],
    [["SET k 1.0", "DECR k"], `+OK ${NO_INTEGER}`],
    [["INCRBY k 1.0"], NO_INTEGER],
    [["INCRBY k 9223372036854775808"], NO_INTEGER],
    [["DECRBY k x"], NO_INTEGER],
    [["RPUSH l x", "INCR l"], `:1 ${WRONG_TYPE}`],
    [["RPUSH l x", "INCRBY l x"], `:1 ${NO_INTEGER}`],
    [["DECRBY k 0"], ":0"],
    [["INCRBYFLOAT k 10.50", "INCRBYFLOAT k 0.1"], "$4 10.5 $4 10.6"],
    [["SET k 5.0e3", "INCRBYFLOAT k 2.0e2"], "+OK $4 5200"],
    [["SET k 3 EX 100", "INCRBYFLOAT k -3", "TTL k"], "+OK $1 0 :100"],
    [["INCRBYFLOAT k 1e-18"], "$1 0"],
    [["INCRBYFLOAT k abc"], NO_FLOAT],
    [["SET k 1x", "INCRBYFLOAT k 1"], `+OK ${NO_FLOAT}`],
    [["INCRBYFLOAT k inf"], "-ERR increment would produce NaN or Infinity"],
    [["INCRBYFLOAT k nan"], NO_FLOAT],
    [["SET k 1e4932", "INCRBYFLOAT k 1e4932"], "+OK -ERR increment would produce NaN or Infinity"],
    [["RPUSH l x", "INCRBYFLOAT l x"], `:1 ${WRONG_TYPE}`],
    [["SET k ", "INCRBYFLOAT k 1"], `+OK ${NO_FLOAT}`],
  ],
  "SET and its kin": [
    [["MSET a 1 b 2 a 3", "MGET a b c"], "+OK *3 $1 3 $1 2 $-1"],
    [["MSET a"], "-ERR wrong number of arguments for 'mset' command"],
    [["MSET a 1 b"], "-ERR wrong number of arguments for 'mset' command"],
    [["MSETNX a 1 b"], "-ERR wrong number of arguments for 'msetnx' command"],
    [["MSETNX a 1 a 2", "GET a"], ":1 $1 2"],
    [["SET b 1", "MSETNX a 1 b 2", "EXISTS a"], "+OK :0 :0"],
    [["RPUSH l x", "SET a 1", "MGET l a"], ":1 +OK *2 $-1 $1 1"],
    [["RPUSH l x", "MSET l 1", "GET l"], ":1 +OK $1 1"],
    [["SET a 1 EX 100", "MSET a 2", "TTL a"], "+OK +OK :-1"],
    [["SETNX a 1", "SETNX a 2", "GET a"], ":1 :0 $1 1"],
    [["SETEX a 100 v", "TTL a", "GET a"], "+OK :100 $1 v"],
    [["SETEX a 0 v"], "-ERR invalid expire time in 'setex' command"],
    [["SETEX a x v"], NO_INTEGER],
    [["SETEX a -1 v"], "-ERR invalid expire time in 'setex' command"],
    [["SETEX a 9223372036854775807 v"], "-ERR invalid expire time in 'setex' command"],
    [["PSETEX a 100000 v", "TTL a"], "+OK :100"],
    [["PSETEX a 0 v"], "-ERR invalid expire time in 'psetex' command"],
    [["PSETEX a 9223372036854775807 v"], "-ERR invalid expire time in 'psetex' command"],
    [["GETSET a 1", "GETSET a 2"], "$-1 $1 1"],
    [["SET a 1 EX 100", "GETSET a 2", "TTL a"], "+OK $1 1 :-1"],
    [["RPUSH l x", "GETSET l 1"], `:1 ${WRONG_TYPE}`],
    [["SET a 1", "GETDEL a", "GETDEL a"], "+OK $1 1 $-1"],
    [["RPUSH l x", "GETDEL l"], `:1 ${WRONG_TYPE}`],
    [["GETEX a"], "$-1"],
    [["SET a 1", "GETEX a"], "+OK $1 1"],
    [["SET a 1", "GETEX a EX 100", "TTL a"], "+OK $1 1 :100"],
    [["SET a 1 EX 100", "GETEX a PERSIST", "TTL a"], "+OK $1 1 :-1"],
    [["SET a 1", "GETEX a PXAT 99999999999999", "PEXPIRETIME a"], "+OK $1 1 :99999999999999"],
    [["SET a 1", "GETEX a EXAT 1", "EXISTS a"], "+OK $1 1 :0"],
    [["SET a 1", "GETEX a EX 0"], "+OK -ERR invalid expire time in 'getex' command"],
    [["GETEX a EX 0"], "$-1"],
    [["GETEX a EX x"], "$-1"],
    [["SET a 1", "GETEX a PX x"], `+OK ${NO_INTEGER}`],
    [["SET a 1", "GETEX a EX 1 PX 1"], `+OK ${SYNTAX}`],
    [["GETEX a EX"], SYNTAX],
    [["GETEX a PERSIST EX 1"], SYNTAX],
    [["GETEX a KEEPTTL"], SYNTAX],
    [["RPUSH l x", "GETEX l EX 0"], `:1 ${WRONG_TYPE}`],
    [["SET a 1 NX", "SET a 2 NX", "GET a"], "+OK $-1 $1 1"],
    [["SET a 1 XX", "SET a 1", "SET a 2 xx", "GET a"], "$-1 +OK +OK $1 2"],
    [["SET a 1 NX XX"], SYNTAX],
    [["SET a 1 GET", "SET a 2 GET"], "$-1 $1 1"],
    [["SET a 1", "SET a 2 NX GET", "GET a"], "+OK $1 1 $1 1"],
    [["SET a 2 XX GET", "EXISTS a"], "$-1 :0"],
    [["RPUSH l x", "SET l 1 GET"], `:1 ${WRONG_TYPE}`],
    [["RPUSH l x", "SET l 1 NX GET"], `:1 ${WRONG_TYPE}`],
    [["RPUSH l x", "SET l 1", "TYPE l"], ":1 +OK +string"],
    [["SET a 1 EX 100", "SET a 2 KEEPTTL", "TTL a"], "+OK +OK :100"],
    [["SET a 1 EX 100", "SET a 2", "TTL a"], "+OK +OK :-1"],
    [["SET a 1 KEEPTTL EX 100"], SYNTAX],
    [["SET a 1 EX 100 PX 100"], SYNTAX],
    [["SET a 1 EX 100 EX 200", "TTL a"], "+OK :200"],
    [["SET a 1 EX"], SYNTAX],
    [["SET a 1 EX 0"], "-ERR invalid expire time in 'set' command"],
    [["SET a 1 EX -1"], "-ERR invalid expire time in 'set' command"],
    [["SET a 1 EX 1.5"], NO_INTEGER],
    [["SET a 1 EX 9223372036854775807"], "-ERR invalid expire time in 'set' command"],
    [["SET a 1 EX x NX XX"], SYNTAX],
    [["SET a 1 PERSIST"], SYNTAX],
    [["SET a 1 PXAT 1", "GET a"], "+OK $-1"],
    [["RPUSH l x", "SET l 1 EX 0 GET"], ":1 -ERR invalid expire time in 'set' command"],
  ],
  "comparisons of 8.4": [
    [["DIGEST k"], "$-1"],
    [["SET k hello", "DIGEST k"], `+OK $16 ${HELLO}`],
    [["SET k ", "DIGEST k"], "+OK $16 2d06800538d394c2"],
    [["RPUSH l x", "DIGEST l"], `:1 ${WRONG_TYPE}`],
    [["SET k v IFEQ a", "EXISTS k"], "$-1 :0"],
    [["SET k v IFNE a", "GET k"], "+OK $1 v"],
    [["SET k v IFDEQ short", "EXISTS k"], "$-1 :0"],
    [["SET k v IFDNE short", "GET k"], "+OK $1 v"],
    [["SET k a", "SET k v IFEQ a", "GET k"], "+OK +OK $1 v"],
    [["SET k a", "SET k v ifeq b", "GET k"], "+OK $-1 $1 a"],
    [["SET k a", "SET k v IFNE a", "GET k"], "+OK $-1 $1 a"],
    [["SET k a", "SET k v IFNE b", "GET k"], "+OK +OK $1 v"],
    [["SET k a", "SET k v IFEQ a GET", "GET k"], "+OK $1 a $1 v"],
    [["SET k a", "SET k v GET IFEQ b", "GET k"], "+OK $1 a $1 a"],
    [["SET k a", "SET k v IFEQ a EX 100", "TTL k"], "+OK +OK :100"],
    [["SET k a EX 100", "SET k v IFEQ b", "TTL k"], "+OK $-1 :100"],
    [["SET k a EX 100", "SET k v IFEQ a KEEPTTL", "TTL k"], "+OK +OK :100"],
    [["SET k ", "SET k v IFEQ ", "GET k"], "+OK +OK $1 v"],
    [["SET k hello", `SET k v IFDEQ ${HELLO}`, "GET k"], "+OK +OK $1 v"],
    [["SET k hello", `SET k v IFDEQ ${HELLO.toUpperCase()}`], "+OK +OK"],
    [["SET k hello", `SET k v IFDEQ ${ZEROS}`], "+OK $-1"],
    [["SET k hello", `SET k v IFDNE ${HELLO}`], "+OK $-1"],
    [["SET k hello", `SET k v IFDNE ${ZEROS}`], "+OK +OK"],
    [["SET k hello", "SET k v IFDEQ 123"], `+OK ${NO_DIGEST}`],
    [["SET k hello", "SET k v IFDNE 123 GET", "GET k"], `+OK ${NO_DIGEST} $5 hello`],
    [["RPUSH l x", "SET l v IFEQ x"], `:1 ${WRONG_TYPE}`],
    [["RPUSH l x", "SET l v IFDNE 123"], `:1 ${WRONG_TYPE}`],
    [["SET k v IFEQ a NX"], SYNTAX],
    [["SET k v XX IFEQ a"], SYNTAX],
    [["SET k v IFEQ a IFNE b"], SYNTAX],
    [["SET k v IFEQ"], SYNTAX],
    [["SET k a", "DELEX k", "EXISTS k"], "+OK :1 :0"],
    [["DELEX k"], ":0"],
    [["RPUSH l x", "DELEX l"], ":1 :1"],
    [["SET k a", "DELEX k IFEQ b", "DELEX k IFEQ a"], "+OK :0 :1"],
    [["SET k a", "DELEX k IFNE a", "DELEX k ifne b"], "+OK :0 :1"],
    [["SET k hello", `DELEX k IFDEQ ${ZEROS}`, `DELEX k IFDEQ ${HELLO}`], "+OK :0 :1"],
    [["SET k hello", `DELEX k IFDNE ${HELLO}`, `DELEX k IFDNE ${ZEROS}`], "+OK :0 :1"],
    [["SET k hello", "DELEX k IFDEQ 123"], `+OK ${NO_DIGEST}`],
    [["DELEX k IFDEQ 123"], ":0"],
    [["DELEX k WHEN a"], ":0"],
    [["SET k a", "DELEX k WHEN a"], `+OK ${NO_CONDITION}`],
    [["RPUSH l x", "DELEX l WHEN a"], `:1 ${NO_STRING}`],
    [["DELEX k IFEQ"], "-ERR wrong number of arguments for 'delex' command"],
    [["DELEX k IFEQ a b"], "-ERR wrong number of arguments for 'delex' command"],
    [["SET k a", "DELIFEQ k b", "DELIFEQ k a", "EXISTS k"], "+OK :0 :1 :0"],
    [["DELIFEQ k a"], ":0"],
    [["RPUSH l x", "DELIFEQ l x"], `:1 ${WRONG_TYPE}`],
  ],
  MSETEX: [
    [["MSETEX 2 a 1 b 2", "MGET a b", "TTL a"], ":1 *2 $1 1 $1 2 :-1"],
    [["MSETEX 2 a 1 b 2 EX 100", "TTL a", "TTL b"], ":1 :100 :100"],
    [["MSETEX 1 a 1 PXAT 99999999999999", "PEXPIRETIME a"], ":1 :99999999999999"],
    [["SET a 1 EX 100", "MSETEX 2 a 2 b 3 KEEPTTL", "TTL a", "TTL b"], "+OK :1 :100 :-1"],
    [["SET a 1 EX 100", "MSETEX 1 a 2", "TTL a"], "+OK :1 :-1"],
    [["SET a 1", "MSETEX 2 a 2 b 2 NX", "EXISTS b"], "+OK :0 :0"],
    [["SET a 1", "MSETEX 2 a 2 b 2 XX", "GET a"], "+OK :0 $1 1"],
    [["SET a 1", "MSETEX 2 a 2 a 3 EX 9 xx", "GET a"], "+OK :1 $1 3"],
    [["MSETEX 1 a 1 b 2"], SYNTAX],
    [["MSETEX 1 a 1 NX XX"], SYNTAX],
    [["MSETEX 1 a 1 GET"], SYNTAX],
    [["MSETEX 1 a 1 EX 5 KEEPTTL"], SYNTAX],
    [["MSETEX 1 a 1 EX 0"], "-ERR invalid expire time in 'msetex' command"],
    [["MSETEX 1 a 1 EX x"], NO_INTEGER],
    [["MSETEX 2 a 1 b"], NO_PAIRS],
    [["MSETEX 2147483647 a 1"], NO_PAIRS],
    [["MSETEX 2147483648 a 1"], NO_NUMKEYS],
    [["MSETEX 0 a 1"], NO_NUMKEYS],
    [["MSETEX x a 1"], NO_NUMKEYS],
  ],
};

describe.each(Object.entries(CONVERSATIONS))("%s", (_, conversations) => {
  test.each(conversations)("%j are answered %j", (sent, received) => {
    expect(new SocketlessNode().connect().send(...sent)).toBe(received);
  });
});

test("a string never grows beyond proto-max-bulk-len", () => {
  const client = new SocketlessNode("--proto-max-bulk-len", "1mb").connect();
  expect(client.send("SETRANGE k 1048575 a", "APPEND k b", "SETRANGE k 1048576 b")).toBe(
    `:1048576 ${TOO_LONG} ${TOO_LONG}`,
  );
  expect(client.send("STRLEN k", "APPEND k ")).toBe(":1048576 :1048576");
});

test("all byte values survive APPEND, SETRANGE and GETRANGE", () => {
  const client = new SocketlessNode().connect();
  const every = String.fromCodePoint(...Array.from({ length: 128 }, (_, code) => code + 128));
  client.send(`APPEND k ${every}`, `SETRANGE k 256 ${every}`);
  expect(client.send("GETRANGE k 0 255")).toBe(client.send("GETRANGE k 256 511"));
  expect(client.send("GETRANGE k 0 1")).toBe("$2 \xc2\x80");
});

test("many small pieces make one string", () => {
  const client = new SocketlessNode().connect();
  const pieces = Array.from({ length: 3000 }, (_, index) => `piece-${index}`);
  for (const piece of pieces) client.send(`APPEND k ${piece}`);
  const whole = pieces.join("");
  expect(client.send("GET k")).toBe(`$${whole.length} ${whole}`);
});
