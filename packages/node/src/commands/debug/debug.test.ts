import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: DEBUG answers as redis-server 7.0.15 with enable-debug-command yes, every type of RESP byte for byte, and
// nobody may use it who is not allowed to.

function debugged(): SocketlessNode {
  return new SocketlessNode("--enable-debug-command", "yes");
}

test.each(["no", "local"])("with enable-debug-command %s a stranger is refused", (allowed) => {
  const client = new SocketlessNode("--enable-debug-command", allowed).connect();
  expect(client.send("DEBUG SLEEP 0")).toBe(
    '-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a ' +
      "local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
  );
});

test.each([
  ["DEBUG", "-ERR wrong number of arguments for 'debug' command"],
  ...["nosuch", "help x", "digest x", "sleep", "sleep 0 x", "object", "log", "error a b"].map(
    (request) => [
      `DEBUG ${request}`,
      `-ERR unknown subcommand or wrong number of arguments for '${request.split(" ", 1)[0]}'. Try DEBUG HELP.`,
    ],
  ),
  ["DEBUG SLEEP 0", "+OK"],
  ["DEBUG SLEEP x", "+OK"],
  ["DEBUG LOG hello", "+OK"],
  ["DEBUG ERROR FOO", "-FOO"],
  ["DEBUG OBJECT k", "-ERR no such key"],
  ["DEBUG LISTPACK k", "-ERR no such key"],
  ["DEBUG RELOAD", "-ERR DEBUG RELOAD is not possible: nothing is saved yet"],
  ["DEBUG STRINGMATCH-LEN a* abc", ":1"],
  ["DEBUG STRINGMATCH-LEN a? abc", ":0"],
  ["DEBUG QUICKLIST-PACKED-THRESHOLD 100b", "+OK"],
  ...["x", "-1", "4gb", "5gb"].map((size) => [
    `DEBUG QUICKLIST-PACKED-THRESHOLD ${size}`,
    "-ERR argument must be a memory value bigger than 1 and smaller than 4gb",
  ]),
  ["DEBUG POPULATE x", "-ERR value is out of range, must be positive"],
  ["DEBUG POPULATE -1", "-ERR value is out of range, must be positive"],
  ["DEBUG POPULATE 1 key x", "-ERR value is out of range, must be positive"],
])("%s is answered %s", (request, reply) => {
  expect(debugged().connect().send(request)).toBe(reply);
});

describe("DEBUG PROTOCOL", () => {
  test.each([
    ["string", "$11\r\nHello World\r\n", undefined],
    ["integer", ":12345\r\n", undefined],
    ["double", "$5\r\n3.141\r\n", ",3.141\r\n"],
    [
      "bignum",
      "$37\r\n1234567999999999999999999999999999999\r\n",
      "(1234567999999999999999999999999999999\r\n",
    ],
    ["null", "$-1\r\n", "_\r\n"],
    ["array", "*3\r\n:0\r\n:1\r\n:2\r\n", undefined],
    ["set", "*3\r\n:0\r\n:1\r\n:2\r\n", "~3\r\n:0\r\n:1\r\n:2\r\n"],
    [
      "map",
      "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
      "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
    ],
    [
      "attrib",
      "$39\r\nSome real reply following the attribute\r\n",
      "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n",
    ],
    [
      "push",
      "-ERR RESP2 is not supported by this command\r\n",
      ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n",
    ],
    [
      "verbatim",
      "$25\r\nThis is a verbatim\nstring\r\n",
      "=29\r\ntxt:This is a verbatim\nstring\r\n",
    ],
    ["true", ":1\r\n", "#t\r\n"],
    ["FALSE", ":0\r\n", "#f\r\n"],
    [
      "nosuch",
      "-ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false\r\n",
      undefined,
    ],
  ])("%s", (type, resp2, resp3 = resp2) => {
    const client = debugged().connect();
    for (const [hello, reply] of [
      ["HELLO 2", resp2],
      ["HELLO 3", resp3],
    ] as const) {
      client.send(hello);
      expect(client.send(`DEBUG PROTOCOL ${type}`)).toBe(reply.replaceAll("\r\n", " ").trimEnd());
    }
  });
});

