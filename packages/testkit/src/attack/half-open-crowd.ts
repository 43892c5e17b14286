import { connect, type Socket } from "node:net";
import type { SeededRandom } from "../simulation/seeded-random.ts";
import type { Recordings } from "./recordings.ts";

/**
 * So many connections to a port that say nothing, or begin a hello, or say one and go silent. The node closes each
 * when its time is over, and another takes its place, until `end`.
 */
export class HalfOpenCrowd {
  readonly #port: number;
  readonly #random: SeededRandom;
  readonly #recordings: Recordings;
  readonly #sockets = new Set<Socket>();
  #isOver = false;
  #connections = 0;
  #frames = 0;

  constructor(options: {
    readonly port: number;
    readonly random: SeededRandom;
    readonly recordings: Recordings;
  }) {
    this.#port = options.port;
    this.#random = options.random;
    this.#recordings = options.recordings;
  }

  /** Made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Begun and whole hellos that were sent. */
  get frames(): number {
    return this.#frames;
  }

  /** Adds so many. */
  grow(count: number): this {
    for (let added = 0; added < count; added += 1) this.#open();
    return this;
  }

  /** Resolves when the node has closed the last of them. */
  async end(): Promise<void> {
    this.#isOver = true;
    const ends = [...this.#sockets].map(
      async (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    await Promise.all(ends);
  }

  #open(): void {
    const { hello } = this.#recordings.pick(this.#random);
    const bytes = hello.subarray(0, this.#random.below(hello.length + 1));
    const socket = connect(this.#port, "127.0.0.1");
    this.#sockets.add(socket);
    this.#connections += 1;
    if (bytes.length > 0) this.#frames += 1;
    socket.on("error", () => undefined); // a reset; `close` follows
    socket.on("data", () => undefined); // its answer is heard, and nothing said
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (!this.#isOver) this.#open();
    });
    socket.write(bytes);
  }
}
