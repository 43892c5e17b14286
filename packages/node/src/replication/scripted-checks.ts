import type { ShardFact } from "@slotcast/control";
import { isSameMember } from "./in-sync-set.ts";
import { ReplicaShard } from "./replica-shard.ts";
import type { ScriptedNode, ScriptedReign, ScriptedWrite } from "./scripted-node.ts";

/** Given by who knew of this reign. */
type Answer = ScriptedWrite & { readonly epoch: number };

/**
 * For tests: what must hold after every step, whatever goes wrong (cluster.md section 5). Knows everything that was ever
 * committed and answered.
 */
export class ScriptedChecks {
  readonly #fail: (what: string) => never;
  /** By history: the text that some primary committed. */
  readonly #committed = new Map<string, string>();
  readonly #acknowledged: Answer[] = [];
  readonly #denied: Answer[] = [];
  /** By history, epoch and offset. */
  readonly #hashes = new Map<string, number>();
  readonly #seen = new Map<ScriptedNode, { historyId: string; commit: number; shown: number }>();

  constructor(fail: (what: string) => never) {
    this.#fail = fail;
  }

  /** Whoever commits, commits the same. */
  committed(historyId: string, text: string): void {
    const before = this.#committed.get(historyId) ?? "";
    const common = Math.min(before.length, text.length);
    if (before.slice(0, common) !== text.slice(0, common)) this.#fail("two texts were committed");
    if (text.length > before.length) this.#committed.set(historyId, text);
  }

  acknowledged(write: ScriptedWrite, epoch: number): void {
    this.#acknowledged.push({ ...write, epoch });
    if ((this.#committed.get(write.historyId) ?? "").length < write.endOffset)
      this.#fail("acknowledged before the commit");
  }

  denied(write: ScriptedWrite, epoch: number): void {
    this.#denied.push({ ...write, epoch });
  }

  promoted(reign: ScriptedReign, keyspace: string): void {
    const { historyId, epoch } = reign;
    // The first of a history brings what it has.
    if (!this.#committed.has(historyId)) this.#committed.set(historyId, keyspace);
    this.answers(`promotion ${epoch}`, reign, keyspace);
  }

  /** What clients were told in older reigns is true in this keyspace. */
  answers(when: string, { historyId, epoch }: ScriptedReign, keyspace: string): void {
    const isOlder = (answer: Answer): boolean =>
      answer.historyId === historyId && answer.epoch < epoch;
    for (const { text, endOffset } of this.#acknowledged.filter(isOlder)) {
      if (keyspace.slice(endOffset - text.length, endOffset) !== text)
        this.#fail(`${when}: acknowledged ${text} is lost`);
    }
    for (const { text } of this.#denied.filter(isOlder))
      if (keyspace.includes(text)) this.#fail(`${when}: denied ${text} is there`);
  }

  node(node: ScriptedNode): void {
    const { log, core } = node;
    const { historyId, epoch, offset } = log.position;
    const { commitOffset } = log;
    if (commitOffset > offset) this.#fail("commit beyond the end");
    const before = this.#seen.get(node);
    const isSameHistory = before?.historyId === historyId;
    if (isSameHistory && commitOffset < before.commit) this.#fail("the commit offset went back");
    const seen = { historyId, commit: commitOffset, shown: isSameHistory ? before.shown : 0 };
    this.#seen.set(node, seen);
    if (historyId === "") return;
    const key = `${historyId} ${epoch} ${offset}`;
    const hash = this.#hashes.get(key) ?? log.hash;
    if (hash !== log.hash) this.#fail(`two logs are at ${key}`);
    this.#hashes.set(key, hash);
    if (!(core instanceof ReplicaShard) || !core.isReadable) return;
    if (core.appliedOffset > commitOffset) this.#fail("applied beyond the commit");
    if (node.keyspace.length !== core.appliedOffset) this.#fail("the applied offset is wrong");
    seen.shown = this.#shown(node, seen.shown);
  }

  /**
   * Every member has all commits at any time: it may be promoted in the next moment. Of a process that died: it had them
   * then, or something was committed without it.
   */
  inSyncSet({ isr, historyId }: ShardFact, processes: readonly ScriptedNode[]): void {
    const committed = this.#committed.get(historyId);
    if (committed === undefined) return;
    for (const member of isr) {
      const log = processes.find(({ self }) => isSameMember(self, member))?.log;
      if (log?.historyId !== historyId || log.endOffset < committed.length)
        this.#fail(`${member.nodeId.slice(0, 1)} is in the set without all commits`);
    }
  }

  /** A replica shows committed data only. The first `from` bytes were looked at before. */
  #shown({ keyspace, log }: ScriptedNode, from: number): number {
    const start = from <= keyspace.length ? from : 0;
    const committed = this.#committed.get(log.historyId) ?? "";
    if (committed.slice(start, keyspace.length) !== keyspace.slice(start))
      this.#fail("a replica shows what was not committed");
    return keyspace.length;
  }
}
