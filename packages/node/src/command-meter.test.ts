import { describe, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "./commands/socketless-node.ts";
import { RUN_COMMANDS_MAX } from "./limits.ts";

// Goal: however long the pipeline, what takes long is named in the logs, and every call is counted once.

/** Far above what any command here takes, and what the tests make some of them take. */
const SLOW_MS = 30;
const SLEEP = "DEBUG SLEEP 0.04";

/** Commands are slow when they touch a key of this name. */
const SLOW_KEY = "slow";

function slowNode(...directives: readonly string[]): SocketlessNode {
  const node = new SocketlessNode(
    ...["--enable-debug-command", "yes", "--slowlog-log-slower-than", String(SLOW_MS * 1000)],
    ...directives,
  );
  node.broker.changes.add({
    changed: (_table, key) => {
      const untilMs = performance.now() + (key === SLOW_KEY ? SLOW_MS * 1.3 : 0);
      while (performance.now() < untilMs);
    },
  });
  return node;
}

function shownArguments(client: SocketlessClient): string[] {
  const [, ...entries] = client.send("SLOWLOG GET -1").split(/\*6 :/);
  return entries.map((entry) => {
    const [, ...words] = entry.split(/\$\d+ /);
    return words
      .slice(0, -1)
      .map((word) => word.trim())
      .filter((word) => !/^\?:0$/.test(word))
      .join(" ");
  });
}

const callsOf = (node: SocketlessNode, name: string): number =>
  node.broker.commands.all.find(({ fullName }) => fullName === name)?.stats.calls ?? 0;

const sets = (count: number, name = "k"): string[] =>
  Array.from({ length: count }, (_, at) => `SET ${name}${at} v`);

describe("the slow log", () => {
  test("names a slow command in the middle of a long pipeline, and only that", () => {
    const client = slowNode().connect();
    client.send(...sets(40), SLEEP, ...sets(40));
    expect(shownArguments(client)).toEqual([SLEEP]);
  });

  test("names a command inside a transaction, and not EXEC", () => {
    const client = slowNode().connect();
    client.send("MULTI", "SET a 1", SLEEP, `SET ${SLOW_KEY} 1`, "GET a", "EXEC");
    expect(shownArguments(client)).toEqual([`SET ${SLOW_KEY} 1`, SLEEP]);
  });

  test("tells of a run of quick commands that one of them was slow", () => {
    const client = slowNode().connect();
    client.send(...sets(20), `SET ${SLOW_KEY} v`, ...sets(30, "m"));
    const [first = "", ...others] = shownArguments(client);
    expect(others).toEqual([]);
    expect(first).toBe(`SET k16 v ... (one of ${RUN_COMMANDS_MAX} quick commands in a row)`);
  });

  test("shows a quick command that came alone as it is", () => {
    const client = slowNode().connect();
    client.send(`SET ${SLOW_KEY} v`);
    expect(shownArguments(client)).toEqual([`SET ${SLOW_KEY} v`]);
  });

  test("does not count what was no command: what came before a refusal, or a transaction that is queued", () => {
    const client = slowNode().connect();
    client.send(`SET ${SLOW_KEY} v`, "NOSUCH", "GET a", "MULTI", "GET a", "GET a", "EXEC");
    expect(shownArguments(client)).toEqual([`SET ${SLOW_KEY} v`]);
  });

  test("has every command by itself when it asks for times below a millisecond", () => {
    const client = slowNode("--slowlog-log-slower-than", "0").connect();
    client.send("SET a 1", "GET a", "SET b 2");
    expect(shownArguments(client)).toEqual(["SET b 2", "GET a", "SET a 1"]);
  });

  test("is empty when it is off", () => {
    const client = slowNode("--slowlog-log-slower-than", "-1").connect();
    client.send(SLEEP);
    expect(client.send("SLOWLOG LEN")).toBe(":0");
  });

  test("leaves out what a blocked client waited, and keeps what its command took", async () => {
    const node = slowNode();
    const [waiter, client] = [node.connect(), node.connect()];
    waiter.send("BLPOP q 0");
    await new Promise((resolve) => {
      setTimeout(resolve, SLOW_MS * 1.3);
    });
    client.send("LPUSH q 1");
    expect(waiter.received()).toBe("*2 $1 q $1 1");
    expect(shownArguments(client)).toEqual([]);
    waiter.send(`BLPOP ${SLOW_KEY} 0`);
    client.send("MULTI", `LPUSH ${SLOW_KEY} 1`, "EXEC");
    expect(shownArguments(client)).toEqual([`BLPOP ${SLOW_KEY} 0`, `LPUSH ${SLOW_KEY} 1`]);
  });
});

describe("counting", () => {
  test("every call counts once, whatever runs it was measured in", () => {
    const node = new SocketlessNode();
    const client = node.connect();
    const mixed = Array.from({ length: 50 }, (_, at) => [`SET k${at} v`, `GET k${at}`, "TIME"]);
    client.send(...sets(37), ...mixed.flat(), "NOSUCH", ...sets(1), "MULTI", ...sets(3), "EXEC");
    client.send("GET a");
    expect(["set", "get", "time", "exec", "multi"].map((name) => callsOf(node, name))).toEqual([
      37 + 50 + 1 + 3,
      50 + 1,
      50,
      1,
      1,
    ]);
  });

  test("the shares of a run add up to what it took", () => {
    const node = slowNode();
    node.connect().send("GET a", "GET a", `SET ${SLOW_KEY} v`, "GET a");
    const times = node.broker.commands.all.map(({ stats }) => stats.totalMs);
    const totalMs = times.reduce((sum, one) => sum + one, 0);
    expect(totalMs).toBeGreaterThan(SLOW_MS);
    expect(totalMs).toBeLessThan(10 * SLOW_MS);
  });

  test("the time between two requests is nobody's", async () => {
    const node = new SocketlessNode();
    const client = node.connect();
    client.send("GET a");
    await new Promise((resolve) => {
      setTimeout(resolve, SLOW_MS * 2);
    });
    client.send("GET a", "TIME");
    const times = node.broker.commands.all.map(({ stats }) => stats.totalMs);
    expect(times.reduce((sum, one) => sum + one, 0)).toBeLessThan(SLOW_MS);
  });
});

describe("large requests and replies", () => {
  const sizes = (client: SocketlessClient, log: string): string[] =>
    Array.from(
      client.send(`COMMANDLOG GET -1 ${log}`).matchAll(/\*6 :\d+ :\d+ :(\d+) \*\d+ \$\d+ (\w+)/g),
      ([, bytes, name]) => `${name} ${bytes}`,
    );

  test("are remembered with the bytes they take on the wire", () => {
    const bytes = 200_000;
    const limits = [
      // A machine with other work may hold up any command.
      ...["--slowlog-log-slower-than", "10000000"],
      ...["--commandlog-request-larger-than", String(bytes)],
      ...["--commandlog-reply-larger-than", String(bytes)],
    ];
    const client = new SocketlessNode(...limits).connect();
    const value = (length: number): string => "x".repeat(length);
    client.send("SET small 1", `SET k ${value(bytes - 32)}`, "GET small", "GET k", ...sets(3));
    expect(sizes(client, "large-request")).toEqual([]);
    client.send(...sets(3), `SET k ${value(bytes - 31)}`, ...sets(3));
    expect(sizes(client, "large-request")).toEqual([`SET ${bytes}`]);
    client.send("GET k", `SET k ${value(bytes - 11)}`);
    client.send(...Array.from({ length: RUN_COMMANDS_MAX - 1 }, () => "GET small"), "GET k");
    expect(sizes(client, "large-reply")).toEqual([`GET ${bytes}`]);
    expect(sizes(client, "slow")).toEqual([]);
  });

  test("may be as small as one likes", () => {
    const directives = [
      "--commandlog-request-larger-than",
      "40",
      "--commandlog-reply-larger-than",
      "7",
    ];
    const client = new SocketlessNode(...directives).connect();
    client.send("SET a 1", "SET a 1234567890123", "GET a", "PING", "PING 0123456789");
    expect(sizes(client, "large-request")).toEqual(["SET 40"]);
    expect(sizes(client, "large-reply").slice(-3)).toEqual(["PING 17", "PING 7", "GET 20"]);
  });
});
