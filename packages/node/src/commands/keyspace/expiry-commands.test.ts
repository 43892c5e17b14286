import { describe, expect, test, vi } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: expiry commands and WAIT answer as redis-server 7.0.15 does: its replies are the table.

const NO_INTEGER = "-ERR value is not an integer or out of range";
const NX_EXCLUDES = "-ERR NX and XX, GT or LT options at the same time are not compatible";

const CONVERSATIONS: readonly (readonly [sent: readonly string[], received: string])[] = [
  [["EXPIRE k 100"], ":0"],
  [["SET k v", "EXPIRE k 100", "TTL k"], "+OK :1 :100"],
  [["SET k v", "EXPIREAT k 99999999999", "EXPIRETIME k"], "+OK :1 :99999999999"],
  [
    ["SET k v", "PEXPIREAT k 99999999999499", "EXPIRETIME k", "PEXPIRETIME k"],
    "+OK :1 :99999999999 :99999999999499",
  ],
  [["SET k v", "PEXPIREAT k 99999999999500", "EXPIRETIME k"], "+OK :1 :100000000000"],
  [["SET k v", "EXPIRE k -1", "EXISTS k"], "+OK :1 :0"],
  [["SET k v", "EXPIRE k 0", "EXISTS k"], "+OK :1 :0"],
  [["SET k v", "PEXPIREAT k 1", "EXISTS k"], "+OK :1 :0"],
  [["SET k v", "EXPIRE k x"], `+OK ${NO_INTEGER}`],
  [["EXPIRE k 1.5"], NO_INTEGER],
  [["EXPIRE k 9223372036854775807"], "-ERR invalid expire time in 'expire' command"],
  [["EXPIRE k 9223372036854775"], "-ERR invalid expire time in 'expire' command"],
  [["EXPIRE k -9223372036854776"], "-ERR invalid expire time in 'expire' command"],
  [["PEXPIRE k 9223372036854775807"], "-ERR invalid expire time in 'pexpire' command"],
  [["EXPIREAT k 9223372036854775807"], "-ERR invalid expire time in 'expireat' command"],
  [["PEXPIREAT k 9223372036854775807"], ":0"],
  [["SET k v", "PEXPIRE k -9223372036854775808", "EXISTS k"], "+OK :1 :0"],
  [["EXPIRE k 100 zz"], "-ERR Unsupported option zz"],
  [["EXPIRE k x zz"], "-ERR Unsupported option zz"],
  [["EXPIRE k 100 NX XX"], NX_EXCLUDES],
  [["EXPIRE k 100 NX GT"], NX_EXCLUDES],
  [["EXPIRE k 100 LT NX"], NX_EXCLUDES],
  [["EXPIRE k 100 GT LT"], "-ERR GT and LT options at the same time are not compatible"],
  [["EXPIRE k 100 XX GT"], ":0"],
  [["SET k v", "EXPIRE k 100 NX", "EXPIRE k 200 NX", "TTL k"], "+OK :1 :0 :100"],
  [["SET k v", "EXPIRE k 100 XX", "TTL k"], "+OK :0 :-1"],
  [["SET k v EX 100", "EXPIRE k 200 XX", "TTL k"], "+OK :1 :200"],
  [["SET k v", "EXPIRE k 100 GT", "TTL k"], "+OK :0 :-1"],
  [["SET k v", "EXPIRE k 100 LT", "TTL k"], "+OK :1 :100"],
  [
    ["SET k v EX 100", "PEXPIRE k 200000 GT", "PEXPIRE k 200000 LT", "PEXPIRE k 50000 LT", "TTL k"],
    "+OK :1 :0 :1 :50",
  ],
  [["SET k v EX 100", "EXPIRE k -1 GT", "EXPIRE k -1 LT", "EXISTS k"], "+OK :0 :1 :0"],
  [
    ["SET k v EX 100", "EXPIREAT k 99999999999 xx gt", "PEXPIREAT k 99999999999000 GT"],
    "+OK :1 :0",
  ],
  [["TTL k", "PTTL k", "EXPIRETIME k", "PEXPIRETIME k"], ":-2 :-2 :-2 :-2"],
  [["SET k v", "TTL k", "PTTL k", "EXPIRETIME k", "PEXPIRETIME k"], "+OK :-1 :-1 :-1 :-1"],
  [["PERSIST k"], ":0"],
  [["SET k v", "PERSIST k"], "+OK :0"],
  [["SET k v EX 100", "PERSIST k", "TTL k", "PERSIST k"], "+OK :1 :-1 :0"],
  [["SET k v PXAT 1", "PERSIST k"], "+OK :0"],
  [["SET a 1", "SET b 1", "UNLINK a b c a"], "+OK +OK :2"],
  [["SET a 1", "TOUCH a a b"], "+OK :2"],
  [["SET a 1", "DEL a a"], "+OK :1"],
  [["WAIT 0 0"], ":0"],
  [["WAIT -1 5"], ":0"],
  [["WAIT x 0"], NO_INTEGER],
  [["WAIT 1 x"], "-ERR timeout is not an integer or out of range"],
  [["WAIT 1 -1"], "-ERR timeout is negative"],
  [["WAIT 0 -1"], "-ERR timeout is negative"],
  [["MULTI", "WAIT 1 0", "EXEC"], "+OK +QUEUED *1 :0"],
];

test.each(CONVERSATIONS)("%j are answered %j", (sent, received) => {
  expect(new SocketlessNode().connect().send(...sent)).toBe(received);
});

describe("WAITAOF", () => {
  test.each([
    ["WAITAOF 0 0 0", "*2 :0 :0"],
    ["WAITAOF 2 0 0", "-ERR value is out of range, value must between 0 and 1"],
    ["WAITAOF -1 0 0", "-ERR value is out of range, value must between 0 and 1"],
    ["WAITAOF x 0 0", NO_INTEGER],
    ["WAITAOF 0 -1 0", "-ERR value is out of range, must be positive"],
    ["WAITAOF 0 x 0", "-ERR value is out of range, must be positive"],
    ["WAITAOF 0 0 -1", "-ERR timeout is negative"],
    ["WAITAOF 0 0 x", "-ERR timeout is not an integer or out of range"],
    [
      "WAITAOF 1 0 0",
      "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
    ],
  ])("%s is answered %s", (sent, received) => {
    expect(new SocketlessNode().connect().send(sent)).toBe(received);
  });
});

describe("without replicas", () => {
  test.each([
    ["WAIT 1 5", ":0"],
    ["WAITAOF 0 1 5", "*2 :0 :0"],
  ])("%s answers after its time-out, and the client goes on", async (sent, received) => {
    const client = new SocketlessNode().connect();
    expect(client.send(sent, "PING")).toBe("");
    await vi.waitFor(() => {
      expect(client.received()).toBe(`${received} +PONG`);
    });
  });

  test("CLIENT UNBLOCK ends a WAIT with what there is", () => {
    const node = new SocketlessNode();
    const waiting = node.connect();
    expect(waiting.send("WAIT 1 0")).toBe("");
    expect(node.connect().send(`CLIENT UNBLOCK ${waiting.connection.id}`)).toBe(":1");
    expect(waiting.received()).toBe(":0");
  });

  test("CLIENT UNBLOCK … ERROR ends it with an error", () => {
    const node = new SocketlessNode();
    const waiting = node.connect();
    waiting.send("WAITAOF 0 1 0");
    node.connect().send(`CLIENT UNBLOCK ${waiting.connection.id} ERROR`);
    expect(waiting.received()).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
  });
});
