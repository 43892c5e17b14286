import { EMPTY } from "@slotcast/protocol";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterNode } from "../cluster-node.ts";
import { SocketlessNode } from "../commands/socketless-node.ts";
import { BUS_PORT_OFFSET } from "../config/bus-port.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { RecordingLogger } from "../recording-logger.ts";
import type { Replication } from "../replication/replication.ts";
import { Turn } from "../turn.ts";
import type { AdminOutcome } from "./cluster-admin.ts";

export interface TestNodeOptions {
  /** Directives, as on a command line. */
  readonly flags?: string;
  /** Of a node that was there before: it comes back. */
  readonly as?: TestClusterNode;
}

/** For tests: a node of a cluster in this process, with a real bus and a real disk, and no clients. */
export class TestClusterNode implements AsyncDisposable {
  readonly cluster: ClusterNode;
  readonly config: Config;
  readonly dir: string;
  readonly port: number;
  readonly logger = new RecordingLogger();
  /** `channel payload` of each message from the bus. */
  readonly received: string[] = [];
  readonly broker: SocketlessNode;
  #isStopped = false;
  /** Another one was started in this one's place: the directory is that one's. */
  #isReplaced = false;

  constructor(options: { readonly dir: string; readonly port: number; readonly flags: string }) {
    const { dir, port, flags } = options;
    this.dir = dir;
    this.port = port;
    const argv = `--port ${port} --bind 127.0.0.1 --dir ${dir} --cluster-node-timeout 1000 ${flags}`;
    this.config = loadConfig({
      argv: argv.trim().split(" "),
      env: {},
      cwd: dir,
      readStdin: () => EMPTY,
    });
    this.broker = new SocketlessNode();
    const turn = new Turn([
      () => {
        this.cluster.flushLog();
        this.cluster.flush();
      },
    ]);
    this.cluster = new ClusterNode({
      config: this.config,
      logger: this.logger,
      callbacks: {
        published: (channel, payload) => this.received.push(`${channel} ${payload}`),
        publishedShard: (channel, payload) => this.received.push(`shard ${channel} ${payload}`),
        interestAcknowledged: () => {},
        schedule: () => {
          turn.schedule();
        },
        replication: () => this.#replication,
        slotsMoved: () => {},
        shardChanged: () => {},
        resume: () => {},
      },
    });
    // The broker's fields are for others to read.
    Object.assign(this.broker.broker, { cluster: this.cluster });
    this.broker.replicate(this.cluster.replicationState);
  }

  /** In a directory of its own, on ports that are free; not started. */
  static async make({ flags = "", as }: TestNodeOptions = {}): Promise<TestClusterNode> {
    const dir = as?.dir ?? (await mkdtemp(join(tmpdir(), "cluster-node-")));
    if (as !== undefined) as.#isReplaced = true;
    return new TestClusterNode({ dir, port: as?.port ?? (await freePort()), flags });
  }

  static async start(options: TestNodeOptions = {}): Promise<TestClusterNode> {
    const node = await TestClusterNode.make(options);
    await node.cluster.start();
    return node;
  }

  get id(): string {
    return this.cluster.view.selfId;
  }

  get busPort(): number {
    return this.port + BUS_PORT_OFFSET;
  }

  /** The nodes that it knows, itself included, in order. */
  get known(): string[] {
    return [...this.cluster.admin.facts.nodes.keys()].toSorted();
  }

  /** CLUSTER MEET. */
  async meet({ port, busPort }: TestClusterNode): Promise<AdminOutcome> {
    return this.cluster.admin.meet({ host: "127.0.0.1", port, busPort });
  }

  /** CLUSTER ADDSLOTSRANGE. */
  async addSlots(first: number, last: number): Promise<void> {
    const { shardId } = this.cluster.view.self;
    const slots = [{ first, last }];
    const outcome = await this.cluster.admin.propose({ kind: "assign-slots", shardId, slots });
    if (outcome.kind !== "accepted") throw new Error(`slots ${first}-${last}: ${outcome.kind}`);
  }

  line(name: string): string | number | undefined {
    const lines = [...this.cluster.stateLines(), ...this.cluster.infoLines()];
    return lines.find(([found]) => found === name)?.[1];
  }

  /** Leaves its directory there. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.cluster.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (!this.#isReplaced) await rm(this.dir, { recursive: true, force: true });
  }

  get #replication(): Replication {
    const { replication } = this.broker.broker;
    if (replication === undefined) throw new Error("it is made with the node");
    return replication;
  }
}

/** That of the bus above it is free, too. Nobody listens on the one for clients. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port - BUS_PORT_OFFSET;
}
