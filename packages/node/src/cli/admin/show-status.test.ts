import { expect, test } from "vitest";
import { makeStyle } from "../style.ts";
import { showStatus } from "./show-status.ts";
import { idOf, statusOf } from "./test-status.ts";
import { withLags } from "./whole-status.ts";

const PLAIN = makeStyle({ hasColor: false });

test("a cluster that is well is a headline and a table", () => {
  const status = statusOf({ a: { a1: {}, a2: { lagBytes: 0, lagMs: 3 } }, b: { b1: {}, b2: {} } });
  expect(showStatus(status, PLAIN)).toBe(`\
cluster c0ffee00 is ok: 16384 of 16384 slots have an owner (epoch 3, facts 12)
voters  node-a1 (node-a1 leads)

SHARD     NODE     ADDRESS         ROLE     IN SYNC  VOTER  HEALTH  LAG        SLOTS
a5ad0000  node-a1  127.0.0.1:7161  primary  yes      yes    online             0-8191
          node-a2  127.0.0.1:7162  replica  yes             online  0 B, 3 ms
b5ad0000  node-b1  127.0.0.1:7177  primary  yes      yes    online             8192-16383
          node-b2  127.0.0.1:7178  replica  yes             online  0 B
`);
});

test("what is wrong stands below, and in its line", () => {
  const status = statusOf(
    {
      a: {
        a1: { name: "", health: "failed", suspectedBy: ["x", "y"] },
        a2: { isInSync: false, health: "loading", lagBytes: 1_500_000 },
      },
    },
    {
      state: "down",
      problems: [
        { code: "no-primary", severity: "error", text: "it has failed", shard: idOf("a1") },
        { code: "no-leader", severity: "warning", text: "nobody leads" },
      ],
      voters: { nodes: [idOf("a1"), idOf("f9")], wanted: 3, leader: null, hasQuorum: false },
    },
  );
  expect(showStatus(status, PLAIN).split("\n").slice(1)).toEqual([
    "voters  127.0.0.1:7161, f9f90000 (nobody leads, no majority is heard)",
    "",
    "SHARD     NODE      ADDRESS         ROLE     IN SYNC  VOTER  HEALTH         LAG     SLOTS",
    "a5ad0000  a1a10000  127.0.0.1:7161  primary  yes      yes    failed (by 2)          0-8191",
    "          node-a2   127.0.0.1:7162  replica  no              loading        1.5 MB",
    "",
    "problems",
    "  error    shard a1a10000: it has failed",
    "  warning  nobody leads",
    "",
  ]);
});

test("colours change no column", () => {
  const status = statusOf({ a: { a1: {}, a2: { isInSync: false, health: "suspected" } } });
  const colored = showStatus(status, makeStyle({ hasColor: true }));
  expect(colored).toContain("\u001b[33mno\u001b[39m");
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(showStatus(status, PLAIN));
});

test("a primary's word about its replicas goes before another node's, unless it led before", () => {
  const status = statusOf({ a: { a1: {} }, b: { b1: {}, b2: { lagBytes: 900 } } });
  const told = statusOf(
    { a: { a1: {} }, b: { b1: {}, b2: { lagBytes: 7, lagMs: 2 } } },
    { self: idOf("b1") },
  );
  const replica = (shown: typeof status): unknown => shown.shards[1]?.nodes[1];
  expect(replica(withLags(status, [told]))).toMatchObject({ lagBytes: 7, lagMs: 2 });
  expect(replica(withLags(status, []))).toMatchObject({ lagBytes: 900, lagMs: null });
  const older = { ...told, shards: told.shards.map((shard) => ({ ...shard, epoch: 0 })) };
  expect(replica(withLags(status, [older]))).toMatchObject({ lagBytes: 900, lagMs: null });
});
