import assert from "node:assert/strict";
import type { NodeId } from "../facts.ts";
import { WAITING_MESSAGES_MAX } from "../limits.ts";
import type { HardState, RaftMessage } from "./messages.ts";
import type { RaftLog } from "./raft-log.ts";
import type { DiskWrite, Ready } from "./stored-state.ts";

/**
 * What waits to leave. One Ready at a time: while the write of one is under way nothing else goes out, for what comes
 * next may rest on it. Several steps may end in one Ready: its write holds what came of all of them, so whatever its
 * messages promise was on disk, or has rightly been replaced since.
 */
export class Outbox {
  readonly #log: RaftLog;
  #messages: Ready["messages"][number][] = [];
  /** On disk, or in the write that is under way. */
  #hardState: HardState;
  #outstanding: Ready | undefined;

  constructor(log: RaftLog, hardState: HardState) {
    this.#log = log;
    this.#hardState = hardState;
  }

  get isBusy(): boolean {
    return this.#outstanding !== undefined;
  }

  send(to: NodeId, message: RaftMessage): void {
    if (this.#messages.length < WAITING_MESSAGES_MAX) this.#messages.push({ to, message });
  }

  /** `undefined`: there is nothing to do. */
  takeReady(hardState: HardState): Ready | undefined {
    assert(!this.isBusy, "one write at a time");
    const persist = this.#takeWrite(hardState);
    const messages = this.#messages;
    const committed = this.#log.takeCommitted();
    const restored = this.#log.takeRestored();
    if (persist === undefined && messages.length === 0 && committed.length === 0) return undefined;
    this.#messages = [];
    const ready: Ready = {
      ...(persist === undefined ? {} : { persist }),
      messages,
      committed,
      ...(restored === undefined ? {} : { restored }),
    };
    if (persist !== undefined) this.#outstanding = ready;
    return ready;
  }

  #takeWrite(hardState: HardState): DiskWrite | undefined {
    const write = this.#log.takeWrite();
    const { term, votedFor } = this.#hardState;
    const isNews = hardState.term !== term || hardState.votedFor !== votedFor;
    if (!isNews && write?.snapshot === undefined) return write;
    this.#hardState = hardState;
    return { hardState, entries: [], ...write };
  }

  /** The write is durable. */
  persisted(ready: Ready): void {
    assert(ready === this.#outstanding, "a write that was not under way");
    this.#outstanding = undefined;
    this.#log.written();
  }
}
