import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readBusTraffic } from "./bus-traffic.ts";
import { parseClusterSlots } from "./cluster-topology.ts";
import { parseInfoFields } from "./info-fields.ts";
import { parseProcessCpuUs, processCpuUs } from "./process-cpu.ts";

describe("readBusTraffic", () => {
  const messageBytes = 81;

  test("takes counted bytes where the server counts them", () => {
    const clusterInfo = parseInfoFields(
      "cluster_state:ok\r\ncluster_stats_bytes_publish_sent:1234\r\n",
    );
    const serverInfo = parseInfoFields("redis_version:7.4.0");
    expect(readBusTraffic({ clusterInfo, serverInfo, messageBytes })).toEqual({
      bytes: 1234,
      source: "counted",
    });
  });

  test("computes Redis' from its messages of both kinds and its full header", () => {
    const clusterInfo = parseInfoFields(
      "cluster_state:ok\r\ncluster_stats_messages_publish_sent:10\r\ncluster_stats_messages_publishshard_sent:1\r\n",
    );
    const serverInfo = parseInfoFields("# Server\r\nredis_version:7.0.15\r\n");
    expect(readBusTraffic({ clusterInfo, serverInfo, messageBytes })).toEqual({
      bytes: 11 * (2264 + messageBytes),
      source: "computed",
    });
  });

  test("computes Valkey's with the light header it has since version 8", () => {
    const clusterInfo = parseInfoFields(
      "cluster_state:ok\ncluster_stats_messages_publish_sent:10\n",
    );
    const serverInfo = parseInfoFields("redis_version:7.2.4\nvalkey_version:8.1.1\n");
    expect(readBusTraffic({ clusterInfo, serverInfo, messageBytes }).bytes).toBe(
      10 * (24 + messageBytes),
    );
  });

  test("knows of no bus where there is no cluster", () => {
    const nothing = new Map<string, string>();
    const traffic = readBusTraffic({ clusterInfo: nothing, serverInfo: nothing, messageBytes });
    expect(traffic.source).toBe("none");
  });
});

describe("parseClusterSlots", () => {
  const asked = { host: "10.0.0.9", port: 7000 };

  test("lists owners in the order of their slots, each once, without replicas", () => {
    const { nodes, owners } = parseClusterSlots(
      [
        [8192, 16383, ["b", 2, "id-b", []], ["replica", 9, "id-r", []]],
        [0, 99, ["a", 1, "id-a", []]],
        [200, 8191, ["a", 1, "id-a", []]],
      ],
      asked,
    );
    expect(nodes).toEqual([
      { host: "a", port: 1 },
      { host: "b", port: 2 },
    ]);
    expect([owners[0], owners[99], owners[100], owners[200], owners[16383]]).toEqual([
      0,
      0,
      undefined,
      0,
      1,
    ]);
  });

  test("puts the asked host where a node leaves its own out", () => {
    const slots = [
      [0, 1, ["", 1]],
      [2, 16383, [null, 2]],
    ];
    expect(parseClusterSlots(slots, asked).nodes).toEqual([
      { host: "10.0.0.9", port: 1 },
      { host: "10.0.0.9", port: 2 },
    ]);
  });

  test.each([[[]], ["x"], [[[0, "x", []]]]])("refuses %j", (reply) => {
    expect(() => parseClusterSlots(reply, asked)).toThrow(/slots|form/);
  });
});

describe("processCpuUs", () => {
  test("adds user and system time whatever the command is called", () => {
    const stat = "42 (a) b (c) R 1 42 42 0 -1 4194304 1 2 3 4 250 50 0 0 20 0 1 0 100";
    expect(parseProcessCpuUs(stat)).toBe(3_000_000);
  });

  test("agrees with what this process says of itself", () => {
    const { user, system } = process.cpuUsage();
    const read = processCpuUs(process.pid) ?? Number.NaN;
    expect(Math.abs(read - (user + system))).toBeLessThan(200_000);
    expect(parseProcessCpuUs(readFileSync("/proc/self/stat", "utf8"))).toBeDefined();
  });

  test("does not know a process that is not there", () => {
    expect(processCpuUs(2 ** 30)).toBeUndefined();
  });
});
