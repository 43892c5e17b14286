import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseClusterArguments } from "./cluster-arguments.ts";
import { planCluster, type NodePlan } from "./cluster-plan.ts";
import { checkEarlierCluster } from "./earlier-cluster.ts";

function plan(...argv: readonly string[]): NodePlan[] {
  return planCluster(parseClusterArguments(argv));
}

test("each node gets its ports, its directory, and what it needs to find the others", () => {
  const plans = plan("--dir", "/data", "--maxclients", "50");
  expect(plans).toHaveLength(6);
  expect(plans[1]).toEqual({
    name: "node-2",
    host: "127.0.0.1",
    port: 7001,
    busPort: 17_001,
    dir: "/data/7001",
    argv: [
      "--port=7001",
      "--cluster-port=17001",
      "--cluster-enabled=yes",
      "--cluster-seeds=127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002",
      "--cluster-size=6",
      "--cluster-replicas=1",
      "--cluster-announce-human-nodename=node-2",
      "--bind",
      "127.0.0.1",
      "-::1",
      "--maxclients=50",
      "--dir=/data/7001",
    ],
  });
});

test.each([
  [["--primaries", "2"], 4, "127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002"],
  [["--primaries=1", "--replicas=0"], 1, "127.0.0.1:7000"],
  [
    ["--primaries", "1", "--replicas", "1", "--bind", "::1", "--cluster-port", "9000"],
    2,
    "[::1]:7000@9000,[::1]:7001@9001",
  ],
  [
    ["--replicas", "0", "--cluster-announce-ip", "10.0.0.1"],
    3,
    "10.0.0.1:7000,10.0.0.1:7001,10.0.0.1:7002",
  ],
])("%j are %i nodes with the seeds %s", (argv, nodes, seeds) => {
  const plans = plan(...argv);
  expect(plans).toHaveLength(nodes);
  for (const { argv: words } of plans) {
    expect(words).toContain(`--cluster-seeds=${seeds}`);
    expect(words).toContain(`--cluster-size=${nodes}`);
  }
});

test.each([
  [["--primaries", "0"], "primaries: '0' is not allowed: a number from 1 to 100"],
  [["--replicas", "x"], "replicas: 'x' is not allowed: a number from 0 to 99"],
  [["--primaries", "51"], "102 nodes are too many: at most 100"],
  [["--primries", "2"], "unknown directive 'primries' (command line); did you mean 'primaries'?"],
  [["--primaries"], "primaries: '' is not allowed"],
  [["--port", "65534"], "port: '65534' is not allowed: a number from 1 to 65530"],
  [["--port", "60000"], "the cluster bus would need port 70000"],
  [["--cluster-port", "7001"], "two nodes would listen on port 7001"],
  [["--listener", "a=1"], "listener: cannot be the same for all nodes of a launched cluster"],
  [["--cluster-size", "6"], "cluster-size: follows from --primaries and --replicas"],
  [["a.conf"], "unexpected argument 'a.conf'"],
])("%j is refused", (argv, message) => {
  expect(() => plan(...argv)).toThrow(message);
});

const dir = mkdtempSync(join(tmpdir(), "slotcast-"));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

test("a cluster that is in the directory is started whole, may grow, and may have others beside it", () => {
  for (const port of ["7000", "7001", "7002"]) {
    mkdirSync(join(dir, port));
    writeFileSync(join(dir, port, "nodes.identity"), "");
  }
  const check = (...argv: readonly string[]): void => {
    checkEarlierCluster(dir, plan("--replicas", "0", ...argv), { nodesFile: "nodes.conf" });
  };
  expect(() => {
    check("--primaries", "2");
  }).toThrow(`dir: ${dir} holds a cluster with nodes on the ports 7000, 7001, 7002`);
  expect(() => {
    check("--port", "7001");
  }).toThrow("start all of them");
  for (const argv of [[], ["--primaries", "4"], ["--port", "8000"]]) check(...argv);
  expect(() => {
    checkEarlierCluster(join(dir, "none"), plan(), { nodesFile: "nodes.conf" });
  }).not.toThrow();
});
