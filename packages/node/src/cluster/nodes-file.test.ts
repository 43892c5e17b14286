import { expect, test } from "vitest";
import { nodesFile, WRITTEN_HERE } from "./nodes-file.ts";
import { founded, id, joined, nodeFact, replicating, shardId, withSlots } from "./test-facts.ts";

test("nodes.conf has a line for each node, as Redis writes it, behind a first line that says whose it is", () => {
  let facts = founded(nodeFact("a1", { hostname: "one.example", name: "one" }));
  facts = withSlots(withSlots(facts, "a", 0, 99), "a", 200, 200);
  facts = joined(facts, "b1", "b", { host: "::1" });
  facts = replicating(joined(facts, "a2"), "a2", "a");
  const [a, b] = [shardId("a"), shardId("b")];
  expect(nodesFile(facts, id("b1"))).toBe(
    [
      WRITTEN_HERE.trimEnd(),
      `${id("a1")} 127.0.0.1:7161@17161,one.example,nodename=one,shard-id=${a} master - 0 0 1 connected 0-99 200`,
      `${id("b1")} ::1:7177@17177,,shard-id=${b} myself,master - 0 0 0 connected`,
      `${id("a2")} 127.0.0.1:7162@17162,,shard-id=${a} slave ${id("a1")} 0 0 1 connected`,
      "vars currentEpoch 1 lastVoteEpoch 0\n",
    ].join("\n"),
  );
});
