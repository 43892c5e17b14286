import { describe, expect, test } from "vitest";
import { ClusterView } from "./cluster-view.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const PRIMARY = `${A} 127.0.0.1:7000@17000,host myself,master - 0 0 1 connected 0-5460 5462-16383 5461 [7-<-${B}]`;
const REPLICA = `${B} 127.0.0.1:7001@17001 slave ${A} 0 1 1 connected`;
const ONE_AND_ONE = { primaries: 1, replicas: 1 };

describe("a view of the cluster", () => {
  test("tells who serves a slot, and who follows", () => {
    const view = new ClusterView(`${PRIMARY}\n${REPLICA}\n`);
    expect(view.primaryOf(5461)?.port).toBe(7000);
    expect(view.replicasOf(A).map(({ port }) => port)).toEqual([7001]);
    expect(view.isWhole(ONE_AND_ONE)).toBe(true);
  });

  test.each([
    ["a node is missing", [PRIMARY]],
    ["a node is away", [PRIMARY, REPLICA.replace("connected", "disconnected")]],
    ["a node is suspected", [PRIMARY, REPLICA.replace("slave ", "slave,fail? ")]],
    ["a slot is not served", [PRIMARY.replace(" 5461 ", " "), REPLICA]],
    ["a replica follows nobody", [PRIMARY, REPLICA.replace(`slave ${A}`, "master -")]],
  ])("is not whole when %s", (_what, lines) => {
    expect(new ClusterView(`${lines.join("\n")}\n`).isWhole(ONE_AND_ONE)).toBe(false);
  });

  test("has the same summary for all who agree who serves what", () => {
    const seenByReplica = `${PRIMARY.replace("myself,", "")}\n${REPLICA.replace("slave", "myself,slave")}\n`;
    const { summary } = new ClusterView(seenByReplica);
    expect(summary).toBe(new ClusterView(`${REPLICA}\n${PRIMARY}\n`).summary);
    const replaced = new ClusterView(`${PRIMARY.replace(" 0-5460", "")}\n${REPLICA}\n`);
    expect(replaced.summary).not.toBe(summary);
  });
});
