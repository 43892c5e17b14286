import { describe, expect, test } from "vitest";
import { chooseReplica, type FailoverWish } from "./choose-replica.ts";
import { findNode, findShard } from "./find-member.ts";
import { idOf, statusOf } from "./test-status.ts";

const STATUS = statusOf({
  a: { a1: {}, a2: { lagBytes: 50 }, a3: { lagBytes: 10 }, a4: { isInSync: false, lagBytes: 0 } },
  b: { b1: {}, b2: { isInSync: false }, b3: { health: "suspected" } },
});

describe("a node is found", () => {
  test.each(["node-a2", idOf("a2"), "a2a2", "A2A2", "127.0.0.1:7162"])("by %s", (text) => {
    expect(findNode(STATUS, text).node.id).toBe(idOf("a2"));
  });

  test.each([
    ["a2a", /^there is no node 'a2a'; there are node-a1, node-a2, /],
    ["node-c1", /^there is no node/],
  ])("and %s is none", (text, message) => {
    expect(() => findNode(STATUS, text)).toThrow(message);
  });

  test("unless it could be several", () => {
    const twins = statusOf({ a: { a1: { name: "x" }, a2: { name: "x" } } });
    expect(() => findNode(twins, "x")).toThrow("'x' could be several nodes");
  });
});

test.each(["b5ad", "node-b2", "127.0.0.1:7177"])("a shard is found by %s", (text) => {
  expect(findShard(STATUS, text).primary).toBe(idOf("b1"));
});

describe("who takes over", () => {
  const chosen = (wish: Partial<FailoverWish>, self = "a1"): string =>
    chooseReplica(
      { ...STATUS, self: idOf(self) },
      { node: undefined, shard: undefined, mode: "planned", ...wish },
    ).node.name;

  test("is the replica in sync with the most, of the node's shard or the given one", () => {
    expect(chosen({})).toBe("node-a3");
    expect(chosen({}, "a2")).toBe("node-a2");
    expect(chosen({ shard: "a5ad" }, "b1")).toBe("node-a3");
    expect(chosen({ node: "node-a4" })).toBe("node-a4");
  });

  test("is one that is not in sync only when data may be lost", () => {
    expect(() => chosen({ shard: "b5ad", mode: "force" })).toThrow(
      "shard b5ad0000 has no replica that is online and in sync; --takeover promotes one that is not",
    );
    expect(chosen({ shard: "b5ad", mode: "takeover" })).toBe("node-b2");
  });

  test("is no primary", () => {
    expect(() => chosen({ node: "node-b1", mode: "force" })).toThrow(
      "node-b1 is the primary of its shard already",
    );
  });

  test("may be a primary that is named, when data may be lost: it came back with nothing, or refuses", () => {
    expect(chosen({ node: "node-b1", mode: "takeover" })).toBe("node-b1");
  });
});
