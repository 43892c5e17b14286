import type { Connection, UncommittedReplies } from "@slotcast/node";
import type { Socket } from "./connection.ts";
import { isReal, type Request } from "./request.ts";

/** What a request came to when it was executed, or was not. */
export interface Executed {
  readonly request: Request;
  readonly historyId: string;
  readonly epoch: number;
  /** Where the log ended. */
  readonly offset: number;
}

export interface VisitorWatch {
  /** It is to be flushed at the end of the turn. */
  dirty(): void;
  /** The real answer leaves. */
  releasing(executed: Executed): void;
}

/**
 * A client's connection, as the reply gate knows it: output that is pending, and a way to write. The rest of
 * production's Connection is about sockets and RESP.
 */
export class DeskVisitor {
  readonly socket: Socket;
  /** Not read yet: too much waits to be committed. */
  readonly unread: Request[] = [];
  out = "";
  uncommitted: UncommittedReplies | undefined;
  isClosing = false;
  /** Answered, but the answer has not left. */
  readonly #executed: Executed[] = [];
  readonly #watch: VisitorWatch;
  #line = "";

  constructor(socket: Socket, watch: VisitorWatch) {
    this.socket = socket;
    this.#watch = watch;
  }

  /** For the gate, which uses nothing but what is here. */
  get asConnection(): Connection {
    return this as unknown as Connection; // the gate reads `out` and `uncommitted` and calls the three methods below
  }

  markDirty(): void {
    this.#watch.dirty();
  }

  writeShared(bytes: string | Buffer): void {
    const text = typeof bytes === "string" ? bytes : bytes.latin1Slice();
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      const executed = this.#executed.shift();
      if (executed !== undefined && isReal(line)) this.#watch.releasing(executed);
    }
    this.socket.send({ kind: "answers", text });
  }

  closeAfterReply(): void {
    this.isClosing = true;
    this.markDirty();
  }

  answered(executed: Executed): void {
    this.#executed.push(executed);
  }

  /** The end of the turn. What the gate holds back is not in `out` any more. */
  flush(): void {
    const { uncommitted } = this;
    const isHeld = uncommitted !== undefined && !uncommitted.isFree;
    if (isHeld && !uncommitted.gate.letGo(this.asConnection, uncommitted)) return;
    const { out } = this;
    this.out = "";
    if (out !== "") this.writeShared(out);
    if (this.isClosing) this.socket.close();
  }
}
