import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: MEMORY answers as Redis 7.0 does, with what V8 holds; MODULE and LOLWUT are there for who asks.

const NO_INTEGER = "-ERR value is not an integer or out of range";

test.each([
  ["MEMORY", "-ERR wrong number of arguments for 'memory' command"],
  ["MEMORY nosuch", "-ERR unknown subcommand 'nosuch'. Try MEMORY HELP."],
  ["MEMORY USAGE", "-ERR wrong number of arguments for 'memory|usage' command"],
  ["MEMORY USAGE nothing", "$-1"],
  ["MEMORY USAGE nothing foo", "-ERR syntax error"],
  ["MEMORY USAGE nothing SAMPLES", "-ERR syntax error"],
  ["MEMORY USAGE nothing SAMPLES -1", "-ERR syntax error"],
  ["MEMORY USAGE nothing SAMPLES x", NO_INTEGER],
  ["MEMORY USAGE nothing SAMPLES 1 SAMPLES 0", "$-1"],
  ["MEMORY PURGE", "+OK"],
  ["MEMORY STATS x", "-ERR wrong number of arguments for 'memory|stats' command"],
  ["MODULE LIST", "*0"],
  ["MODULE nosuch", "-ERR unknown subcommand 'nosuch'. Try MODULE HELP."],
  ["LOLWUT VERSION x", NO_INTEGER],
])("%s is answered %s", (request, reply) => {
  expect(new SocketlessNode().connect().send(request)).toBe(reply);
});

describe("MEMORY USAGE", () => {
  function usage(...commands: readonly string[]): number {
    const client = new SocketlessNode().connect();
    client.send(...commands);
    return Number(client.send("MEMORY USAGE k").slice(1));
  }

  test("of a string grows with it, and with an expiry", () => {
    const small = usage("SET k v");
    expect(small).toBeGreaterThan(50);
    expect(usage(`SET k ${"x".repeat(1000)}`) - small).toBeGreaterThanOrEqual(990);
    expect(usage("SET k v EX 100")).toBeGreaterThan(small);
  });

  test.each([
    ["a list", "RPUSH k", 16],
    ["a set", "SADD k", 16],
  ])("of %s grows with its elements", (_name, command, overheadMax) => {
    const elements = Array.from({ length: 500 }, (_, index) => `element-${index + 1000}`);
    const grown = usage(`${command} ${elements.join(" ")}`) - usage(`${command} ${elements[0]}`);
    expect(grown).toBeGreaterThan(500 * 12);
    expect(grown).toBeLessThan(500 * (12 + overheadMax) * 2);
  });

  test("of a stream grows with its groups and what is pending there", () => {
    const stream = ["XADD k 1-1 f v", "XADD k 1-2 f v"];
    const group = [...stream, "XGROUP CREATE k g 0"];
    const [plain, grouped, pending] = [
      usage(...stream),
      usage(...group),
      usage(...group, "XREADGROUP GROUP g c STREAMS k >"),
    ];
    expect(grouped).toBeGreaterThan(plain);
    expect(pending).toBeGreaterThan(grouped);
  });

  test("with more samples knows more", () => {
    const client = new SocketlessNode().connect();
    client.send(`RPUSH k 1 1 1 1 1 ${"x".repeat(100_000)}`);
    const few = Number(client.send("MEMORY USAGE k").slice(1));
    expect(few).toBeLessThan(10_000);
    for (const samples of [0, 6, 1000]) {
      const more = Number(client.send(`MEMORY USAGE k SAMPLES ${samples}`).slice(1));
      expect(more).toBeGreaterThan(100_000);
    }
  });
});

test("MEMORY STATS has Redis' fields, and a database where there are keys", () => {
  const client = new SocketlessNode().connect();
  client.send("SET a 1", "COPY a b DB 3");
  const words = client.send("HELLO 3", "MEMORY STATS").split(" ");
  const names = words.filter((_, index) => words[index - 1]?.startsWith("$") === true);
  expect(words).toContain("%29");
  expect(names.filter((name) => /^[a-z]+\.|-|^fragm|^db/.test(name))).toEqual(
    expect.arrayContaining([
      ...[
        "peak.allocated",
        "total.allocated",
        "startup.allocated",
        "clients.normal",
        "db.0",
        "db.3",
      ],
      ...["overhead.total", "keys.count", "dataset.percentage", "fragmentation.bytes"],
    ]),
  );
  expect(client.send("MEMORY STATS")).toMatch(/ \$10 keys\.count :2 /);
});

test("MEMORY DOCTOR and MALLOC-STATS are text for people", () => {
  const client = new SocketlessNode().connect();
  client.send("HELLO 3");
  expect(client.send("MEMORY DOCTOR")).toMatch(/^=\d+ txt:\w/);
  expect(client.send("MEMORY MALLOC-STATS")).toMatch(/^=\d+ txt:space .*\bold_space /s);
});

test("LOLWUT draws, and tells the version", () => {
  expect(new SocketlessNode().connect().send("LOLWUT VERSION 5 1 2 3")).toMatch(
    /\nSlotcast ver\. \d+\.\d+\.\d+$/,
  );
});
