import { startNode } from "@slotcast/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RecordedConnection } from "./recorded-connection.ts";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal: bytes that are no well-formed request get the answer that redis-server gives, and the same fate.

const ANSWER_WITHIN_MS = 3000;
const END = "@end@";
const servers = new AsyncDisposableStack();
let redisPort = 0;
let nodePort = 0;

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)(
  "beside redis-server 7.0",
  () => {
    beforeAll(async () => {
      redisPort = servers.use(await startRedisServer()).port;
      nodePort = servers.use(await startNode()).port;
    });
    afterAll(async () => servers.disposeAsync());

    test.each([
      ...["*a\r\n", "*\r\n", "*01\r\n", "*+1\r\n", "*1 \r\n", "* 1\r\n", "*-\r\n", "*1.0\r\n"],
      ...["*99999999999999999999\r\n", "*9223372036854775807\r\n", "*2147483648\r\n"],
      ...[
        "*1\r\n:1\r\n",
        "*1\r\nPING\r\n",
        "*1\r\n\r\n",
        "*2\r\n$4\r\nPING\r\n*1\r\n",
        "*1\r\n+OK\r\n",
      ],
      ...[
        "*1\r\n$-1\r\n",
        "*1\r\n$a\r\n",
        "*1\r\n$\r\n",
        "*1\r\n$01\r\n",
        "*1\r\n$ 4\r\n",
        "*1\r\n$4 \r\n",
      ],
      ...[
        "*1\r\n$536870913\r\n",
        "*1\r\n$99999999999999999999\r\n",
        "*1\r\n$4\r\nPINGxx",
        "*-5\r\n",
        "*0\r\n",
      ],
      ...[
        'ECHO "a\r\n',
        "ECHO 'a\r\n",
        'ECHO "a"b\r\n',
        "ECHO 'a'b\r\n",
        'ECHO a"b\r\n',
        'ECHO a"b"\r\n',
      ],
      ...["POST / HTTP/1.1\r\n", "host: example.com\r\n", "Host: x\r\n", "GET / HTTP/1.1\r\n"],
      ...["*1\r\n$4\r\npost\r\n", "*1\r\n$5\r\nhost:\r\n"],
      ...["\r\n", "\n", "   \r\n", "\t\r\n", "PING\n", "PING\r\n", "*1\n$4\nPING\n"],
    ])("%j", async (text) => {
      expect(await ask(nodePort, text)).toBe(await ask(redisPort, text));
    });

    test.each([
      ["an inline request", "x"],
      ["the number of arguments", "*1"],
      ["the length of an argument", "*1\r\n$1"],
    ])("%s of more than 64 KB", async (_what, start) => {
      const text = start + "1".repeat(70_000);
      expect(await ask(nodePort, text)).toBe(await ask(redisPort, text));
    });

    test("inline arguments are cut where redis-server cuts them", async () => {
      const piece = fc.constantFrom(
        ...[
          '"',
          "'",
          "\\",
          "\\x41",
          "\\xzz",
          "\\x4",
          "\\n",
          "\\r",
          "\\t",
          "\\a",
          "\\b",
          "\\'",
          '\\"',
        ],
        ...[" ", "  ", "\t", "\v", "a", "B", "\xff", "\x80", "x", "$", "*"],
      );
      const line = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
      await fc.assert(
        fc.asyncProperty(line, async (drawn) => {
          // COMMAND GETKEYS … shows each argument by itself.
          const text = `COMMAND GETKEYS DEL ${drawn}\r\nECHO ${drawn}\r\n`;
          expect(await ask(nodePort, text)).toBe(await ask(redisPort, text));
        }),
        { numRuns: 400 },
      );
    });
  },
);

/** What comes back until the marker that is sent behind it, or until the server closes the connection. */
async function ask(port: number, text: string): Promise<string> {
  const connection = await RecordedConnection.connect(port);
  connection.sendMarked(`${text}*2\r\n$4\r\nPING\r\n$${END.length}\r\n${END}\r\n`, END);
  const isAnswered = await connection.answered(ANSWER_WITHIN_MS);
  connection.destroy();
  return `${connection.received}${connection.isClosed ? "(closed)" : ""}${isAnswered ? "" : "(silent)"}`;
}
