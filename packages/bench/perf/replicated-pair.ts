import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BenchError } from "../src/bench-error.ts";
import { clusterInfoOf, type ClusterUnderTest } from "../src/cluster-under-test.ts";
import { parseInfoFields, type InfoFields } from "../src/info-fields.ts";
import { CLUSTER_READY_MS_MAX, CLUSTER_READY_POLL_MS } from "../src/limits.ts";
import { RespConnection, type NodeAddress, type Reply } from "../src/resp-connection.ts";
import { startCluster, type ClusterRecipe } from "../src/start-cluster.ts";
import { StartedProcess } from "../src/started-process.ts";
import { waitUntil } from "../src/wait-until.ts";
import { SLOTCAST_MAIN, type Side } from "./contender.ts";
import { CATCH_UP_MS_MAX } from "./limits.ts";
import type { PerfContext } from "./perf-context.ts";

const NODES = 2;
const LAST_SLOT = 16_383;
const CATCH_UP_POLL_MS = 10;

/** A server and its replica, in sync, that this run started. Ends with its `await using` block. */
export class ReplicatedPair implements AsyncDisposable {
  readonly pids: { readonly primary: number; readonly replica: number };
  readonly port: number;
  readonly #server: ClusterUnderTest;
  readonly #primary: RespConnection;
  readonly #replica: RespConnection;
  readonly #signal: AbortSignal;

  private constructor(
    server: ClusterUnderTest,
    links: {
      readonly primary: RespConnection;
      readonly replica: RespConnection;
      readonly pids: readonly [number, number];
      readonly signal: AbortSignal;
    },
  ) {
    const [primary, replica] = links.pids;
    this.#server = server;
    this.#primary = links.primary;
    this.#replica = links.replica;
    this.#signal = links.signal;
    this.pids = { primary, replica };
    this.port = links.primary.address.port;
  }

  static async start(side: Side, context: PerfContext): Promise<ReplicatedPair> {
    const { signal } = context;
    const recipe = side === "redis" ? redisRecipe(context) : ourRecipe(context);
    const server = await startCluster(recipe, { nodes: NODES, signal });
    try {
      const [address] = server.nodes;
      if (address === undefined) throw new BenchError("the primary is not known");
      const primary = await open(address);
      const replica = await open({ ...address, port: address.port + 1 });
      const pids = [await pidOf(primary), await pidOf(replica)] as const;
      return new ReplicatedPair(server, { primary, replica, pids, signal });
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** To the primary. Throws `BenchError` when the answer is an error. */
  async request(args: readonly string[]): Promise<Reply> {
    return this.#primary.request(args);
  }

  /** The replica has executed all that the primary has. */
  async untilLevel(): Promise<void> {
    const isLevel = await waitUntil(
      async () => {
        const ahead = await replicationOf(this.#primary);
        const behind = await replicationOf(this.#replica);
        return ahead.get("master_repl_offset") === behind.get("slave_repl_offset");
      },
      { pollMs: CATCH_UP_POLL_MS, deadlineMs: CATCH_UP_MS_MAX, signal: this.#signal },
    );
    if (!isLevel) throw new BenchError("the replica does not catch up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#primary.close();
    this.#replica.close();
    await this.#server[Symbol.asyncDispose]();
  }
}

function redisRecipe({ env, pinning }: PerfContext): ClusterRecipe {
  return {
    label: "redis-server",
    isReady: isInSync,
    launch: (place) =>
      launch(
        place,
        (port) => {
          const follow =
            port === place.firstPort ? [] : ["--replicaof", "127.0.0.1", `${place.firstPort}`];
          const sync = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"];
          const program = {
            command: "redis-server",
            args: ["--appendonly", "no", ...sync, ...follow],
          };
          return { name: "redis-server", env, ...program };
        },
        pinning,
      ),
  };
}

function ourRecipe({ env, pinning }: PerfContext): ClusterRecipe {
  return {
    label: "slotcast",
    isReady: isInSync,
    join: joinReplica,
    launch: (place) =>
      launch(
        place,
        () => {
          const args = [
            SLOTCAST_MAIN,
            "server",
            "--cluster-enabled",
            "yes",
            "--loglevel",
            "warning",
          ];
          return { name: "slotcast server", env, command: process.execPath, args };
        },
        pinning,
      ),
  };
}

type Program = ConstructorParameters<typeof StartedProcess>[0];

function launch(
  { firstPort, directory }: { readonly firstPort: number; readonly directory: string },
  programOf: (port: number) => Program,
  pinning: PerfContext["pinning"],
): StartedProcess[] {
  return Array.from({ length: NODES }, (_, index) => {
    const port = firstPort + index;
    const dir = join(directory, `${port}`);
    mkdirSync(dir);
    const { args, command, ...program } = programOf(port);
    const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", dir, "--save", ""];
    const pinned = pinning.apply("server", { command, args: [...args, ...place] });
    return new StartedProcess({ ...program, ...pinned });
  });
}

/** As an operator does it. */
async function joinReplica([primary, replica]: readonly RespConnection[]): Promise<void> {
  if (primary === undefined || replica === undefined) return;
  const { host, port } = primary.address;
  await primary.request(["CLUSTER", "ADDSLOTSRANGE", "0", `${LAST_SLOT}`]);
  await replica.request(["CLUSTER", "MEET", host, `${port}`]);
  const haveMet = await waitUntil(
    async () => (await clusterInfoOf(replica)).get("cluster_known_nodes") === `${NODES}`,
    { pollMs: CLUSTER_READY_POLL_MS, deadlineMs: CLUSTER_READY_MS_MAX, signal: NEVER },
  );
  if (!haveMet) throw new BenchError("the two nodes do not find each other");
  await replica.request([
    "CLUSTER",
    "REPLICATE",
    String(await primary.request(["CLUSTER", "MYID"])),
  ]);
}

/** Who waits for it can give up: it has a deadline. */
const NEVER = new AbortController().signal;

async function isInSync(node: RespConnection): Promise<boolean> {
  const fields = await replicationOf(node);
  if (fields.get("role") === "slave") return fields.get("master_link_status") === "up";
  const inSync = fields.get("repl_in_sync_nodes") ?? `${NODES}`;
  return inSync === `${NODES}` && fields.get("slave0")?.includes("state=online") === true;
}

async function replicationOf(node: RespConnection): Promise<InfoFields> {
  return parseInfoFields(String(await node.request(["INFO", "replication"])));
}

async function pidOf(node: RespConnection): Promise<number> {
  const fields = parseInfoFields(String(await node.request(["INFO", "server"])));
  return Number(fields.get("process_id"));
}

function open(address: NodeAddress): Promise<RespConnection> {
  return RespConnection.open({ address, password: undefined });
}
