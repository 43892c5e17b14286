import type { ControlMessage, Facts, NodeId } from "@slotcast/control";
import type { Executed } from "./desk-visitor.ts";
import { FactsWatch } from "./facts-watch.ts";
import { LogWatch } from "./log-watch.ts";
import { RaftWatch } from "./raft-watch.ts";
import { ReignWatch } from "./reign-watch.ts";
import type { Request } from "./request.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { Violation } from "./violation.ts";

/** What happens in a cluster that somebody may be waiting for. */
export type Moment = "write" | "vote" | "promotion" | "set-change" | "snapshot" | "serve";

/**
 * Sees all nodes at once, as no node can, and holds what it sees against the invariants of the design (cluster.md,
 * section 5) after each step of each node. Throws Violation.
 */
export class Witness {
  readonly facts: FactsWatch;
  readonly logs: LogWatch;
  readonly reigns: ReignWatch;
  readonly #raft: RaftWatch;
  /** Somebody lies in wait: to kill a process when it hurts most. */
  onMoment: (moment: Moment, process: SimulatedProcess) => void = () => {};

  constructor(initial: Facts) {
    this.facts = new FactsWatch(initial);
    this.logs = new LogWatch(this.facts);
    this.reigns = new ReignWatch(this.facts, this.logs);
    this.#raft = new RaftWatch();
  }

  started(process: SimulatedProcess): void {
    this.logs.started(process);
    this.facts.started(process);
  }

  /** After everything that followed from an event. */
  stepped(process: SimulatedProcess): void {
    this.logs.stepped(process);
    this.#raft.stepped(process);
    if (this.reigns.stepped(process)) this.onMoment("serve", process);
  }

  learned(process: SimulatedProcess, facts: Facts): void {
    const before = this.facts.newest;
    if (!this.facts.learned(process, facts)) return;
    this.logs.factsChanged();
    for (const [id, shard] of facts.shards) {
      const old = before.shards.get(id);
      if (old !== undefined && old.epoch !== shard.epoch) this.onMoment("promotion", process);
      else if (old !== undefined && old.isr !== shard.isr) this.onMoment("set-change", process);
    }
  }

  sending(process: SimulatedProcess, to: NodeId, packet: ControlMessage): void {
    if (packet.kind !== "raft") return;
    const { message } = packet;
    this.#raft.sending(process, message);
    if (message.kind !== "vote" || !message.isGranted || message.isPreVote) return;
    this.#raft.voted(process, message.term, to);
    this.onMoment("vote", process);
  }

  writing(process: SimulatedProcess): void {
    this.onMoment("write", process);
  }

  loading(process: SimulatedProcess): void {
    this.onMoment("snapshot", process);
  }

  executing(process: SimulatedProcess, _request: Request, slot: number): void {
    this.facts.executing(process, slot);
    this.reigns.executing(process);
  }

  releasing(process: SimulatedProcess, executed: Executed): void {
    // What was committed in this very step counts.
    this.logs.stepped(process);
    this.reigns.releasing(process, executed);
  }

  /** Production has seen it by itself. */
  diverged(process: SimulatedProcess, why: string): void {
    throw new Violation("11 equal positions, equal logs", `${process.name} has diverged: ${why}`);
  }
}
