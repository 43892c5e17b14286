import { setTimeout as delay } from "node:timers/promises";
import type { RespClient } from "../resp-client.ts";
import type { TestCluster } from "../start-cluster.ts";
import { until } from "../until.ts";

const CHANNEL = "news";
/** Between two commands of one client: a steady trickle that leaves the machine to the attack. */
const PAUSE_MS = 4;

/** What one subscriber has heard of one publisher. */
interface Ear {
  heard: number;
  last: number;
}

/**
 * What the nodes are there for, going on all the while, and the journals by which it is judged: at each primary one who
 * writes to a list of his own, at each node one who publishes, one who listens to all, and one who subscribes and leaves again.
 */
export class GenuineLoad implements AsyncDisposable {
  /** What no node may do, as sentences; empty: all is well. */
  readonly faults: string[] = [];
  readonly #cluster: TestCluster;
  readonly #open = new AsyncDisposableStack();
  readonly #loops: Promise<void>[] = [];
  /** By key: acknowledged so far. */
  readonly #written = new Map<string, number>();
  /** By publisher: the number of his latest message. */
  readonly #published: number[] = [];
  /** By subscriber, by publisher. */
  readonly #ears: Ear[][] = [];
  #isOver = false;
  #isHalted = false;

  private constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** Resolves when all have begun. */
  static async start(cluster: TestCluster): Promise<GenuineLoad> {
    const load = new GenuineLoad(cluster);
    for (const index of cluster.nodes.keys()) {
      load.#published.push(0);
      load.#ears.push(cluster.nodes.map(() => ({ heard: 0, last: 0 })));
      const listener = await load.#connect(index);
      await listener.subscribe("SUBSCRIBE", CHANNEL);
      load.#run(load.#listen(index, listener));
    }
    for (const index of cluster.nodes.keys()) {
      if (index < cluster.primaries) load.#run(load.#write(index, await load.#connect(index)));
      load.#run(load.#publish(index, await load.#connect(index)));
      load.#run(load.#comeAndGo(await load.#connect(index)));
    }
    return load;
  }

  /** Messages that were published, and those that some subscriber should have heard and did not. */
  get messages(): { readonly published: number; readonly lost: number } {
    const published = this.#published.reduce((sum, count) => sum + count, 0);
    const heard = this.#ears.flat().reduce((sum, ear) => sum + ear.heard, 0);
    return { published, lost: published * this.#ears.length - heard };
  }

  /** Of the lists. */
  get keys(): readonly string[] {
    return [...this.#written.keys()];
  }

  get writes(): number {
    return [...this.#written.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Publishes no more, and resolves when the latest message of each publisher has reached every subscriber. */
  async settle(withinMs: number): Promise<void> {
    this.#isHalted = true;
    await until(() => this.#ears.every((ears) => this.#hasLatest(ears)), {
      withinMs,
      what: "the latest messages at every subscriber",
    });
  }

  resume(): void {
    this.#isHalted = false;
  }

  /** One message of each publisher, again and again, until a round has reached every subscriber. */
  async mend(withinMs: number): Promise<void> {
    this.resume();
    const from = [...this.#published];
    await until(
      () => this.#ears.every((ears) => ears.every(({ last }, by) => last > (from[by] ?? 0))),
      { withinMs, what: "a new message of every publisher at every subscriber" },
    );
    await this.settle(withinMs);
  }

  /** Ends all of them and compares every list with its journal. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    for (const [key, count] of this.#written) {
      await using client = await this.#cluster.nodeOf(key).connect();
      const items = await client.call("LRANGE", key, "0", "-1");
      const expected = Array.from({ length: count }, (_, index) => String(index + 1));
      if (JSON.stringify(items) !== JSON.stringify(expected)) {
        this.faults.push(`${key} is not what its writer wrote`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#open.disposeAsync();
    await Promise.all(this.#loops);
  }

  /** A client whose connection or command failed is a fault, unless all is over. */
  #run(loop: Promise<void>): void {
    const watched = loop.catch((error: unknown) => {
      if (!this.#isOver) this.faults.push(String(error));
    });
    this.#loops.push(watched);
  }

  #hasLatest(ears: readonly Ear[]): boolean {
    return ears.every(({ last }, by) => last === this.#published[by]);
  }

  async #connect(index: number): Promise<RespClient> {
    return this.#open.use(await this.#cluster.node(index).connect());
  }

  async #write(index: number, client: RespClient): Promise<void> {
    const key = this.#keyOf(index);
    this.#written.set(key, 0);
    for (let number = 1; !this.#isOver; number += 1) {
      const length = await client.call("RPUSH", key, String(number));
      if (length !== number) this.faults.push(`${key} is not ${number} items long`);
      this.#written.set(key, number);
      await delay(PAUSE_MS);
    }
  }

  async #publish(index: number, client: RespClient): Promise<void> {
    while (!this.#isOver) {
      if (!this.#isHalted) {
        const number = (this.#published[index] ?? 0) + 1;
        this.#published[index] = number;
        await client.call("PUBLISH", CHANNEL, `${index} ${number}`);
      }
      await delay(PAUSE_MS);
    }
  }

  /** Each message once, in its publisher's order, and none that nobody published. */
  async #listen(index: number, client: RespClient): Promise<void> {
    while (!this.#isOver) {
      if (client.pushesWaiting === 0) {
        await delay(PAUSE_MS);
        continue;
      }
      const [, , message] = await client.nextPush();
      const payload = typeof message === "string" ? message : "";
      const [by = "", numberText = ""] = payload.split(" ");
      const number = Number(numberText);
      const ear = this.#ears[index]?.[Number(by)];
      if (ear === undefined || !(number <= (this.#published[Number(by)] ?? 0))) {
        this.faults.push(`subscriber ${index} heard what nobody published: ${payload}`);
      } else if (number <= ear.last) {
        this.faults.push(`subscriber ${index} heard ${payload} after ${ear.last}`);
      } else {
        ear.last = number;
        ear.heard += 1;
      }
    }
  }

  /** Interest that changes, so that there are frames of that kind as well. */
  async #comeAndGo(client: RespClient): Promise<void> {
    for (let number = 0; !this.#isOver; number += 1) {
      await client.subscribe("SUBSCRIBE", `passing ${number}`);
      await delay(PAUSE_MS);
      await client.subscribe("UNSUBSCRIBE", `passing ${number}`);
      await delay(PAUSE_MS);
    }
  }

  #keyOf(index: number): string {
    for (let tag = 0; ; tag += 1) {
      const key = `journal:${tag}`;
      if (this.#cluster.nodeOf(key) === this.#cluster.node(index)) return key;
    }
  }
}
