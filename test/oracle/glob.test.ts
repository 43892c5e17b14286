import { ascii, globMatches } from "@slotcast/protocol";
import { RespClient } from "@slotcast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal: a pattern matches the channels that it matches in redis-server, nonsense patterns included.
// Method: subscribe to the drawn channels there, and ask PUBSUB CHANNELS with the drawn pattern.

const ROUNDS = 500;

const patternPiece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c", "-", "]", "^", "\xff", "\0") },
  { weight: 3, arbitrary: fc.constantFrom("*", "?", "**") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        "[abc]",
        "[^a]",
        "[a-c]",
        "[c-a]",
        "[a-]",
        "[-a]",
        "[]",
        "[^]",
        "[]a]",
        "[\\]]",
        "[\\a-c]",
      ],
      ...[
        "[a-\\c]",
        "[^^]",
        "[a",
        "[^a",
        "[",
        "[a-",
        "[\\",
        "[^",
        "[a-c-e]",
        "\\",
        "\\*",
        "\\a",
        "\\\\",
      ],
    ),
  },
);
const pattern = fc.array(patternPiece, { maxLength: 7 }).map((pieces) => pieces.join(""));
const textPiece = fc.constantFrom(
  "a",
  "b",
  "c",
  "d",
  "-",
  "*",
  "?",
  "[",
  "]",
  "\\",
  "^",
  "\xff",
  "\0",
);
const text = fc.array(textPiece, { maxLength: 6 }).map((pieces) => pieces.join(""));

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)(
  "beside redis-server 7.0",
  () => {
    test("patterns match the same channels", async () => {
      await using server = await startRedisServer();
      await using subscriber = await RespClient.connect(server.port);
      await using client = await RespClient.connect(server.port);
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(text, { minLength: 1, maxLength: 12 }),
          fc.array(pattern, { minLength: 1, maxLength: 8 }),
          async (channels, patterns) => {
            await subscriber.subscribe("SUBSCRIBE", ...channels);
            try {
              for (const drawn of patterns) {
                const theirs = await client.call("PUBSUB", "CHANNELS", drawn);
                const ours = channels.filter((channel) =>
                  globMatches(ascii(drawn), ascii(channel)),
                );
                expect({ drawn, matches: sorted(ours) }).toEqual({
                  drawn,
                  matches: sorted(theirs),
                });
              }
            } finally {
              await subscriber.subscribe("UNSUBSCRIBE", ...channels);
            }
          },
        ),
        { numRuns: ROUNDS },
      );
    });
  },
);

function sorted(names: unknown): string[] {
  return Array.isArray(names) ? names.map(String).toSorted() : [];
}
