import { ascii, bytesOfSpan, EMPTY, slice, type ByteSpan, type Bytes } from "@slotcast/protocol";
import type { ReplicationState } from "./replication-state.ts";

/** A shard's log for tests: who has what of it is theirs to say. */
export class TestLog implements ReplicationState {
  role: ReplicationState["role"] = "primary";
  isReplicated = true;
  isrSize = 2;
  /** `false`: somebody else may be the primary. */
  hasLease = true;
  /** One for each replica. */
  acked: number[] = [0];
  text: Bytes = EMPTY;
  /** `undefined`: all is committed at once. */
  committedTo: number | undefined;
  #takenTo = 0;

  get logEnd(): number {
    return this.text.length;
  }

  get commitOffset(): number {
    return this.committedTo ?? this.logEnd;
  }

  ackedBy(offset: number): number {
    return this.acked.filter((acked) => acked >= offset).length;
  }

  append(effects: Bytes | ByteSpan): number {
    this.text = ascii(this.text + (typeof effects === "string" ? effects : bytesOfSpan(effects)));
    return this.logEnd;
  }

  mayRelease(): boolean {
    return this.hasLease;
  }

  /** What was appended since the last time. */
  take(): Bytes {
    const taken = slice(this.text, this.#takenTo);
    this.#takenTo = this.logEnd;
    return taken;
  }
}
