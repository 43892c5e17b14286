import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { redactedArguments } from "./redacted-arguments.ts";

// Compared with what SLOWLOG GET of redis-server 7.0.15 shows.
test.each([
  ["auth", "AUTH secret", "AUTH *"],
  ["auth", "AUTH user secret", "AUTH * *"],
  ["auth", "AUTH a b c", "AUTH * * *"],
  ["hello", "HELLO 3 auth user secret SETNAME me", "HELLO 3 auth * * SETNAME me"],
  ["hello", "HELLO 3 SETNAME me", "HELLO 3 SETNAME me"],
  ["hello", "HELLO", "HELLO"],
  [
    "config|set",
    "CONFIG SET RequirePass secret timeout 7 masterauth secret",
    "CONFIG SET RequirePass * timeout 7 masterauth *",
  ],
  ["config|set", "CONFIG SET timeout requirepass", "CONFIG SET timeout requirepass"],
  ["config|set", "CONFIG SET nosuch x", "CONFIG SET nosuch x"],
  ["set", "SET requirepass x", "SET requirepass x"],
])("%s: %j is shown as %j", (fullName, request, shown) => {
  const argv = request.split(" ").map(ascii);
  const words = redactedArguments(fullName, argv).map((word) =>
    word === "(redacted)" ? "*" : word,
  );
  expect(words.join(" ")).toBe(shown);
});
