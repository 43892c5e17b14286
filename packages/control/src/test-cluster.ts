import assert from "node:assert/strict";
import { Control, type ControlAction } from "./control.ts";
import { controlMessageFromPlain, controlMessageToPlain } from "./control-message-shape.ts";
import type { ControlMessage, ProposalOutcome } from "./control-messages.ts";
import type { FactCommand } from "./fact-command.ts";
import { NO_FACTS, type Facts, type NodeId } from "./facts.ts";
import type { LogProgress } from "./leader-view.ts";
import { afterWrite, type StoredState } from "./raft/stored-state.ts";
import { id } from "./test-names.ts";

const TICK_MS = 20;
const LATENCY_MS = 2;

interface Packet {
  readonly atMs: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: ControlMessage;
}

interface TestNode {
  control: Control;
  stored: StoredState;
  isUp: boolean;
  readonly outcomes: Map<number, ProposalOutcome>;
}

/** Some Controls, a network and a clock in the hand: nothing is lost but what a test cuts. Rumours are what it says. */
export class TestCluster {
  nowMs = 1_000_000;
  readonly suspected = new Set<NodeId>();
  readonly gone = new Set<NodeId>();
  readonly progress = new Map<NodeId, LogProgress>();
  /** `from>to` of links that lose everything. */
  readonly cut = new Set<string>();
  readonly #nodes = new Map<NodeId, TestNode>();
  #packets: Packet[] = [];
  #seed = 7;

  /** All know these facts; the voters have them in a snapshot of their log. */
  static of(facts: Facts): TestCluster {
    const cluster = new TestCluster();
    for (const nodeId of facts.nodes.keys()) cluster.add(nodeId, facts);
    return cluster;
  }

  add(nodeId: NodeId, facts: Facts): void {
    const isVoter = facts.voters.includes(nodeId);
    const { version: index, voters } = facts;
    const stored: StoredState = {
      hardState: { term: 1, votedFor: undefined },
      ...(isVoter && { snapshot: { index, term: 1, voters, facts } }),
      entries: [],
    };
    const incarnation = facts.nodes.get(nodeId)?.incarnation ?? 1;
    this.#nodes.set(nodeId, {
      control: this.#start(nodeId, incarnation, { stored, facts }),
      stored,
      isUp: true,
      outcomes: new Map(),
    });
  }

  #start(
    nodeId: NodeId,
    incarnation: number,
    { stored, facts }: { readonly stored: StoredState; readonly facts: Facts },
  ): Control {
    return new Control({
      self: { nodeId, incarnation },
      rumours: {
        isThere: (other) => !this.suspected.has(other) && !this.gone.has(other),
        isSuspected: (other) => this.suspected.has(other) || this.gone.has(other),
        isGone: (other) => this.gone.has(other),
        absentMs: (other) => (this.suspected.has(other) || this.gone.has(other) ? 1 : 0),
        progress: (other) => this.progress.get(other),
      },
      random: () => {
        this.#seed = (this.#seed * 48_271) % 2_147_483_647;
        return this.#seed / 2_147_483_647;
      },
      nowMs: this.nowMs,
      restored: stored,
      savedFacts: facts,
    });
  }

  control(name: string): Control {
    return this.#node(id(name)).control;
  }

  facts(name: string): Facts {
    return this.control(name).facts;
  }

  get hasLeader(): boolean {
    return [...this.#nodes.values()].some(({ control, isUp }) => isUp && control.isLeader);
  }

  get leaderId(): NodeId {
    const found = [...this.#nodes].find(([, { control, isUp }]) => isUp && control.isLeader);
    assert(found !== undefined, "nobody leads");
    return found[0];
  }

  crash(name: string): void {
    this.#node(id(name)).isUp = false;
    this.#packets = this.#packets.filter(({ from, to }) => from !== id(name) && to !== id(name));
  }

  /** With what was on its disk, and nothing else. */
  restart(name: string): void {
    const node = this.#node(id(name));
    node.isUp = true;
    node.control = this.#start(id(name), 1, { stored: node.stored, facts: NO_FACTS });
  }

  /** Returns the number under which the outcome will be found. */
  propose(name: string, command: FactCommand, via?: string): number {
    const proposal = this.control(name).propose(command, this.nowMs, via && id(via));
    assert(proposal !== undefined);
    return proposal;
  }

  outcome(name: string, proposal: number): ProposalOutcome | undefined {
    return this.#node(id(name)).outcomes.get(proposal);
  }

  /** Returns how long it took; throws when the condition did not come true in time. */
  until(what: string, isTrue: () => boolean, withinMs = 5000): number {
    const startedAtMs = this.nowMs;
    while (!isTrue()) {
      if (this.nowMs - startedAtMs > withinMs)
        throw new Error(`not within ${withinMs} ms: ${what}`);
      this.#step();
    }
    return this.nowMs - startedAtMs;
  }

  run(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) this.#step();
  }

  #step(): void {
    this.nowMs += 1;
    const due = this.#packets.filter(({ atMs }) => atMs <= this.nowMs);
    this.#packets = this.#packets.filter(({ atMs }) => atMs > this.nowMs);
    for (const { from, to, message } of due) {
      const node = this.#nodes.get(to);
      if (node?.isUp !== true) continue;
      node.control.receive(from, message, this.nowMs);
      this.#perform(to, node);
    }
    for (const [index, [nodeId, node]] of [...this.#nodes].entries()) {
      if (!node.isUp || this.nowMs % TICK_MS !== index % TICK_MS) continue;
      node.control.tick(this.nowMs);
      this.#perform(nodeId, node);
    }
  }

  #perform(nodeId: NodeId, node: TestNode): void {
    for (
      let actions = node.control.takeActions();
      actions.length > 0;
      actions = node.control.takeActions()
    ) {
      for (const action of actions) this.#performOne(nodeId, node, action);
    }
  }

  #performOne(from: NodeId, node: TestNode, action: ControlAction): void {
    switch (action.do) {
      case "persist":
        node.stored = afterWrite(node.stored, action.write);
        node.control.persisted(this.nowMs);
        break;
      case "send": {
        const { to, message } = action;
        if (this.cut.has(`${from}>${to}`)) break;
        // As it would travel.
        const received = controlMessageFromPlain(controlMessageToPlain(message));
        this.#packets.push({ atMs: this.nowMs + LATENCY_MS, from, to, message: received });
        break;
      }
      case "proposed":
        node.outcomes.set(action.id, action.outcome);
        break;
      case "facts":
        break;
    }
  }

  #node(nodeId: NodeId): TestNode {
    const node = this.#nodes.get(nodeId);
    if (node === undefined) throw new Error(`no node ${nodeId}`);
    return node;
  }
}