describe("DEBUG DIGEST", () => {
  const DATA = [
    ...["SET a 1", "SET b 2 EX 1000", "RPUSH l 1 2 a", "SADD s a b c 1 2", "SADD i 1 2 3 -5 70000"],
    ...["XADD x 1-1 a b", "XADD x 2-1 a b c d"],
  ];

  test("is that of redis-server 7.0.15 for the same keys", () => {
    const client = debugged().connect();
    client.send(...DATA);
    expect(client.send("DEBUG DIGEST")).toBe("+1d3926df932628eae29b4f72fcb6ce5cb2ac4e06");
    client.send("SELECT 3", "SET a 1");
    expect(client.send("DEBUG DIGEST")).toBe("+b179541b8369f6789155d33a82affb7c50232e26");
    expect(client.send("SELECT 0", "DEBUG DIGEST-VALUE a b l s i x nothing")).toBe(
      [
        "+OK *7",
        "+b4fc66738120fba0b5aa500ab5c2bf89cea1c5da",
        "+2daece6f5f01a9d30bbb5eba5348d1ec0849e44a",
        "+1fe23627d46afbcd9f824022e04c0f06fb54def1",
        "+b61daf08bbb208f9a6c7d9382868f1513fd7e269",
        "+aa56f678958f3c9974295c1e0bc71c63a262152a",
        "+0cb913df671886f42c8ea2c98f4302ea11b6f7ec",
        "+0000000000000000000000000000000000000000",
      ].join(" "),
    );
  });

  test("is zeros without keys", () => {
    expect(debugged().connect().send("DEBUG DIGEST")).toBe(`+${"0".repeat(40)}`);
  });

  const stream = ["XADD k 1-1 f v", "XADD k 1-2 f v", "XGROUP CREATE k g 0"];
  test.each([
    ["another value", ["SET k 1"], ["SET k 2"]],
    ["another type", ["RPUSH k a"], ["SADD k a"]],
    ["another order of a list", ["RPUSH k a b"], ["RPUSH k b a"]],
    ["an expiry", ["SET k 1"], ["SET k 1 EX 100"]],
    ["a deleted entry", ["XADD k 1-1 f v", "XADD k 1-2 f v", "XDEL k 1-2"], ["XADD k 1-1 f v"]],
    ["a group", stream, stream.slice(0, 2)],
    ["what a group has read", stream, [...stream, "XGROUP SETID k g 1-1"]],
    ["a consumer", stream, [...stream, "XGROUP CREATECONSUMER k g c"]],
    [
      "a pending entry",
      [...stream, "XREADGROUP GROUP g c STREAMS k >", "XACK k g 1-1"],
      [...stream, "XREADGROUP GROUP g c STREAMS k >"],
    ],
    ["a policy", stream, [...stream, "XGROUP SETPOLICY k g AUTOCLAIM 1000"]],
  ])("tells %s", (_name, one, other) => {
    const digests = [one, other].map((commands) => {
      const client = debugged().connect();
      client.send(...commands);
      return client.send("DEBUG DIGEST-VALUE k");
    });
    expect(digests[0]).not.toBe(digests[1]);
  });

  test("does not tell how the value came to be", () => {
    const ways = [
      ["SADD k 1 2 3", "RPUSH l a b c"],
      ["SADD k 3 x 2 1", "SREM k x", "RPUSH l b c d", "LPUSH l a", "RPOP l"],
    ];
    const digests = ways.map((commands) => {
      const client = debugged().connect();
      client.send(...commands);
      return client.send("DEBUG DIGEST");
    });
    expect(digests[0]).toBe(digests[1]);
  });

  test("is that of the original for a copy, policies of groups included", () => {
    const client = debugged().connect();
    const policy = "AUTOCLAIM 100 CONSUMERTTL 5000 DELIVERYLIMIT 3 DEADLETTER d RETRYDELAY 10";
    client.send(...stream, `XGROUP SETPOLICY k g ${policy}`, "COPY k c");
    const [, digest, ofCopy] = client.send("DEBUG DIGEST-VALUE k c").split(" ");
    expect(digest).toMatch(/^\+[0-9a-f]{40}$/);
    expect(ofCopy).toBe(digest);
  });
});

test("DEBUG OBJECT shows Redis' line", () => {
  const client = debugged().connect();
  client.send("SET k hello", "RPUSH l a");
  expect(client.send("DEBUG OBJECT k")).toBe(
    "+Value at:0x0 refcount:1 encoding:embstr serializedlength:7 lru:0 lru_seconds_idle:0",
  );
  expect(client.send("DEBUG OBJECT l")).toContain("encoding:quicklist serializedlength:4 ");
  expect(client.send("DEBUG LISTPACK l")).toBe("-ERR Not a listpack encoded object.");
});

test("DEBUG POPULATE makes keys and leaves those that are there", () => {
  const client = debugged().connect();
  client.send("SET key:1 mine", "DEBUG POPULATE 3", "DEBUG POPULATE 2 p 3", "DEBUG POPULATE 1 q 9");
  expect(client.send("DBSIZE", "GET key:0", "GET key:1", "GET p:1", "GET q:0")).toBe(
    ":6 $7 value:0 $4 mine $3 val $9 value:0\0\0",
  );
});

test("DEBUG SET-ACTIVE-EXPIRE stops and starts the removal of keys that nobody asks for", () => {
  const node = debugged();
  const client = node.connect();
  expect(client.send("DEBUG SET-ACTIVE-EXPIRE 0")).toBe("+OK");
  expect(node.broker.expiryCycle.isPaused).toBe(true);
  expect(client.send("DEBUG SET-ACTIVE-EXPIRE 1")).toBe("+OK");
  expect(node.broker.expiryCycle.isPaused).toBe(false);
});

test("DEBUG CHANGE-REPL-ID begins another history", () => {
  const client = debugged().connect();
  const before = client.send("INFO replication");
  expect(client.send("DEBUG CHANGE-REPL-ID")).toBe("+OK");
  const after = client.send("INFO replication");
  expect(after).not.toBe(before);
  expect(after).toMatch(/ master_replid:[0-9a-f]{40} /);
});

test("DEBUG ERROR counts as the error that it is, and breaks no line", () => {
  const node = debugged();
  const request = ["DEBUG", "ERROR", "FOO is\r\nbroken\n"].map(ascii);
  expect(node.connect().replay([request])).toBe("-FOO is  broken");
  expect(node.broker.stats.errors.entries()).toEqual([["FOO", 1]]);
});
