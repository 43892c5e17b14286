import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { CommandRegistry } from "./command-registry.ts";
import { QUICK_COMMANDS } from "./quick-commands.ts";

const found = (registry: CommandRegistry, request: string): string | undefined =>
  registry.find(request.split(" ").map(ascii))?.fullName;

const spellings = (name: string): string[] => [
  name,
  name.toUpperCase(),
  `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
];

test("every command is found by its name in any case, whatever was asked before", () => {
  const registry = new CommandRegistry();
  const wrong: string[] = [];
  // Twice, since the second time a name may be remembered, or another one in its place.
  for (const { fullName } of [...registry.all, ...registry.all]) {
    for (const spelling of spellings(fullName)) {
      if (found(registry, spelling.replace("|", " ")) !== fullName) wrong.push(spelling);
    }
  }
  expect(wrong).toEqual([]);
});

test("names next to each other do not become each other", () => {
  const registry = new CommandRegistry();
  for (let again = 0; again < 3; again += 1) {
    for (const [request, name] of [
      ["SET a 1", "set"],
      ["GET a", "get"],
      ["SETA", undefined],
      ["SE", undefined],
      ["", undefined],
      ["COMMAND", "command"],
      ["COMMAND COUNT", "command|count"],
      ["COMMAND|COUNT", undefined],
      ["CLIENT", undefined],
      ["CLIENT nosuch", undefined],
    ] as const) {
      expect([request, found(registry, request)]).toEqual([request, name]);
    }
  }
});

test.each([
  ["SUBSCRIBE a b a", "channel", "subscribe", ["a", "b", "a"]],
  ["UNSUBSCRIBE a b", "channel", "unsubscribe", ["a", "b"]],
  ["UNSUBSCRIBE", "channel", "unsubscribe", []],
  ["PSUBSCRIBE a* b*", "pattern", "subscribe", ["a*", "b*"]],
  ["PUNSUBSCRIBE a*", "pattern", "unsubscribe", ["a*"]],
  ["PUBLISH a b", "channel", "publish", ["a"]],
  ["SSUBSCRIBE a b", "shardChannel", "subscribe", ["a", "b"]],
  ["SUNSUBSCRIBE a", "shardChannel", "unsubscribe", ["a"]],
  ["SPUBLISH a b", "shardChannel", "publish", ["a"]],
  ["PUBSUB NUMSUB a", undefined, undefined, []],
  ["SET a b", undefined, undefined, []],
])("the channels of %s: %s, %s, %j", (request, kind, action, channels) => {
  const argv = request.split(" ").map(ascii);
  const command = new CommandRegistry().find(argv);
  expect(command?.channelsOf(argv)).toEqual(channels);
  expect(command?.spec.channels?.kind).toBe(kind);
  expect(command?.spec.channels?.action).toBe(action);
});

test("what is measured together is a command, and never one that waits", () => {
  const { all } = new CommandRegistry();
  const quick = all.filter(({ isQuick }) => isQuick);
  expect(quick.map(({ fullName }) => fullName).toSorted(compareText)).toEqual(
    [...QUICK_COMMANDS].toSorted(compareText),
  );
  expect(quick.filter(({ spec }) => spec.flags.includes("blocking"))).toEqual([]);
});

function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
