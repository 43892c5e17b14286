import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

const connect = () => new SocketlessNode("--databases", "4").connect();

describe("PING", () => {
  test("answers PONG or the message, and refuses two", () => {
    expect(connect().send("PING", "PING hi", "PING a b")).toBe(
      "+PONG $2 hi -ERR wrong number of arguments for 'ping' command",
    );
  });

  test("answers a RESP2 subscriber with an array", () => {
    const client = connect();
    client.send("SUBSCRIBE news");
    expect(client.send("PING", "PING hi")).toBe("*2 $4 pong $0  *2 $4 pong $2 hi");
    client.send("UNSUBSCRIBE");
    expect(client.send("PING")).toBe("+PONG");
  });

  test("answers a RESP3 subscriber as anybody", () => {
    const client = connect();
    client.send("HELLO 3", "SUBSCRIBE news");
    expect(client.send("PING")).toBe("+PONG");
  });
});

test("QUIT is answered, and nothing sent after it runs", () => {
  const client = connect();
  expect(client.send("SET a 1", "QUIT", "SET a 2")).toBe("+OK +OK");
  expect(client.connection.isClosing).toBe(true);
});

describe("SELECT", () => {
  test("chooses among the configured databases, each with keys of its own", () => {
    const client = connect();
    expect(client.send("SET a 1", "SELECT 3", "GET a", "DBSIZE", "SELECT 0", "GET a")).toBe(
      "+OK +OK $-1 :0 +OK $1 1",
    );
  });

  test("refuses others, and the database stays", () => {
    const client = connect();
    client.send("SELECT 2");
    expect(client.send("SELECT 4")).toBe("-ERR DB index is out of range");
    expect(client.send("SELECT -1")).toBe("-ERR DB index is out of range");
    expect(client.send("SELECT x")).toBe("-ERR value is not an integer or out of range");
    expect(client.send("SELECT 2147483648")).toBe(
      "-ERR value is out of range, value must between -2147483648 and 2147483647",
    );
    expect(client.connection.database).toBe(2);
  });
});

test("READONLY, READWRITE and ASKING need a cluster", () => {
  const refused = "-ERR This instance has cluster support disabled";
  expect(connect().send("READONLY", "READWRITE", "ASKING")).toBe(
    `${refused} ${refused} ${refused}`,
  );
});

describe("RESET", () => {
  test("makes the connection as new: RESP2, database 0, no name, no subscriptions", () => {
    const node = new SocketlessNode();
    const client = node.connect();
    client.send(
      "HELLO 3 SETNAME me",
      "SELECT 3",
      "CLIENT NO-TOUCH on",
      "SUBSCRIBE a",
      "PSUBSCRIBE b*",
    );
    expect(client.send("RESET", "CLIENT GETNAME")).toBe("+RESET $-1");
    expect(client.connection.database).toBe(0);
    expect(client.connection.noTouch).toBe(false);
    expect(node.connect().send("PUBLISH a x", "PUBLISH b x")).toBe(":0 :0");
    expect(node.broker.hub.subscriberCount).toBe(0);
  });

  test("ends the RESP2 subscribed mode", () => {
    const client = connect();
    client.send("SUBSCRIBE a");
    expect(client.send("CLIENT ID")).toMatch(/^-ERR Can't execute 'client\|id'/);
    expect(client.send("RESET", "PING")).toBe("+RESET +PONG");
  });

  test("keeps what the library said of itself", () => {
    const client = connect();
    client.send("CLIENT SETINFO LIB-NAME ioredis", "RESET");
    expect(client.send("CLIENT INFO")).toContain(" lib-name=ioredis ");
  });

  test("turns replies on again, and is itself answered", () => {
    expect(connect().send("CLIENT REPLY OFF", "RESET", "PING")).toBe("+RESET +PONG");
    expect(connect().send("CLIENT REPLY SKIP", "RESET", "PING")).toBe("+PONG");
  });
});

describe("CLIENT REPLY", () => {
  test.each([
    [
      ["CLIENT REPLY OFF", "PING", "NOSUCH", "CLIENT REPLY foo", "CLIENT REPLY ON", "PING"],
      "+OK +PONG",
    ],
    [["CLIENT REPLY SKIP", "PING", "PING"], "+PONG"],
    [["CLIENT REPLY SKIP", "NOSUCH", "PING"], "+PONG"],
    [["CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "PING", "PING"], "+PONG"],
    [["CLIENT REPLY SKIP", "CLIENT REPLY ON", "PING"], "+OK +PONG"],
    [["CLIENT REPLY OFF", "CLIENT REPLY SKIP", "PING", "PING"], ""],
    [["CLIENT REPLY foo"], "-ERR syntax error"],
  ])("%j is answered %j", (requests, replies) => {
    expect(connect().send(...requests)).toBe(replies);
  });

  test("OFF leaves messages alone", () => {
    const node = new SocketlessNode();
    const client = node.connect();
    client.send("HELLO 3", "SUBSCRIBE a", "CLIENT REPLY OFF");
    node.connect().send("PUBLISH a x");
    expect(client.received()).toBe(">3 $7 message $1 a $1 x");
  });
});
