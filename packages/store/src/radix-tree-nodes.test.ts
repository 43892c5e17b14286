import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { countRadixTreeNodes } from "./radix-tree-nodes.ts";
import { parseStreamId } from "./stream-id.ts";

// `radix-tree-nodes` of redis-server 7.0.15 with stream-node-max-entries 1, so that every id is a key.
test.each([
  [[], 1],
  [["2-0"], 2],
  [["255-1", "256-5"], 6],
  [["65536-0", "65536-1099511627776"], 6],
  [["10000001-1", "10065537-1"], 6],
  [["9223372036854775808-1", "9223372036854776063-1"], 6],
  [["1-1", "1-2", "1-3"], 5],
  [["1-1", "2-1", "2-2", "2-300", "70000-0"], 15],
])("%j are %i nodes", (ids, nodes) => {
  const keys = ids.map((id) => parseStreamId(ascii(id), 0));
  expect(countRadixTreeNodes(keys.length, (index) => keys[index])).toBe(nodes);
});

test.each([
  [1, 20_042],
  [7, 20_279],
  [100, 23_924],
  [50_000, 22_403],
])(
  "ten thousand keys, %i ms between them, are %i nodes but for a hundredth, told from a few of them",
  (stepMs, nodes) => {
    let looks = 0;
    const estimate = countRadixTreeNodes(10_000, (index) => {
      looks += 1;
      return { ms: 1_769_843_435_725 + index * stepMs, seq: 0 };
    });
    expect(Math.abs(estimate - nodes)).toBeLessThan(nodes / 100);
    expect(looks).toBeLessThan(1000);
  },
);
