import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

const connect = (...directives: string[]) => new SocketlessNode(...directives).connect();

describe("CONFIG", () => {
  test("GET answers a map of what any glob matches", () => {
    const client = connect();
    expect(client.send("CONFIG GET timeout maxclients")).toBe(
      "*4 $7 timeout $1 0 $10 maxclients $5 10000",
    );
    expect(client.send("CONFIG GET nosuch")).toBe("*0");
    client.send("HELLO 3");
    expect(client.send("CONFIG GET timeou?")).toBe("%1 $7 timeout $1 0");
  });

  test("SET sets all or none", () => {
    const client = connect();
    expect(client.send("CONFIG SET timeout 7 maxclients 5", "CONFIG GET timeout")).toBe(
      "+OK *2 $7 timeout $1 7",
    );
    expect(client.send("CONFIG SET timeout 8 maxclients x")).toBe(
      "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument couldn't be parsed into an integer",
    );
    expect(client.send("CONFIG SET timeout 8 maxclients", "CONFIG GET timeout")).toBe(
      "-ERR syntax error *2 $7 timeout $1 7",
    );
  });

  test("REWRITE needs a file", () => {
    expect(connect().send("CONFIG REWRITE")).toBe(
      "-ERR The server is running without a config file",
    );
  });

  test("HELP ends as Redis' does", () => {
    expect(connect().send("CONFIG HELP")).toMatch(
      /^\*11 \+CONFIG <subcommand> .* \+HELP \+ {4}Prints this help\.$/,
    );
  });
});

describe("FLUSHALL and FLUSHDB", () => {
  test("FLUSHDB empties the selected database, FLUSHALL every one", () => {
    const client = connect();
    const fill = ["SELECT 1", "SET a 1", "SELECT 0", "SET b 1"];
    expect(client.send(...fill, "FLUSHDB", "DBSIZE", "SELECT 1", "DBSIZE")).toMatch(
      /\+OK :0 \+OK :1$/,
    );
    expect(client.send(...fill, "FLUSHALL ASYNC", "DBSIZE", "SELECT 1", "DBSIZE")).toMatch(
      /\+OK :0 \+OK :0$/,
    );
  });

  test.each(["FLUSHALL foo", "FLUSHALL sync async", "FLUSHDB foo"])(
    "%j is a syntax error, and nothing is lost",
    (request) => {
      expect(connect().send("SET a 1", request, "DBSIZE")).toBe("+OK -ERR syntax error :1");
    },
  );
});

test("TIME is the clock in seconds and microseconds", () => {
  const [, , seconds, , microseconds] = connect().send("TIME").split(" ");
  expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
  expect(Number(microseconds)).toBeLessThan(1_000_000);
});

describe("SHUTDOWN", () => {
  test.each([
    ["SHUTDOWN foo", "-ERR syntax error"],
    ["SHUTDOWN SAVE NOSAVE", "-ERR syntax error"],
    ["SHUTDOWN ABORT NOW", "-ERR syntax error"],
    ["SHUTDOWN ABORT", "-ERR No shutdown in progress."],
    ["SHUTDOWN SAVE", "-ERR Errors trying to SHUTDOWN. Check logs."],
  ])("%j is answered %j, and the node goes on", (request, reply) => {
    const node = new SocketlessNode();
    expect(node.connect().send(request, "PING")).toBe(`${reply} +PONG`);
    expect(node.isShutDown).toBe(false);
  });

  test.each(["SHUTDOWN", "SHUTDOWN NOSAVE NOW FORCE", "shutdown save force"])(
    "%j stops the node without a reply, and nothing sent after it runs",
    (request) => {
      const node = new SocketlessNode();
      expect(node.connect().send(request, "SET a 1")).toBe("");
      expect(node.isShutDown).toBe(true);
      expect(node.broker.keyspace.size).toBe(0);
    },
  );
});
