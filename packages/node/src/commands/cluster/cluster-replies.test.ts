import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ascii, CommandError, EMPTY, makeReplyWriter, SLOTS } from "@slotcast/protocol";
import { Keyspace } from "@slotcast/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterNode } from "../../cluster-node.ts";
import { loadConfig } from "../../config/load-config.ts";
import { makeLogger } from "../../logger.ts";
import type { CommandContext, Handler } from "../handler.ts";
import { clusterHelp } from "./cluster-help.ts";
import { clusterInfo } from "./cluster-info.ts";
import { clusterKeyslot } from "./cluster-keyslot.ts";
import { clusterCountkeysinslot, clusterGetkeysinslot } from "./cluster-keysinslot.ts";
import { clusterLinks } from "./cluster-links.ts";
import { clusterMyid, clusterMyshardid } from "./cluster-myid.ts";
import { clusterNodes } from "./cluster-nodes.ts";
import { clusterShards } from "./cluster-shards.ts";
import { clusterSlots } from "./cluster-slots.ts";

// Goal: the three topology replies and their kin are those of Redis 7.0.15, byte for byte. The expected ones
// were recorded from a cluster of three; test/oracle/cluster-forms.test.ts compares with a live one.

const HANDLERS: Record<string, Handler> = {
  countkeysinslot: clusterCountkeysinslot,
  getkeysinslot: clusterGetkeysinslot,
  help: clusterHelp,
  info: clusterInfo,
  keyslot: clusterKeyslot,
  links: clusterLinks,
  myid: clusterMyid,
  myshardid: clusterMyshardid,
  nodes: clusterNodes,
  shards: clusterShards,
  slots: clusterSlots,
};

const A = "e86e542e78a0a64bebf4fb9b772c6a4a8213baec";
const B = "5c6654b4f75d969855d35962042ad914539f85d7";
const C = "7d2a195ab73306ab1a9254528211fc7a697c0131";
const SHARD = "0123456789abcdef0123456789abcdef01234567";
/** B has two ranges and a replica, in the file before A: replies are in the order of slots. */
const FILE = [
  `${B} 127.0.0.1:21002@31002,,client-external=localhost:22002 master - 0 0 2 connected 101-199 16383`,
  `${A} 127.0.0.1:21001@31001,h1.example,shard-id=${SHARD},client-external=localhost:22001 myself,master - 0 0 1 connected 0-100 200-16382`,
  `${C} ::1:21003@31003 slave ${B} 0 0 2 connected`,
  "vars currentEpoch 3 lastVoteEpoch 0",
].join("\n");

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "cluster-replies-"));
  writeFileSync(join(directory, "nodes.conf"), FILE);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** One node, whose peers are away: the replies need no bus. */
class Asker {
  readonly keyspace = new Keyspace({ tables: SLOTS, hashSeed: { low: 1, high: 2 } });
  readonly #cluster: ClusterNode | undefined;

  constructor(options: { readonly isClustered?: boolean; readonly endpointType?: string } = {}) {
    const { isClustered = true, endpointType = "ip" } = options;
    const flags = [
      ...["--port", "21001", "--dir", directory],
      ...["--cluster-preferred-endpoint-type", endpointType],
    ];
    this.#cluster = isClustered
      ? new ClusterNode({
          config: loadConfig({ argv: flags, env: {}, cwd: directory, readStdin: () => EMPTY }),
          logger: makeLogger({
            level: "warning",
            format: "json",
            logFile: join(directory, "log"),
            hasColor: false,
          }),
          callbacks: { published: () => {}, interestAcknowledged: () => {}, schedule: () => {} },
        })
      : undefined;
  }

