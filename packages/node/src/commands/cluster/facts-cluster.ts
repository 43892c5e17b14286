import {
  applyCommand,
  type FactCommand,
  type Facts,
  type ProposalOutcome,
} from "@slotcast/control";
import { EMPTY, type Bytes } from "@slotcast/protocol";
import { HERE, route, ServedSlots, type Route } from "@slotcast/router";
import { AddressBook } from "../../cluster/address-book.ts";
import type { AdminOutcome, ClusterAdmin } from "../../cluster/cluster-admin.ts";
import { FactsView } from "../../cluster/facts-view.ts";
import { SELF_STATE, type PeerState } from "../../cluster/peer-state.ts";
import { ReplyCache } from "../../cluster/reply-cache.ts";
import { stateLines } from "../../cluster/state-lines.ts";
import type { PeerRumours } from "../../cluster/rumoured-state.ts";
import { id, nodeFact } from "../../cluster/test-facts.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { Connection } from "../../connection.ts";
import { ServingHold } from "../../serving-hold.ts";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

/**
 * A node of a cluster, for tests of commands: the facts are real and change by the commands of control, at once and by
 * themselves; there is no bus. What is more than a proposal is written down in `asked`, and comes to `outcome`.
 */
export class FactsCluster implements ClusterAdmin {
  readonly node = new SocketlessNode();
  readonly view: FactsView;
  readonly addresses: AddressBook;
  readonly slotsReplies: ReplyCache;
  readonly admin: ClusterAdmin = this;
  readonly asked: string[] = [];
  outcome: AdminOutcome = { kind: "done" };
  /** Of nodes that are not well, by their id. */
  readonly states = new Map<string, Partial<PeerState>>();
  replication: ClusterAdmin["replication"] = {
    historyId: id("4000"),
    offset: 120,
    commitOffset: 100,
    inSyncCount: 2,
    backlog: { sizeBytesMax: 1024, firstOffset: 20, keptBytes: 100 },
    replicas: [],
    link: { state: "connected", sinceMs: 3500 },
  };
  /** By node: what it says of its log. */
  readonly progress = new Map<string, ReturnType<PeerRumours["progress"]>>();
  readonly rumours: PeerRumours = {
    isSuspected: (nodeId) => this.peerState(nodeId).isSuspected,
    reportersOf: (nodeId) => (this.peerState(nodeId).isSuspected ? [this.view.selfId] : []),
    progress: (nodeId) => this.progress.get(nodeId),
  };
  leaderId: string | undefined = id("a1");
  hasQuorum = true;
  /** Of requests while `isServing` is false. */
  readonly hold = new ServingHold((connection, argv) => {
    this.node.resume(connection, argv);
  });
  readonly #served = new ServedSlots();
  #ids = 0;

  /** `self` is the name of a node, which the facts may not know. `directives`: about its addresses. */
  constructor(self: string, facts: Facts, ...directives: readonly string[]) {
    this.view = new FactsView({
      self: facts.nodes.get(id(self)) ?? nodeFact(self),
      facts,
      hasQuorum: true,
      isServing: true,
      requiresFullCoverage: false,
    });
    const port = String(this.view.self.address.port);
    const argv = ["--port", port, ...directives];
    const config = loadConfig({ argv, env: {}, cwd: "/", readStdin: () => EMPTY });
    this.addresses = new AddressBook({ view: this.view, config });
    this.slotsReplies = new ReplyCache(() => this.view.version);
    this.#served.update(this.view);
    // The broker's fields are for others to read.
    Object.assign(this.node.broker, { cluster: this });
  }

  connect(): SocketlessClient {
    return this.node.connect();
  }

  /** What the node answers; waits for what is decided later. */
  async ask(...lines: readonly string[]): Promise<string> {
    const client = this.connect();
    const now = client.send(...lines);
    await decided();
    return `${now} ${client.received()}`.trim();
  }

  get facts(): Facts {
    return this.view.facts;
  }

  newId(): string {
    this.#ids += 1;
    return id(`9000${this.#ids}`);
  }

  async propose(command: FactCommand): Promise<ProposalOutcome> {
    // The others need some time to agree.
    await Promise.resolve();
    return this.decide(command);
  }

  decide(command: FactCommand): ProposalOutcome {
    const version = this.facts.version + 1;
    const outcome = applyCommand(this.facts, command, version);
    if ("refusal" in outcome) return { kind: "refused", refusal: outcome.refusal };
    this.update({ facts: outcome.facts });
    return { kind: "accepted", version };
  }

  update(changes: Parameters<FactsView["update"]>[0]): void {
    this.view.update(changes);
    this.#served.update(this.view);
  }

  async meet(address: { host: string; port: number; busPort: number }): Promise<AdminOutcome> {
    return this.#ask(`meet ${address.host} ${address.port} ${address.busPort}`);
  }

  async forget(nodeId: string): Promise<AdminOutcome> {
    const outcome = this.decide({ kind: "forget", nodeId, byReset: false });
    if (outcome.kind === "refused") return { kind: "refused", reason: outcome.refusal.detail };
    return this.#ask(`forget ${nodeId}`);
  }

  async failover(mode: string): Promise<AdminOutcome> {
    return this.#ask(`failover ${mode}`);
  }

  async reset({ isHard }: { readonly isHard: boolean }): Promise<AdminOutcome> {
    return this.#ask(`reset ${isHard ? "hard" : "soft"}`);
  }

  async saveConfig(): Promise<AdminOutcome> {
    return this.#ask("save");
  }

  failureReports(nodeId: string): number {
    return this.states.get(nodeId)?.isSuspected === true ? 2 : 0;
  }

  peerState(nodeId: string): PeerState {
    return { ...SELF_STATE, ...this.states.get(nodeId) };
  }

  stateLines(): ReturnType<typeof stateLines> {
    return stateLines(this.view, (nodeId) => this.peerState(nodeId));
  }

  infoLines(): ReturnType<typeof stateLines> {
    return [];
  }

  route(
    slot: number,
    command: { readonly isWrite: boolean; readonly isShardChannel: boolean },
    client: { readonly readsReplica: boolean },
  ): Route {
    if (this.#served.has(slot, command, client)) return HERE;
    const { isWrite, isShardChannel } = command;
    const { readsReplica } = client;
    const policy = { allowReads: false, allowShardChannels: true };
    return route({ slot, isWrite, isShardChannel, readsReplica }, this.view, policy);
  }

  holds(connection: Connection, argv: readonly Bytes[] | undefined, slot: number): boolean {
    return this.view.isAboutToServe(slot) && this.hold.hold(connection, argv);
  }

  /** Nobody else is there to hear it. */
  publish(): void {}

  publishShard(): void {}

  endpointText(nodeId: string): string {
    const { preferredHost, port } = this.addresses.endpoint(nodeId, "default");
    return `${preferredHost}:${port}`;
  }

  #ask(what: string): AdminOutcome {
    this.asked.push(what);
    return this.outcome;
  }
}

/** All that was proposed has been decided, and answered. */
export async function decided(): Promise<void> {
  await new Promise(setImmediate);
}
