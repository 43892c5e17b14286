import {
  encodeRequest,
  Network,
  startCluster,
  until,
  type Directives,
  type NetworkHost,
  type NodeProcess,
  type TestCluster,
} from "@slotcast/testkit";
import { JournalingWriter } from "./journaling-writer.ts";

const PRIMARIES = 3;
const NODES = 2 * PRIMARIES;
const NODE_TIMEOUT_MS = 1500;
/** After a cut has healed there is one owner of each slot within this time: the promise. */
const ONE_OWNER_WITHIN_MS = 5000;
const WHOLE_WITHIN_MS = 60_000;
/** A node that holds a write for longer is asked again. */
const ANSWER_WITHIN_MS = 300;

/** What a story needs of CLUSTER STATUS. */
interface Status {
  readonly voters: { readonly nodes: readonly string[] };
  readonly shards: readonly {
    readonly primary: string | null;
    readonly epoch: number;
    readonly inSync: readonly string[];
    readonly nodes: readonly { readonly id: string; readonly host: string }[];
  }[];
}

/** A shard with its hosts, as one node sees it. */
export interface ShardView {
  readonly primary: NetworkHost;
  readonly replica: NetworkHost;
  readonly epoch: number;
  readonly inSync: readonly NetworkHost[];
}

/** Three primaries with a replica each, every node on a host of its own, and hosts for clients. */
export class PartitionedCluster implements AsyncDisposable {
  readonly network: Network;
  /** A key of each shard. */
  readonly keys: readonly string[];
  readonly #cluster: TestCluster;
  readonly #stack: AsyncDisposableStack;
  readonly #writers: JournalingWriter[] = [];

  private constructor(network: Network, cluster: TestCluster, stack: AsyncDisposableStack) {
    this.network = network;
    this.#cluster = cluster;
    this.#stack = stack;
    this.keys = Array.from({ length: PRIMARIES }, (_, index) => keyOf(cluster, index));
  }

  static async start(directives: Directives = {}): Promise<PartitionedCluster> {
    await using stack = new AsyncDisposableStack();
    const network = stack.use(await Network.create({ hosts: NODES }));
    const cluster = stack.use(
      await startCluster({
        places: network.hosts,
        replicas: 1,
        directives: { "cluster-node-timeout": String(NODE_TIMEOUT_MS), ...directives },
      }),
    );
    return new PartitionedCluster(network, cluster, stack.move());
  }

  get hosts(): readonly NetworkHost[] {
    return this.network.hosts;
  }

  except(...hosts: readonly NetworkHost[]): NetworkHost[] {
    return this.hosts.filter((host) => !hosts.includes(host));
  }

