import { BenchError } from "./bench-error.ts";
import { readBusTraffic, type BusTraffic } from "./bus-traffic.ts";
import { parseClusterSlots, standaloneTopology, type ClusterTopology } from "./cluster-topology.ts";
import { parseInfoFields, type InfoFields } from "./info-fields.ts";
import { MODE_WORDS, type Mode } from "./mode.ts";
import { RespConnection, type NodeAddress } from "./resp-connection.ts";

export interface ClusterOptions {
  /** How the results name it: `slotcast`, or the command line of `--versus`. */
  readonly label: string;
  /** The first that answers is asked for the topology. */
  readonly seeds: readonly NodeAddress[];
  readonly password: string | undefined;
  /** Its processes run on this machine and were started for this run, so their CPU time is known. */
  readonly isOurs: boolean;
  /** Ends what was started for it and removes its files; nothing for a cluster that was running before. */
  readonly stop: () => Promise<void>;
}

const MODE_DIRECTIVE = "cluster-publish-mode";

/**
 * A running cluster (or single server) as the bench sees it. What the server can do is asked, not assumed, so the
 * same code measures Slotcast, Redis and Valkey, started here or elsewhere.
 */
export class ClusterUnderTest implements AsyncDisposable {
  readonly label: string;
  readonly password: string | undefined;
  readonly topology: ClusterTopology;
  /** `redis-server 7.0.15` and the like. */
  readonly version: string;
  /** By node; empty when the processes are not ours. */
  readonly pids: readonly number[];
  readonly #controls: readonly RespConnection[];
  readonly #serverInfo: InfoFields;
  /** Values of `cluster-publish-mode` found at the start, by node; `undefined`: the server has no such directive. */
  readonly #modesBefore: readonly (string | undefined)[];
  readonly #stop: () => Promise<void>;

  private constructor(options: ClusterOptions, probed: Probed) {
    this.label = options.label;
    this.password = options.password;
    this.#stop = options.stop;
    this.topology = probed.topology;
    this.#controls = probed.controls;
    this.#serverInfo = probed.serverInfo;
    this.version = versionOf(probed.serverInfo);
    this.pids = options.isOurs ? probed.pids : [];
    this.#modesBefore = probed.modes;
  }

  /** When it throws, `stop` was called. */
  static async open(options: ClusterOptions): Promise<ClusterUnderTest> {
    try {
      return new ClusterUnderTest(options, await probe(options));
    } catch (error) {
      await options.stop();
      throw error;
    }
  }

  get nodes(): readonly NodeAddress[] {
    return this.topology.nodes;
  }

  /** The mode that answers for `mode` here: a server without publish modes sends to all nodes. */
  modeFor(mode: Mode): Mode {
    const canChoose = this.#modesBefore.every((before) => before !== undefined);
    return mode === "interest" && !canChoose ? "all" : mode;
  }

  async useMode(mode: Mode): Promise<void> {
    const value = MODE_WORDS[mode].clusterPublishMode;
    if (value !== undefined) await this.#setModes(() => value);
  }

  /** Sum of all nodes. */
  async busTraffic(messageBytes: number): Promise<BusTraffic> {
    const traffic = await Promise.all(
      this.#controls.map(async (control) => {
        const clusterInfo = await clusterInfoOf(control);
        return readBusTraffic({ clusterInfo, serverInfo: this.#serverInfo, messageBytes });
      }),
    );
    return {
      bytes: traffic.reduce((sum, { bytes }) => sum + bytes, 0),
      source: traffic[0]?.source ?? "none",
    };
  }

  /** Puts the publish modes back where they were, and stops what was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.pids.length === 0) await this.#setModes((node) => this.#modesBefore[node]);
    } finally {
      for (const control of this.#controls) control.close();
      await this.#stop();
    }
  }

  async #setModes(valueOf: (node: number) => string | undefined): Promise<void> {
    await Promise.all(
      this.#controls.map(async (control, node) => {
        const value = valueOf(node);
        if (value === undefined || this.#modesBefore[node] === undefined) return;
        await control.request(["CONFIG", "SET", MODE_DIRECTIVE, value]);
      }),
    );
  }
}

interface Probed {
  readonly topology: ClusterTopology;
  readonly controls: readonly RespConnection[];
  readonly serverInfo: InfoFields;
  readonly pids: readonly number[];
  readonly modes: readonly (string | undefined)[];
}

async function probe({ seeds, password }: ClusterOptions): Promise<Probed> {
  const controls: RespConnection[] = [];
  const open = async (address: NodeAddress): Promise<RespConnection> => {
    const control = await RespConnection.open({ address, password });
    controls.push(control);
    return control;
  };
  try {
    const seed = await firstThatOpens(seeds, open);
    const topology = await topologyOf(seed);
    const byNode = await Promise.all(topology.nodes.map(open));
    controls.splice(controls.indexOf(seed), 1);
    seed.close();
    const infos = await Promise.all(byNode.map(serverInfoOf));
    const modes = await Promise.all(byNode.map(publishModeOf));
    const pids = infos.map((info) => Number(info.get("process_id")));
    const [serverInfo] = infos;
    if (serverInfo === undefined) throw new BenchError("the cluster has no nodes");
    return { topology, controls: byNode, serverInfo, pids, modes };
  } catch (error) {
    for (const control of controls) control.close();
    throw error;
  }
}

async function firstThatOpens(
  seeds: readonly NodeAddress[],
  open: (address: NodeAddress) => Promise<RespConnection>,
): Promise<RespConnection> {
  let failure: unknown = new BenchError("no address given");
  for (const seed of seeds) {
    try {
      return await open(seed);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function topologyOf(seed: RespConnection): Promise<ClusterTopology> {
  const clusterInfo = await clusterInfoOf(seed);
  const state = clusterInfo.get("cluster_state");
  if (state === undefined) return standaloneTopology(seed.address);
  if (state !== "ok") throw new BenchError(`${seed.name}: cluster_state is ${state}`);
  return parseClusterSlots(await seed.request(["CLUSTER", "SLOTS"]), seed.address);
}

/** Empty for a server without cluster support. */
export async function clusterInfoOf(control: RespConnection): Promise<InfoFields> {
  try {
    return parseInfoFields(String(await control.request(["CLUSTER", "INFO"])));
  } catch (error) {
    if (error instanceof BenchError && error.message.includes("cluster support disabled")) {
      return new Map();
    }
    throw error;
  }
}

async function serverInfoOf(control: RespConnection): Promise<InfoFields> {
  return parseInfoFields(String(await control.request(["INFO", "server"])));
}

async function publishModeOf(control: RespConnection): Promise<string | undefined> {
  const reply = await control.request(["CONFIG", "GET", MODE_DIRECTIVE]);
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  return typeof value === "string" ? value : undefined;
}

function versionOf(info: InfoFields): string {
  const slotcast = info.get("slotcast_version");
  if (slotcast !== undefined) return `slotcast ${slotcast}`;
  const valkey = info.get("valkey_version");
  if (valkey !== undefined) return `valkey-server ${valkey}`;
  return `redis-server ${info.get("redis_version") ?? "of unknown version"}`;
}
