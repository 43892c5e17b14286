import type { SeededRandom } from "../simulation/seeded-random.ts";
import { HalfOpenCrowd } from "./half-open-crowd.ts";
import { fire } from "./hostile-connection.ts";
import { CONNECTIONS_AT_ONCE, FLOOD_CONNECTIONS, HALF_OPEN_AT_ONCE } from "./limits.ts";
import type { Recordings } from "./recordings.ts";
import { makeVolley, type Sort } from "./volley.ts";

/** Hostile connections to the nodes, from somebody who is none of them. */
export class OutsideAttack {
  /** Frames that were sent in volleys, by what they were made of. */
  readonly bySort = new Map<Sort, number>();
  readonly #random: SeededRandom;
  readonly #recordings: Recordings;
  readonly #busPorts: readonly number[];
  readonly #peerIds: readonly string[];
  readonly #crowds: readonly HalfOpenCrowd[];
  #volleys = 0;

  constructor(options: {
    readonly random: SeededRandom;
    readonly recordings: Recordings;
    readonly busPorts: readonly number[];
    readonly peerIds: readonly string[];
  }) {
    const { random, recordings, busPorts } = options;
    this.#random = random;
    this.#recordings = recordings;
    this.#busPorts = busPorts;
    this.#peerIds = options.peerIds;
    this.#crowds = busPorts.map(
      (port) => new HalfOpenCrowd({ port, random: random.fork(`crowd ${port}`), recordings }),
    );
  }

  get frames(): number {
    const inVolleys = [...this.bySort.values()].reduce((sum, count) => sum + count, 0);
    return this.#crowds.reduce((sum, { frames }) => sum + frames, inVolleys);
  }

  /** Connections that carried a volley; each is over when it is counted. */
  get volleys(): number {
    return this.#volleys;
  }

  get halfOpen(): number {
    return this.#crowds.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Volley after volley, several at once, against one node or another. */
  async fireUntil(isEnough: () => boolean): Promise<void> {
    const shooter = async (): Promise<void> => {
      while (!isEnough()) {
        const port = this.#random.pickFrom(this.#busPorts) ?? 0;
        const volley = makeVolley(this.#random, this.#recordings, this.#peerIds);
        const sent = await fire(port, volley);
        this.bySort.set(volley.sort, (this.bySort.get(volley.sort) ?? 0) + sent);
        this.#volleys += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, shooter));
  }

  /** As many half-open connections as leave room for others. */
  crowd(): void {
    for (const crowd of this.#crowds) crowd.grow(HALF_OPEN_AT_ONCE);
  }

  /** More than a node lets wait, once; then no more of them. Resolves when the nodes have closed all. */
  async floodAndDisperse(): Promise<void> {
    for (const crowd of this.#crowds) crowd.grow(FLOOD_CONNECTIONS);
    await Promise.all(this.#crowds.map(async (crowd) => crowd.end()));
  }
}