  /** A client on the host of a node. It begins with that node, and knows the others. */
  writerOn(host: NetworkHost): JournalingWriter {
    const nodes = [...this.#cluster.nodes].sort(
      (left, right) => Number(right.host === host.address) - Number(left.host === host.address),
    );
    const writer = this.#stack.use(
      new JournalingWriter(host, {
        name: `writer${this.#writers.length}`,
        nodes: nodes.map(addressOf),
        keys: this.keys,
      }),
    );
    this.#writers.push(writer);
    return writer;
  }

  /** The shard of a key, as the node on a host sees it. */
  async shard(index: number, seenBy?: NetworkHost): Promise<ShardView> {
    const status = await this.#status(seenBy ?? this.network.host(0));
    const key = this.keys[index] ?? "";
    const given = this.#cluster.nodeOf(key).host;
    const shard = status.shards.find(({ nodes }) => nodes.some(({ host }) => host === given));
    if (shard === undefined) throw new Error(`no shard has ${key}`);
    const hostOf = (id: string): NetworkHost =>
      this.#hostAt(shard.nodes.find((node) => node.id === id)?.host ?? "");
    const primary = hostOf(shard.primary ?? "");
    const replica = shard.nodes.map(({ id }) => hostOf(id)).find((host) => host !== primary);
    if (replica === undefined) throw new Error(`the shard of ${key} has no replica`);
    return { primary, replica, epoch: shard.epoch, inSync: shard.inSync.map(hostOf) };
  }

  async voters(): Promise<NetworkHost[]> {
    const { voters, shards } = await this.#status(this.network.host(0));
    const nodes = shards.flatMap((shard) => shard.nodes);
    return voters.nodes.map((id) => this.#hostAt(nodes.find((node) => node.id === id)?.host ?? ""));
  }

  /** What the node on a host says of the length of a shard's list; empty: nothing for a while. */
  async read(index: number, host: NetworkHost): Promise<string> {
    await using client = await this.#nodeOn(host).connect();
    client.send(encodeRequest(["LLEN", this.keys[index] ?? ""]));
    try {
      return (await client.nextReply(ANSWER_WITHIN_MS)).latin1Slice();
    } catch {
      return "";
    }
  }

  /**
   * Ends all cuts. Resolves to the milliseconds until each key has one owner: one node takes a write to it, and all
   * nodes agree whose the slots are. Rejects after ONE_OWNER_WITHIN_MS.
   */
  async heal(): Promise<number> {
    const startedMs = performance.now();
    await this.network.heal();
    await until(async () => this.#hasOneOwner(), {
      withinMs: ONE_OWNER_WITHIN_MS,
      what: "one owner for each slot",
    });
    return performance.now() - startedMs;
  }

  /** Every link is up and every replica in sync. */
  async untilWhole(): Promise<void> {
    await this.#cluster.untilReady(WHOLE_WITHIN_MS);
  }

  /**
   * Ends the writers, and holds what the owners have against what they were told. Resolves to what is wrong; nothing:
   * every acknowledged value is there once, the others at most once, and none that was refused.
   */
  async check(): Promise<string[]> {
    await Promise.all(this.#writers.map(async (writer) => writer.end()));
    const wrong: string[] = [];
    for (const key of this.keys) {
      const counts = new Map<string, number>();
      for (const value of await this.#read(key)) counts.set(value, (counts.get(value) ?? 0) + 1);
      for (const { attempts } of this.#writers) {
        for (const attempt of attempts.filter((each) => each.key === key)) {
          const count = counts.get(attempt.value) ?? 0;
          const isRight =
            attempt.outcome === "acknowledged"
              ? count === 1
              : count <= (attempt.outcome === "unknown" ? 1 : 0);
          if (!isRight) wrong.push(`${count} times: ${JSON.stringify(attempt)}`);
        }
      }
    }
    return wrong;
  }

  /** For a story that waits in vain: what each writer was told last of each key, what each node says and logged. */
  async report(): Promise<string> {
    const told = this.#writers.flatMap(({ name, attempts }) =>
      this.keys.map(
        (key) => `${name}: ${JSON.stringify(attempts.findLast((one) => one.key === key))}`,
      ),
    );
    const nodes = await Promise.all(
      this.hosts.map(async (host) => {
        const status = await this.#status(host).then(JSON.stringify, String);
        return `${host.address} says ${status}\n${this.#nodeOn(host).output}`;
      }),
    );
    return [...told, ...nodes].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #hasOneOwner(): Promise<boolean> {
    const views = new Set<string>();
    const takers = new Map(this.keys.map((key) => [key, 0]));
    for (const node of this.#cluster.nodes) {
      await using client = await node.connect();
      const nodes = await client.callText("CLUSTER", "NODES");
      views.add(ownersIn(nodes));
      for (const key of this.keys) {
        client.send(encodeRequest(["SADD", `{${key}}:taken`, "x"]));
        const reply = (await client.nextReply(ANSWER_WITHIN_MS)).latin1Slice();
        if (reply.startsWith(":")) takers.set(key, (takers.get(key) ?? 0) + 1);
      }
    }
    return views.size === 1 && [...takers.values()].every((count) => count === 1);
  }

  /** From its owner. */
  async #read(key: string): Promise<string[]> {
    for (const node of this.#cluster.nodes) {
      await using client = await node.connect();
      const reply = (await client.callRaw("LLEN", key)).latin1Slice();
      if (!reply.startsWith(":")) continue;
      const values = await client.call("LRANGE", key, "0", "-1");
      if (Array.isArray(values)) return values.map(String);
    }
    throw new Error(`nobody has ${key}`);
  }

  async #status(host: NetworkHost): Promise<Status> {
    await using client = await this.#nodeOn(host).connect();
    return JSON.parse(await client.callText("CLUSTER", "STATUS")) as Status;
  }

  #nodeOn(host: NetworkHost): NodeProcess {
    return this.#cluster.node(this.hosts.indexOf(host));
  }

  #hostAt(address: string): NetworkHost {
    const host = this.hosts.find((one) => one.address === address);
    if (host === undefined) throw new Error(`no host has the address ${address}`);
    return host;
  }
}

function addressOf({ host, port }: NodeProcess): string {
  return `${host}:${port}`;
}

function keyOf(cluster: TestCluster, index: number): string {
  for (let tag = 0; ; tag += 1) {
    if (cluster.nodeOf(`key${tag}`) === cluster.node(index)) return `key${tag}`;
  }
}

/** Who has which slots, of CLUSTER NODES, in no order. */
function ownersIn(clusterNodes: string): string {
  return clusterNodes
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "))
    .map(([id = "", , , , , , , , ...slots]) => `${id} ${slots.join(" ")}`)
    .filter((line) => /\d$/.test(line) && line.includes(" "))
    .toSorted()
    .join("\n");
}
