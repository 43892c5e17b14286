import type { ShardId } from "@slotcast/control";
import type { Executed } from "./desk-visitor.ts";
import type { FactsWatch } from "./facts-watch.ts";
import type { LogWatch } from "./log-watch.ts";
import { shortId } from "./packet.ts";
import { isWrite } from "./request.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { expectThat } from "./violation.ts";

/** Who serves, and what leaves for clients. */
export class ReignWatch {
  readonly #facts: FactsWatch;
  readonly #logs: LogWatch;
  /** By shard and epoch. */
  readonly #reigns = new Map<string, string>();
  /** The youngest reign that served. */
  readonly #youngest = new Map<ShardId, number>();
  readonly #servedEpoch = new Map<SimulatedProcess, number>();

  constructor(facts: FactsWatch, logs: LogWatch) {
    this.#facts = facts;
    this.#logs = logs;
  }

  /** True: it has begun to serve. */
  stepped(process: SimulatedProcess): boolean {
    const { primary } = process.core.role;
    if (primary === undefined || !process.core.maySchedule) return false;
    const { epoch } = primary;
    if (this.#servedEpoch.get(process) === epoch) return false;
    this.#servedEpoch.set(process, epoch);
    const shardId = process.core.facts.nodes.get(process.nodeId)?.shardId ?? "";
    const reign = `${shardId} ${epoch}`;
    const other = this.#reigns.get(reign) ?? process.name;
    expectThat(
      other === process.name,
      "1 one primary to an epoch",
      () => `${other} and ${process.name} both serve shard ${shortId(shardId)} in epoch ${epoch}`,
    );
    this.#reigns.set(reign, process.name);
    // An older one that wakes up believes in itself for a while, and does no harm.
    if (epoch < (this.#youngest.get(shardId) ?? 0)) return false;
    this.#youngest.set(shardId, epoch);
    const committed = this.#logs.committed(shardId);
    const isComparable = committed?.historyId === process.log.historyId;
    expectThat(
      !isComparable || this.#logs.holds(process.log, committed),
      "2 later primaries have what was acknowledged",
      () => `${process.name} serves shard ${shortId(shardId)} without it`,
    );
    return true;
  }

  executing({ name, core }: SimulatedProcess): void {
    expectThat(core.maySchedule, "1 one primary to an epoch", () => `${name} executes unasked`);
  }

  /** 9; and no read is answered that a younger reign may have made untrue. */
  releasing({ name, core, log }: SimulatedProcess, executed: Executed): void {
    const { request, offset, historyId, epoch } = executed;
    if (request.kind === "read-copy") return;
    const shardId = core.facts.nodes.get(core.self.nodeId)?.shardId;
    if (shardId === undefined || this.#facts.lost.has(shardId)) return;
    const committed = this.#logs.committed(shardId);
    expectThat(
      offset === 0 || (committed?.historyId === historyId && offset <= committed.offset),
      "9 what is answered is committed",
      () => `${name} answers ${request.kind} at ${offset}, ${committed?.offset} is committed`,
    );
    if (isWrite(request.kind)) return;
    const youngest = this.#youngest.get(shardId) ?? 0;
    expectThat(
      log.epoch >= youngest && epoch <= log.epoch,
      "reads are of the present reign",
      () => `${name} answers a read in epoch ${log.epoch}, and epoch ${youngest} serves`,
    );
  }
}
