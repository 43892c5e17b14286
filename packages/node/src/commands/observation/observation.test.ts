import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";
import { drawSeries } from "./latency-graph.ts";

// Goal: SLOWLOG and LATENCY answer as redis-server 7.0.15 does, COMMANDLOG as Valkey 8.1 (src/commandlog.c).

const connect = (...directives: readonly string[]) => new SocketlessNode(...directives).connect();

const BAD_COUNT = "-ERR count should be greater than or equal to -1";
const BAD_LOG = "-ERR type should be one of the following: slow, large-request, large-reply";

test.each([
  ["SLOWLOG GET", "*0"],
  ["SLOWLOG GET 0", "*0"],
  ["SLOWLOG GET -1", "*0"],
  ["SLOWLOG GET 9223372036854775807", "*0"],
  ["SLOWLOG GET 9223372036854775808", BAD_COUNT],
  ["SLOWLOG GET -2", BAD_COUNT],
  ["SLOWLOG GET x", BAD_COUNT],
  [
    "SLOWLOG GET 1 2",
    "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.",
  ],
  ["SLOWLOG LEN", ":0"],
  ["SLOWLOG LEN x", "-ERR wrong number of arguments for 'slowlog|len' command"],
  ["SLOWLOG RESET", "+OK"],
  ["SLOWLOG", "-ERR wrong number of arguments for 'slowlog' command"],
  ["SLOWLOG nosuch", "-ERR unknown subcommand 'nosuch'. Try SLOWLOG HELP."],
  ["COMMANDLOG GET 3 slow", "*0"],
  ["COMMANDLOG GET -1 LARGE-Request", "*0"],
  ["COMMANDLOG GET -2 nosuch", BAD_COUNT],
  ["COMMANDLOG GET 1 nosuch", BAD_LOG],
  ["COMMANDLOG GET 1", "-ERR wrong number of arguments for 'commandlog|get' command"],
  ["COMMANDLOG LEN large-reply", ":0"],
  ["COMMANDLOG LEN nosuch", BAD_LOG],
  ["COMMANDLOG RESET slow", "+OK"],
  ["COMMANDLOG RESET nosuch", BAD_LOG],
  ["LATENCY LATEST", "*0"],
  ["LATENCY HISTORY nosuch", "*0"],
  ["LATENCY HISTORY", "-ERR wrong number of arguments for 'latency|history' command"],
  ["LATENCY RESET", ":0"],
  ["LATENCY RESET a b", ":0"],
  ["LATENCY GRAPH nosuch", "-ERR No samples available for event 'nosuch'"],
  ["LATENCY HISTOGRAM", "*0"],
  ["LATENCY HISTOGRAM nosuch", "*0"],
  ["LATENCY nosuch", "-ERR unknown subcommand 'nosuch'. Try LATENCY HELP."],
])("%s is answered %j", (request, reply) => {
  expect(connect().send(request)).toBe(reply);
});

test.each([
  ["SLOWLOG HELP", 12],
  ["COMMANDLOG HELP", 16],
  ["LATENCY HELP", 17],
])("%s has %i lines", (request, lines) => {
  expect(connect().send(request)).toMatch(
    new RegExp(`^\\*${lines} \\+.* \\+HELP \\+ {4}Prints this help\\.$`),
  );
});

describe("an entry of the slow log", () => {
  test("is id, time, microseconds, arguments, address and name of the client", () => {
    const client = connect("--slowlog-log-slower-than", "0");
    client.send("CLIENT SETNAME me", "SLOWLOG RESET", "SET a 1", "GET a");
    const atSeconds = Math.floor(Date.now() / 1000);
    const [, id, seconds = "", rest = ""] =
      /^\*1 \*6 :(\d+) :(\d+) :\d+ (.*)$/.exec(client.send("SLOWLOG GET 1")) ?? [];
    expect(id).toBe("3");
    expect(Math.abs(Number(seconds) - atSeconds)).toBeLessThan(60);
    expect(rest).toBe("*2 $3 GET $1 a $3 ?:0 $2 me");
  });

  test("ten are shown, and all that are asked for", () => {
    const client = connect("--slowlog-log-slower-than", "0");
    client.send(...Array.from({ length: 20 }, (_, at) => `GET ${at}`));
    expect(client.send("SLOWLOG GET")).toMatch(/^\*10 /);
    expect(client.send("SLOWLOG GET 15")).toMatch(/^\*15 /);
    expect(client.send("SLOWLOG GET -1")).toMatch(/^\*22 /);
    expect(client.send("COMMANDLOG GET 3 slow")).toMatch(/^\*3 /);
  });

  test("`slowlog-max-len` cuts at once, and CONFIG knows the names of Valkey", () => {
    const client = connect("--slowlog-log-slower-than", "0");
    client.send("GET a", "GET b", "GET c", "CONFIG SET commandlog-slow-execution-max-len 2");
    expect(client.send("SLOWLOG LEN")).toBe(":2");
    expect(client.send("CONFIG GET slowlog-max-len")).toBe("*2 $15 slowlog-max-len $1 2");
    expect(client.send("CONFIG SET commandlog-execution-slower-than -1", "SLOWLOG RESET")).toBe(
      "+OK +OK",
    );
    expect(client.send("GET a", "SLOWLOG LEN")).toBe("$-1 :0");
  });

  test("hides what is secret", () => {
    const client = connect("--slowlog-log-slower-than", "0");
    client.send("AUTH secret", "CONFIG SET requirepass secret", "HELLO 3 AUTH default secret");
    expect(client.send("SLOWLOG GET")).not.toContain("secret");
    expect(client.send("SLOWLOG GET")).toContain("requirepass $10 (redacted)");
  });
});

