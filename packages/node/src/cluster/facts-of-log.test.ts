import { founderState, type FactCommand } from "@slotcast/control";
import { expect, test } from "vitest";
import { factsOfLog } from "./facts-of-log.ts";
import { id, nodeFact, shardId } from "./test-facts.ts";

test("a voter that starts again finds the nodes that its log speaks of, though it is not known yet what counts", () => {
  const commands: FactCommand[] = [
    { kind: "found", clusterId: id("c"), historyId: id("4000"), node: nodeFact("a1") },
    {
      kind: "join",
      node: nodeFact("b1", { shardId: shardId("b") }),
      historyId: id("4001"),
      epoch: 0,
      slots: [],
      isInvited: true,
      knownVersion: 1,
    },
  ];
  const entries = commands.map((command, at) => ({
    index: at + 1,
    term: 1,
    command: { kind: "facts" as const, command },
  }));
  const facts = factsOfLog({ ...founderState(id("a1")), entries });
  expect([...facts.nodes.keys()]).toEqual([id("a1"), id("b1")]);
  expect(factsOfLog(undefined).nodes.size).toBe(0);
});
