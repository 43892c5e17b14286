import type { NodeId, RaftMessage } from "@slotcast/control";
import type { SimulatedProcess } from "./simulated-process.ts";
import { expectThat } from "./violation.ts";

const BALLOT = "7 terms and votes survive restarts";

/** Elections, as seen by all: one leader to a term, one vote of each voter, and both on disk before anybody hears. */
export class RaftWatch {
  readonly #leaders = new Map<number, string>();
  /** By voter and term. */
  readonly #votes = new Map<string, NodeId>();
  /** The highest term that a node named in public. */
  readonly #terms = new Map<NodeId, number>();

  stepped({ name, core }: SimulatedProcess): void {
    if (!core.control.isLeader) return;
    const { term } = core.control;
    const leader = this.#leaders.get(term);
    if (leader === name) return;
    expectThat(
      leader === undefined,
      BALLOT,
      () => `${leader} and ${name} both lead in term ${term}`,
    );
    this.#leaders.set(term, name);
  }

  sending(process: SimulatedProcess, message: RaftMessage): void {
    const isPreVote = "isPreVote" in message && message.isPreVote;
    if (isPreVote) return;
    const { nodeId, name, disk } = process;
    const { term } = message;
    const known = this.#terms.get(nodeId) ?? 0;
    expectThat(term >= known, BALLOT, () => `${name} speaks of term ${term} after ${known}`);
    this.#terms.set(nodeId, term);
    const { hardState } = disk.durable;
    expectThat(
      hardState.term >= term,
      BALLOT,
      () => `${name} speaks of term ${term}, and its disk knows ${hardState.term}`,
    );
    if (message.kind === "append-result" && message.isAccepted) {
      this.#expectOnDisk(process, message.matchIndex);
    }
  }

  /** Called with the addressee: the vote is for it. */
  voted({ nodeId, name, disk }: SimulatedProcess, term: number, candidate: NodeId): void {
    const ballot = `${nodeId} ${term}`;
    const before = this.#votes.get(ballot) ?? candidate;
    expectThat(
      before === candidate,
      BALLOT,
      () => `${name} votes in term ${term} for ${candidate}, after ${before}`,
    );
    this.#votes.set(ballot, candidate);
    const { hardState } = disk.durable;
    const isWritten = hardState.term > term || hardState.votedFor === candidate;
    expectThat(isWritten, BALLOT, () => `${name}: its vote of term ${term} is not on its disk`);
  }

  #expectOnDisk({ name, disk }: SimulatedProcess, matchIndex: number): void {
    const { snapshot, entries } = disk.durable;
    const lastIndex = entries.at(-1)?.index ?? snapshot?.index ?? 0;
    expectThat(
      lastIndex >= matchIndex,
      "entries on disk before the answer",
      () => `${name} acknowledges entry ${matchIndex}, its disk ends at ${lastIndex}`,
    );
  }
}