describe("LATENCY", () => {
  function nodeWithEvents(): SocketlessNode {
    const node = new SocketlessNode("--latency-monitor-threshold", "10");
    const { latency } = node.broker;
    latency.note("command", 15, 1000);
    latency.note("command", 40, 61_000);
    latency.note("command", 20, 62_000);
    latency.note("gc", 12, 61_000);
    return node;
  }

  test("LATEST and HISTORY tell the events", () => {
    const client = nodeWithEvents().connect();
    expect(client.send("LATENCY LATEST")).toBe("*2 *4 $7 command :62 :20 :40 *4 $2 gc :61 :12 :12");
    expect(client.send("LATENCY HISTORY command")).toBe("*3 *2 :1 :15 *2 :61 :40 *2 :62 :20");
    expect(client.send("LATENCY HISTORY Command")).toBe("*0");
  });

  test("RESET forgets the named ones in any case, or all", () => {
    const client = nodeWithEvents().connect();
    expect(client.send("LATENCY RESET COMMAND command nosuch", "LATENCY RESET")).toBe(":1 :1");
    expect(client.send("LATENCY LATEST")).toBe("*0");
  });

  test("a slow command is an event, by its kind", () => {
    const node = new SocketlessNode(
      ...["--latency-monitor-threshold", "10", "--enable-debug-command", "yes"],
    );
    const client = node.connect();
    client.send("GET a", "DEBUG SLEEP 0.02", "PING");
    expect(node.broker.latency.events.map(([event]) => event)).toEqual(["command"]);
    expect(client.send("LATENCY GRAPH command")).toMatch(/ command - high \d\d ms, low \d\d ms/);
  });

  test("HISTOGRAM counts calls by time, of the commands that are asked for", () => {
    const node = new SocketlessNode();
    const client = node.connect();
    client.send("SET a 1", "GET a", "CLIENT ID");
    expect(client.send("LATENCY HISTOGRAM set client nosuch CLIENT|id")).toMatch(
      /^\*6 \$3 set \*4 \$5 calls :1 \$14 histogram_usec \*2 :\d+ :1 (\$9 client\|id \*4 \$5 calls :1 \$14 histogram_usec \*2 :\d+ :1 ?){2}$/,
    );
    client.send("HELLO 3");
    expect(client.send("LATENCY HISTOGRAM get")).toMatch(
      /^%1 \$3 get %2 \$5 calls :1 \$14 histogram_usec %1 :\d+ :1$/,
    );
  });

  test("DOCTOR says what is off, that all is well, or what was seen and may help", () => {
    expect(connect().send("LATENCY DOCTOR")).toContain("the latency monitor is off");
    expect(connect("--latency-monitor-threshold", "10").send("LATENCY DOCTOR")).toContain(
      "nothing to treat",
    );
    const told = nodeWithEvents().connect().send("LATENCY DOCTOR");
    expect(told).toContain("1. command: 3 latency spikes (average 25ms, mean deviation 10ms, ");
    expect(told).toContain("Worst all time event 40ms.");
    expect(told).toContain("SLOWLOG GET names the commands");
    expect(told).toContain("2. gc: 1 latency spikes");
  });

  test("GRAPH draws what redis-server 7.0.15 draws", () => {
    const samples = [20, 5, 101, 60, 30, 80].map((durationMs, at) => ({
      atSeconds: 1000 + at * 40,
      durationMs,
    }));
    expect(drawSeries("command", { samples, worstMs: 120 }, 1210)).toBe(
      [
        "command - high 101 ms, low 5 ms (all time high 120 ms)",
        "-".repeat(80),
        "  #  _",
        "  |_ |",
        "  ||_|",
        "o_||||",
        "      ",
        "322151",
        "mmmm00",
        "    ss",
        "",
      ].join("\n"),
    );
  });

  test("GRAPH goes on below after eighty samples, and a flat line is flat", () => {
    const samples = Array.from({ length: 81 }, (_, at) => ({ atSeconds: at, durationMs: 7 }));
    const lines = drawSeries("gc", { samples, worstMs: 7 }, 100_000).split("\n");
    expect(lines[5]).toBe("_".repeat(80));
    expect(lines.at(-5)).toBe("_");
  });
});

test("names in the error of GRAPH are quoted whole", () => {
  expect(connect().send("LATENCY GRAPH \u0000x")).toBe(
    ascii("-ERR No samples available for event '\u0000x'"),
  );
});
