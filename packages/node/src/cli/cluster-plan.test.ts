import { expect, test } from "vitest";
import { parseNodesFile, formatNodesFile } from "../config/nodes-file.ts";
import { parseClusterArguments } from "./cluster-arguments.ts";
import { divideSlots, planCluster, type NodePlan } from "./cluster-plan.ts";

function plan(argv: readonly string[], before: readonly NodePlan[] = []): NodePlan[] {
  let ids = before.length;
  return planCluster({
    arguments: parseClusterArguments(argv),
    previous: new Map(before.map((one) => [one.port, one.nodesFile])),
    newId: () => (ids += 1).toString(16).padStart(40, "0"),
  });
}

const ids = (plans: readonly NodePlan[]): (string | undefined)[] =>
  plans.map(({ nodesFile }) => nodesFile.nodes.find(({ flags }) => flags.includes("myself"))?.id);

test("three nodes divide the slots as redis-cli does", () => {
  expect(divideSlots(3)).toEqual([
    [0, 5460],
    [5461, 10_922],
    [10_923, 16_383],
  ]);
});

test("any number of nodes covers every slot once, with shares that differ by one at most", () => {
  for (let owners = 1; owners <= 100; owners += 1) {
    const ranges = divideSlots(owners);
    const sizes = ranges.map(([first, last]) => last - first + 1);
    expect(ranges.map(([first]) => first)).toEqual([
      0,
      ...ranges.slice(0, -1).map(([, last]) => last + 1),
    ]);
    expect(ranges.at(-1)?.[1]).toBe(16_383);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});

test("each node gets its ports, its directory and a file in which it is myself", () => {
  const [, second] = plan(["--dir", "/data", "--maxclients", "50"]);
  expect(second).toMatchObject({
    name: "node-2",
    host: "127.0.0.1",
    port: 7001,
    busPort: 17_001,
    dir: "/data/7001",
  });
  expect(second?.argv).toEqual([
    "--port=7001",
    "--cluster-port=17001",
    "--cluster-enabled=yes",
    "--cluster-config-file=nodes.conf",
    "--cluster-announce-human-nodename=node-2",
    "--bind",
    "127.0.0.1",
    "-::1",
    "--maxclients=50",
    "--dir=/data/7001",
  ]);
  const text = formatNodesFile(
    second?.nodesFile ?? { nodes: [], currentEpoch: 0, lastVoteEpoch: 0 },
  );
  expect(text.split("\n")[1]).toBe(
    `${"2".padStart(40, "0")} 127.0.0.1:7001@17001,,nodename=node-2 myself,master - 0 0 2 connected 5461-10922`,
  );
  expect(() => parseNodesFile(text, { path: "f" })).not.toThrow();
});

test("a second start keeps files that fit", () => {
  const first = plan([]);
  const moved = first.map((one) => ({ ...one, nodesFile: { ...one.nodesFile, currentEpoch: 9 } }));
  expect(plan([], moved).map(({ nodesFile }) => nodesFile)).toEqual(
    moved.map(({ nodesFile }) => nodesFile),
  );
});

test("another number of nodes divides the slots anew and keeps the ids of known ports", () => {
  const first = plan([]);
  const second = plan(["--primaries", "4"], first);
  expect(ids(second).slice(0, 3)).toEqual(ids(first));
  expect(second[0]?.nodesFile.nodes.map(({ slots }) => slots)).toEqual(
    divideSlots(4).map((one) => [one]),
  );
});

test("nodes that disagree about the owners get the slots divided anew", () => {
  const first = plan([]);
  const [one, two, three] = first;
  if (one === undefined || two === undefined || three === undefined) throw new Error("three nodes");
  const [a, b, c] = one.nodesFile.nodes;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three nodes");
  const swapped = {
    ...one.nodesFile,
    nodes: [{ ...a, slots: b.slots }, { ...b, slots: a.slots }, c],
  };
  const again = plan([], [{ ...one, nodesFile: swapped }, two, three]);
  expect(again.map(({ nodesFile }) => nodesFile)).toEqual(first.map(({ nodesFile }) => nodesFile));
});

test.each([
  [["--primaries", "0"], "primaries: '0' is not allowed: a number from 1 to 100"],
  [["--primries", "2"], "unknown directive 'primries' (command line); did you mean 'primaries'?"],
  [["--primaries"], "primaries: '' is not allowed"],
  [["--port", "65534"], "port: '65534' is not allowed: a number from 1 to 65533"],
  [["--port", "60000"], "the cluster bus would need port 70000"],
  [["--cluster-port", "7001"], "two nodes would listen on port 7001"],
  [["--listener", "a=1"], "listener: cannot be the same for all nodes of a launched cluster"],
  [["a.conf"], "unexpected argument 'a.conf'"],
])("%j is refused", (argv, message) => {
  expect(() => plan(argv)).toThrow(message);
});