  /** The reply with a space for each CRLF. */
  ask(
    line: string,
    options: { readonly protocol?: 2 | 3; readonly listener?: string } = {},
  ): string {
    const { protocol = 2, listener = "default" } = options;
    const argv = `CLUSTER ${line}`.split(" ").map(ascii);
    const handler = HANDLERS[argv[1]?.toLowerCase() ?? ""];
    const reply = makeReplyWriter(protocol);
    reply.to = { out: "" };
    const context = {
      reply,
      client: { listenerName: listener },
      broker: { cluster: this.#cluster, keyspace: this.keyspace },
    } as unknown as CommandContext; // these handlers use nothing else
    try {
      handler?.(context, argv);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reply.error(error);
    }
    return reply.to.out.replaceAll("\r\n", " ").trimEnd();
  }
}

describe("CLUSTER SLOTS", () => {
  const nodeA = `$9 127.0.0.1 :21001 $40 ${A} `;
  const nodeB = `$9 127.0.0.1 :21002 $40 ${B} `;
  const nodeC = `$3 ::1 :21003 $40 ${C} `;

  test.each([
    { protocol: 2, hostname: "*2 $8 hostname $10 h1.example ", none: "*0 " },
    { protocol: 3, hostname: "%1 $8 hostname $10 h1.example ", none: "%0 " },
  ] as const)("lists ranges in order, primary before replica (RESP$protocol)", (form) => {
    const { protocol, hostname, none } = form;
    const both = `*4 ${nodeB}${none}*4 ${nodeC}${none}`;
    expect(new Asker().ask("SLOTS", { protocol })).toBe(
      `*4 *3 :0 :100 *4 ${nodeA}${hostname}*4 :101 :199 ${both}*3 :200 :16382 *4 ${nodeA}${hostname}*4 :16383 :16383 ${both}`.trimEnd(),
    );
  });

  test("names hosts when those are preferred, and gives the address besides", () => {
    const reply = new Asker({ endpointType: "hostname" }).ask("SLOTS");
    expect(reply).toContain(`*4 $10 h1.example :21001 $40 ${A} *2 $2 ip $9 127.0.0.1 `);
    expect(reply).toContain(`*4 $1 ? :21002 $40 ${B} *2 $2 ip $9 127.0.0.1 `);
  });

  test("has null for an unknown endpoint", () => {
    const asker = new Asker({ endpointType: "unknown-endpoint" });
    const metadata = "$2 ip $9 127.0.0.1 $8 hostname $10 h1.example ";
    expect(asker.ask("SLOTS")).toContain(`*4 $-1 :21001 $40 ${A} *4 ${metadata}`);
    expect(asker.ask("SLOTS", { protocol: 3 })).toContain(`*4 _ :21001 $40 ${A} %2 ${metadata}`);
  });

  test("has the addresses for the client's listener", () => {
    const asker = new Asker();
    const before = asker.ask("SLOTS");
    const external = asker.ask("SLOTS", { listener: "external" });
    expect(external).toContain(`*4 $9 localhost :22001 $40 ${A} *0 `);
    expect(external).toContain(`*4 $9 localhost :22002 $40 ${B} *0 `);
    // C announces none.
    expect(external).toContain(`*4 ${nodeC}*0`);
    expect(asker.ask("SLOTS")).toBe(before);
  });
});

describe("CLUSTER SHARDS", () => {
  const fieldsA = `$2 id $40 ${A} $4 port :21001 $2 ip $9 127.0.0.1 $8 endpoint $9 127.0.0.1 $8 hostname $10 h1.example $4 role $6 master $18 replication-offset :0 $6 health $6 online`;
  const fieldsB = `$2 id $40 ${B} $4 port :21002 $2 ip $9 127.0.0.1 $8 endpoint $9 127.0.0.1 $4 role $6 master $18 replication-offset :0 $6 health $6 online`;
  const fieldsC = `$2 id $40 ${C} $4 port :21003 $2 ip $3 ::1 $8 endpoint $3 ::1 $4 role $7 replica $18 replication-offset :0 $6 health $6 online`;

  test("lists shards with their slots and nodes (RESP2)", () => {
    expect(new Asker().ask("SHARDS")).toBe(
      `*2 *4 $5 slots *4 :101 :199 :16383 :16383 $5 nodes *2 *14 ${fieldsB} *14 ${fieldsC} *4 $5 slots *4 :0 :100 :200 :16382 $5 nodes *1 *16 ${fieldsA}`,
    );
  });

  test("lists shards with their slots and nodes (RESP3)", () => {
    expect(new Asker().ask("SHARDS", { protocol: 3 })).toBe(
      `*2 %2 $5 slots *4 :101 :199 :16383 :16383 $5 nodes *2 %7 ${fieldsB} %7 ${fieldsC} %2 $5 slots *4 :0 :100 :200 :16382 $5 nodes *1 %8 ${fieldsA}`,
    );
  });

  test.each([
    ["hostname", "$10 h1.example"],
    ["unknown-endpoint", "$0 "],
  ])("has the endpoint of type %s", (endpointType, endpoint) => {
    expect(new Asker({ endpointType }).ask("SHARDS")).toContain(`$8 endpoint ${endpoint} $8 host`);
  });

  test("has the address for the client's listener", () => {
    expect(new Asker().ask("SHARDS", { listener: "external" })).toContain(
      "$4 port :22002 $2 ip $9 localhost $8 endpoint $9 localhost $4 role",
    );
  });
});

describe("CLUSTER NODES", () => {
  const text = [
    `${B} 127.0.0.1:21002@31002 master - 0 0 2 disconnected 101-199 16383\n`,
    `${A} 127.0.0.1:21001@31001,h1.example myself,master - 0 0 1 connected 0-100 200-16382\n`,
    `${C} ::1:21003@31003 slave ${B} 0 0 2 disconnected\n`,
  ].join("");

  test("has a line per node, each with its end", () => {
    expect(new Asker().ask("NODES")).toBe(`$${text.length} ${text}`.trimEnd());
    expect(new Asker().ask("NODES", { protocol: 3 })).toBe(
      `=${text.length + 4} txt:${text}`.trimEnd(),
    );
  });

  test("has the address for the client's listener", () => {
    const reply = new Asker().ask("NODES", { listener: "external" });
    expect(reply).toContain(`${A} localhost:22001@31001 myself,master`);
    expect(reply).toContain(`${B} localhost:22002@31002 master`);
  });
});

describe("CLUSTER INFO", () => {
  test("has the lines of Redis in its order, then ours", () => {
    const [, ...lines] = new Asker().ask("INFO").split(" ");
    expect(lines).toEqual([
      "cluster_state:ok",
      "cluster_slots_assigned:16384",
      "cluster_slots_ok:16384",
      "cluster_slots_pfail:0",
      "cluster_slots_fail:0",
      "cluster_known_nodes:3",
      "cluster_size:2",
      "cluster_current_epoch:3",
      "cluster_my_epoch:1",
      "cluster_stats_messages_sent:0",
      "cluster_stats_messages_received:0",
      "total_cluster_links_buffer_limit_exceeded:0",
      "cluster_stats_bytes_sent:0",
      "cluster_stats_bytes_received:0",
      "cluster_publish_mode:interest",
      "cluster_publish_dropped_messages:0",
      "cluster_publish_dropped_bytes:0",
      "cluster_publish_dropped_messages_link_down:0",
      "cluster_publish_dropped_messages_sendbuf_limit:0",
      "cluster_publish_dropped_messages_too_large:0",
      "cluster_links_connected:0",
      "cluster_bus_auth_failures:0",
    ]);
    expect(new Asker().ask("INFO", { protocol: 3 })).toMatch(/^=\d+ txt:cluster_state:ok /);
  });
});

describe("the small ones", () => {
  test("MYID and MYSHARDID", () => {
    expect(new Asker().ask("MYID")).toBe(`$40 ${A}`);
    expect(new Asker().ask("MYSHARDID")).toBe(`$40 ${SHARD}`);
  });

  test("KEYSLOT hashes the tag", () => {
    expect(new Asker().ask("KEYSLOT foo")).toBe(":12182");
    expect(new Asker().ask("KEYSLOT {a}b")).toBe(":15495");
  });

  test("COUNTKEYSINSLOT and GETKEYSINSLOT tell of the keys of one slot", () => {
    const asker = new Asker();
    const keys = ["{a}1", "{a}2", "{a}3"].map(ascii);
    for (const key of keys) asker.keyspace.table(15_495).set(key, EMPTY);
    expect(asker.ask("COUNTKEYSINSLOT 15495")).toBe(":3");
    expect(asker.ask("COUNTKEYSINSLOT 15494")).toBe(":0");
    expect(asker.ask("GETKEYSINSLOT 15495 2")).toBe("*2 $4 {a}1 $4 {a}2");
    expect(asker.ask("GETKEYSINSLOT 15495 9")).toBe("*3 $4 {a}1 $4 {a}2 $4 {a}3");
    expect(asker.ask("GETKEYSINSLOT 15495 0")).toBe("*0");
    expect(asker.ask("GETKEYSINSLOT 1 5")).toBe("*0");
  });

  test.each([
    ["COUNTKEYSINSLOT -1", "Invalid slot"],
    ["COUNTKEYSINSLOT 16384", "Invalid slot"],
    ["COUNTKEYSINSLOT 9223372036854775807", "Invalid slot"],
    ["COUNTKEYSINSLOT abc", "value is not an integer or out of range"],
    ["COUNTKEYSINSLOT 99999999999999999999", "value is not an integer or out of range"],
    ["GETKEYSINSLOT abc 1", "value is not an integer or out of range"],
    ["GETKEYSINSLOT 99999 abc", "value is not an integer or out of range"],
    ["GETKEYSINSLOT 1 -1", "Invalid slot or number of keys"],
    ["GETKEYSINSLOT 99999 5", "Invalid slot or number of keys"],
  ])("%s is an error", (line, text) => {
    expect(new Asker().ask(line)).toBe(`-ERR ${text}`);
  });

  test("LINKS is empty while no peer is connected", () => {
    expect(new Asker().ask("LINKS")).toBe("*0");
  });

  test("HELP begins and ends as every HELP", () => {
    const help = new Asker().ask("HELP");
    expect(help).toMatch(
      /^\*58 \+CLUSTER <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcom/,
    );
    expect(help).toMatch(/\+HELP \+ {4}Prints this help\.$/);
  });
});

test.each(Object.keys(HANDLERS))("without a cluster, %s is an error", (subcommand) => {
  expect(new Asker({ isClustered: false }).ask(`${subcommand} 1 2`)).toBe(
    "-ERR This instance has cluster support disabled",
  );
});
