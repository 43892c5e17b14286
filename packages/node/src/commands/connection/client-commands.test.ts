import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

const connect = () => new SocketlessNode().connect();

/** The fields of a CLIENT LIST line. */
function fieldsOf(line: string): Record<string, string> {
  const pairs = line
    .trim()
    .split(" ")
    .map((field) => field.split("=", 2));
  return Object.fromEntries(pairs);
}

/** The lines of a CLIENT LIST reply. */
function linesOf(reply: string): string[] {
  return reply
    .replace(/^\$\d+ ?/, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

describe("CLIENT SETNAME and GETNAME", () => {
  test("the empty name is no name", () => {
    expect(connect().send("CLIENT GETNAME", "CLIENT SETNAME me", "CLIENT GETNAME")).toBe(
      "$-1 +OK $2 me",
    );
    expect(connect().send("CLIENT SETNAME me", "CLIENT SETNAME ", "CLIENT GETNAME")).toBe(
      "+OK +OK $-1",
    );
  });

  test.each(["é", "a\nb", "a\u007f"])("%j is refused as a name", (name) => {
    expect(connect().send(`CLIENT SETNAME ${name}`)).toBe(
      "-ERR Client names cannot contain spaces, newlines or special characters.",
    );
  });
});

describe("CLIENT SETINFO", () => {
  test("shows in CLIENT LIST", () => {
    const client = connect();
    expect(client.send("CLIENT SETINFO lib-name ioredis", "CLIENT SETINFO LIB-VER 6.0.0")).toBe(
      "+OK +OK",
    );
    expect(fieldsOf(client.send("CLIENT INFO"))).toMatchObject({
      "lib-name": "ioredis",
      "lib-ver": "6.0.0",
    });
  });

  test("refuses other attributes and values that break the line", () => {
    const client = connect();
    expect(client.send("CLIENT SETINFO foo bar")).toBe("-ERR Unrecognized option 'foo'");
    expect(client.send("CLIENT SETINFO lib-ver a\nb")).toBe(
      "-ERR lib-ver cannot contain spaces, newlines or special characters.",
    );
  });
});

describe("CLIENT LIST", () => {
  test("has Redis' fields in Redis' order", () => {
    const [line = ""] = linesOf(connect().send("CLIENT LIST"));
    expect(Object.keys(fieldsOf(line)).join(" ")).toBe(
      "id addr laddr fd name age idle flags capa db sub psub ssub multi watch qbuf qbuf-free argv-mem multi-mem rbs rbp " +
        "obl oll omem tot-mem events cmd user redir resp lib-name lib-ver tot-net-in tot-net-out tot-cmds",
    );
  });

  test("tells what each client is doing", () => {
    const node = new SocketlessNode();
    node.connect().send("HELLO 3 SETNAME sub", "SUBSCRIBE a b", "PSUBSCRIBE c*", "SSUBSCRIBE d");
    node.connect().send("SELECT 5", "BLPOP queue 0");
    const third = node.connect();
    const [subscriber = "", blocked = "", me = ""] = linesOf(
      third.send("CLIENT NO-EVICT on", "CLIENT NO-TOUCH on", "CLIENT LIST").replace("+OK +OK ", ""),
    );
    expect(fieldsOf(subscriber)).toMatchObject({
      id: "1", name: "sub", flags: "P", sub: "2", psub: "1", ssub: "1", resp: "3", cmd: "ssubscribe",
    }); // prettier-ignore
    expect(fieldsOf(blocked)).toMatchObject({
      id: "2",
      name: "",
      flags: "b",
      db: "5",
      resp: "2",
      cmd: "blpop",
    });
    expect(fieldsOf(me)).toMatchObject({
      id: "3",
      flags: "eT",
      cmd: "client|list",
      user: "default",
      "tot-cmds": "3",
    });
  });

  test("filters by type or by id, and says nothing of clients that are gone", () => {
    const node = new SocketlessNode();
    const [first, second, third] = [node.connect(), node.connect(), node.connect()];
    second.send("SUBSCRIBE a");
    const ids = (reply: string) => linesOf(reply).map((line) => fieldsOf(line)["id"]);
    expect(ids(first.send("CLIENT LIST TYPE pubsub"))).toEqual(["2"]);
    expect(ids(first.send("CLIENT LIST TYPE NORMAL"))).toEqual(["1", "3"]);
    expect(ids(first.send("CLIENT LIST TYPE master"))).toEqual([]);
    expect(ids(first.send("CLIENT LIST ID 3 99 1"))).toEqual(["3", "1"]);
    third.connection.destroy();
    expect(ids(first.send("CLIENT LIST"))).toEqual(["1", "2"]);
  });

  test.each([
    ["CLIENT LIST TYPE foo", "-ERR Unknown client type 'foo'"],
    ["CLIENT LIST TYPE constructor", "-ERR Unknown client type 'constructor'"],
    ["CLIENT LIST ID a", "-ERR Invalid client ID"],
    ["CLIENT LIST ID", "-ERR syntax error"],
    ["CLIENT LIST TYPE", "-ERR syntax error"],
    ["CLIENT LIST TYPE normal x", "-ERR syntax error"],
    ["CLIENT LIST foo bar", "-ERR syntax error"],
  ])("%j is answered %j", (request, reply) => {
    expect(connect().send(request)).toBe(reply);
  });

  test("is verbatim text in RESP3", () => {
    const client = connect();
    client.send("HELLO 3");
    expect(client.send("CLIENT LIST")).toMatch(/^=\d+ txt:id=1 /);
    expect(client.send("CLIENT INFO")).toMatch(/^=\d+ txt:id=1 /);
  });
});

describe("CLIENT KILL", () => {
  test("kills by type or id, but oneself only after SKIPME no, and then answers first", () => {
    const node = new SocketlessNode();
    const [me, subscriber, other] = [node.connect(), node.connect(), node.connect()];
    subscriber.send("SUBSCRIBE a");
    expect(me.send("CLIENT KILL TYPE pubsub USER default")).toBe(":1");
    expect(subscriber.connection.isClosed).toBe(true);
    expect(me.send("CLIENT KILL ID 1", "CLIENT KILL ID 3", "CLIENT KILL ID 3")).toBe(":0 :1 :0");
    expect(other.connection.isClosed).toBe(true);
    expect(me.send("CLIENT KILL ID 1 SKIPME no", "PING")).toBe(":1");
    expect(me.connection.isClosing).toBe(true);
  });

  test("by address alone it may kill oneself, and says when there is none", () => {
    const client = connect();
    expect(client.send("CLIENT KILL 10.0.0.1:5")).toBe("-ERR No such client");
    expect(client.send(`CLIENT KILL ${client.connection.address}`, "PING")).toBe("+OK");
  });

  test.each([
    ["CLIENT KILL ID 0", "-ERR client-id should be greater than 0"],
    ["CLIENT KILL ID x", "-ERR client-id should be greater than 0"],
    ["CLIENT KILL ID 9223372036854775807", ":0"],
    ["CLIENT KILL TYPE foo", "-ERR Unknown client type 'foo'"],
    ["CLIENT KILL USER bob", "-ERR No such user 'bob'"],
    ["CLIENT KILL SKIPME maybe", "-ERR syntax error"],
    ["CLIENT KILL ID 1 LADDR", "-ERR syntax error"],
    ["CLIENT KILL a b c", "-ERR syntax error"],
    ["CLIENT KILL addr", "-ERR No such client"],
  ])("%j is answered %j", (request, reply) => {
    expect(connect().send(request)).toBe(reply);
  });
});

describe("CLIENT PAUSE", () => {
  test("holds everything back until CLIENT UNPAUSE, then runs it in order", () => {
    const node = new SocketlessNode();
    const [admin, client] = [node.connect(), node.connect()];
    expect(admin.send("CLIENT PAUSE 100000")).toBe("+OK");
    expect(client.send("SET a 1", "GET a")).toBe("");
    expect(admin.send("CLIENT UNPAUSE", "PING")).toBe("+OK +PONG");
    expect(client.received()).toBe("+OK $1 1");
  });

  test("WRITE lets reads pass, but not what was sent after a held write", () => {
    const node = new SocketlessNode();
    const [admin, client] = [node.connect(), node.connect()];
    admin.send("CLIENT PAUSE 100000 write");
    expect(client.send("GET a", "SET a 1", "GET a")).toBe("$-1");
    expect(admin.send("CLIENT UNPAUSE")).toBe("+OK");
    expect(client.received()).toBe("+OK $1 1");
  });

  test.each([
    ["CLIENT PAUSE abc", "-ERR timeout is not an integer or out of range"],
    ["CLIENT PAUSE -1", "-ERR timeout is negative"],
    ["CLIENT PAUSE 1 foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL"],
    [
      "client pause 1 write x",
      "-ERR unknown subcommand or wrong number of arguments for 'pause'. Try CLIENT HELP.",
    ],
  ])("%j is answered %j", (request, reply) => {
    expect(connect().send(request)).toBe(reply);
  });
});

describe("CLIENT UNBLOCK", () => {
  test("ends a wait as by time-out or by an error, and what came after runs", () => {
    const node = new SocketlessNode();
    const [admin, client] = [node.connect(), node.connect()];
    client.send("BLPOP queue 0", "PING");
    expect(admin.send("CLIENT UNBLOCK 2", "PING")).toBe(":1 +PONG");
    expect(client.received()).toBe("*-1 +PONG");
    client.send("BLPOP queue 0");
    expect(admin.send("CLIENT UNBLOCK 2 ERROR")).toBe(":1");
    expect(client.received()).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    expect(admin.send("CLIENT UNBLOCK 2", "CLIENT UNBLOCK 99")).toBe(":0 :0");
  });

  test.each([
    ["CLIENT UNBLOCK x", "-ERR value is not an integer or out of range"],
    ["CLIENT UNBLOCK x foo", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"],
    [
      "CLIENT UNBLOCK 1 ERROR x",
      "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.",
    ],
  ])("%j is answered %j", (request, reply) => {
    expect(connect().send(request)).toBe(reply);
  });
});

test("CLIENT NO-EVICT and NO-TOUCH take on and off only", () => {
  expect(connect().send("CLIENT NO-EVICT ON", "CLIENT NO-TOUCH off", "CLIENT NO-EVICT x")).toBe(
    "+OK +OK -ERR syntax error",
  );
});
