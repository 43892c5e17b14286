import { Socket } from "node:net";
import { toBuffer, type Bytes } from "@slotcast/protocol";
import type { FrameBody } from "@slotcast/gossip";
import type { PrimaryAddress } from "../config/directive.ts";
import type { ShardLink } from "../replication/shard-driver.ts";
import { encodeGreeting, parseAnswer, type Answer, type Greeting } from "./greeting.ts";
import { ALIVE, framed, LinkFrameReader } from "./link-frames.ts";
import { GREETING_LINE_BYTES_MAX } from "./limits.ts";

/** A name that leads nowhere, by RFC 2606. */
const NOWHERE = "nowhere.invalid";

export interface PrimaryLinkEvents {
  /** Once. Frames follow when it is `accepted`; else the link ends. */
  answered(answer: Answer): void;
  /** A view, valid during the call. May throw TypeError: the link is done. */
  frame(body: Buffer): void;
  /** Once, unless it was closed. */
  ended(why: string): void;
}

/**
 * A replica's connection to its primary, or to whom it takes for it: a client of that server first, then a link that
 * carries frames both ways (docs/replication.md). Owner: StandaloneReplication.
 */
export class PrimaryLink implements ShardLink {
  readonly address: PrimaryAddress;
  /** Steady clock. */
  lastHeardMs: number;
  lastSentMs: number;
  isUp = false;
  readonly #socket: Socket;
  readonly #events: PrimaryLinkEvents;
  readonly #reader = new LinkFrameReader();
  readonly #steadyMs: () => number;
  readonly #request: Bytes;
  /** Of the introduction, and not yet answered. */
  #introductionsLeft: number;
  #text = "";
  #isClosed = false;

  constructor(options: {
    readonly address: PrimaryAddress;
    readonly greeting: Greeting;
    readonly steadyMs: () => number;
    readonly events: PrimaryLinkEvents;
  }) {
    const { address, greeting, steadyMs, events } = options;
    this.address = address;
    this.#events = events;
    this.#steadyMs = steadyMs;
    this.lastHeardMs = steadyMs();
    this.lastSentMs = this.lastHeardMs;
    const { introduction, link } = encodeGreeting(greeting);
    this.#request = link;
    this.#introductionsLeft = introduction.length;
    const socket = dial(address);
    this.#socket = socket;
    socket.on("connect", () => {
      socket.setKeepAlive(true);
      for (const one of introduction) socket.write(toBuffer(one));
    });
    socket.on("data", (chunk) => {
      this.#received(chunk);
    });
    socket.on("error", (error) => {
      this.#end(error.message);
    });
    socket.on("close", () => {
      this.#end("closed by the primary");
    });
  }

  get isConnected(): boolean {
    return !this.#socket.connecting;
  }

  /** The request for the link has left, and with it that of a failover: without an answer it may have been obeyed. */
  get hasAsked(): boolean {
    return this.#introductionsLeft === 0;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  send({ parts, sizeBytes }: Pick<FrameBody, "parts" | "sizeBytes">): boolean {
    if (this.#isClosed || !this.isUp) return false;
    this.#socket.cork();
    for (const part of framed(parts, sizeBytes)) this.#socket.write(part);
    this.#socket.uncork();
    this.lastSentMs = this.#steadyMs();
    return true;
  }

  sayAlive(): void {
    if (!this.#isClosed && this.isUp) this.#socket.write(ALIVE);
    this.lastSentMs = this.#steadyMs();
  }

  /** Nothing more is heard of it. */
  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #end(why: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.ended(why);
  }

  #received(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.lastHeardMs = this.#steadyMs();
    const rest = this.isUp ? chunk : this.#readLines(chunk);
    if (rest === undefined) return;
    try {
      for (const body of this.#reader.push(rest)) {
        if (body.length > 0) this.#events.frame(body);
        // What the frame said may have ended it.
        if (this.#isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#end(error.message);
    }
  }

  /** What came behind the answer; `undefined`: it is not there yet, or there is no link. */
  #readLines(chunk: Buffer): Buffer | undefined {
    const before = this.#text.length;
    this.#text += chunk.latin1Slice();
    let at = 0;
    for (;;) {
      const end = this.#text.indexOf("\r\n", at);
      if (end === -1) break;
      const line = this.#text.slice(at, end);
      at = end + 2;
      // Whoever refuses may say so before he is asked.
      if (this.hasAsked || !line.startsWith("+")) {
        return this.#answered(line) ? chunk.subarray(at - before) : undefined;
      }
      this.#introductionsLeft -= 1;
      if (this.hasAsked) this.#socket.write(toBuffer(this.#request));
    }
    this.#text = this.#text.slice(at);
    if (this.#text.length > GREETING_LINE_BYTES_MAX) this.#end("no Redis server answers there");
    return undefined;
  }

  /** Whether there is a link now. */
  #answered(line: string): boolean {
    const answer = parseAnswer(line);
    this.isUp = answer.kind === "accepted";
    this.#events.answered(answer);
    if (this.#isClosed) return false;
    if (!this.isUp) this.close();
    return this.isUp;
  }
}

/** What Node does not even try, a port or a host that is none, fails as if nobody were there. */
function dial({ host, port }: PrimaryAddress): Socket {
  const socket = new Socket().setNoDelay(true);
  try {
    // No host is no place; Node would take it for this machine.
    socket.connect({ host: host === "" ? NOWHERE : host, port });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    socket.destroy(error);
  }
  return socket;
}
