import { setTimeout as delay } from "node:timers/promises";
import type { ApplicationClient } from "./application-client.ts";
import { Consumer, Writer, type ApplicationOptions } from "./applications.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Journal } from "./journal.ts";
import { DRAIN_WITHIN_MS } from "./limits.ts";
import { GROUP, SHARD_KEYS } from "./shard-keys.ts";

/** Of each library: so many clients that write, each with a loop for each shard, and one whose loops consume. */
const WRITING_CLIENTS = 2;

/** What the applications of one library were told, beside replies. */
export interface LibraryErrors {
  readonly library: string;
  /** Requests that ended with an error, by its text. */
  readonly byText: Readonly<Record<string, number>>;
  readonly count: number;
  /** Errors that no request had caused. */
  readonly events: number;
  /** Requests that had no end, long after everything was whole again. */
  readonly hung: number;
}

/** Applications on all shards, with two client libraries. Ends with its `await using` block. */
export class Workload implements AsyncDisposable {
  readonly #clients: readonly ApplicationClient[];
  readonly #applications: readonly (Writer | Consumer)[];
  #hung: readonly (Writer | Consumer)[] = [];

  private constructor(
    clients: readonly ApplicationClient[],
    applications: readonly (Writer | Consumer)[],
  ) {
    this.#clients = clients;
    this.#applications = applications;
  }

  /** Makes the groups, connects, and starts; without libraries it is nobody's work. */
  static async start(
    cluster: ClusterUnderTest,
    journal: Journal,
    { hasLibraries }: { readonly hasLibraries: boolean },
  ): Promise<Workload> {
    const clients: ApplicationClient[] = [];
    const applications: (Writer | Consumer)[] = [];
    for (const connect of hasLibraries ? await loadLibraries() : []) {
      for (let index = 0; index <= WRITING_CLIENTS; index += 1) {
        const client = await connect(cluster.ports);
        clients.push(client);
        for (const keys of SHARD_KEYS) {
          const name = `${client.library}-${index}-${keys.shard}`;
          const options: ApplicationOptions = { journal, client, keys, name };
          const isWriter = index < WRITING_CLIENTS;
          applications.push(isWriter ? new Writer(options) : new Consumer(options));
        }
      }
    }
    for (const { slot, stream } of SHARD_KEYS) {
      const { primary } = await cluster.shardOf(slot);
      await using client = await primary.connect();
      await client.call("XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM");
    }
    for (const application of applications) application.start();
    return new Workload(clients, applications);
  }

  /** Lets every request come to its end. What has none in time is counted as hung, and stays open. */
  async stop(): Promise<void> {
    const running = new Set(this.#applications);
    const stopped = Promise.all(
      this.#applications.map(async (application) => {
        await application.stop();
        running.delete(application);
      }),
    );
    const late = new AbortController();
    await Promise.race([stopped, delay(DRAIN_WITHIN_MS, undefined, { signal: late.signal })]);
    late.abort();
    this.#hung = [...running];
  }

  get errors(): LibraryErrors[] {
    const libraries = [...new Set(this.#clients.map(({ library }) => library))];
    return libraries.map((library) => {
      const ours = this.#applications.filter((application) => application.library === library);
      const texts = ours.flatMap(({ errors }) => errors.map(({ message }) => message));
      const byText: Record<string, number> = {};
      for (const text of texts) byText[text] = (byText[text] ?? 0) + 1;
      const events = this.#clients
        .filter((client) => client.library === library)
        .reduce((sum, { errorEvents }) => sum + errorEvents, 0);
      const hung = this.#hung.filter((application) => application.library === library).length;
      return { library, byText, count: texts.length, events, hung };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const application of this.#applications) void application.stop();
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
  }
}

/** Only when they are needed: every test loads this package. */
async function loadLibraries(): Promise<
  ((ports: readonly number[]) => Promise<ApplicationClient>)[]
> {
  const { connectIoredis } = await import("./ioredis-client.ts");
  const { connectNodeRedis } = await import("./node-redis-client.ts");
  return [connectIoredis, connectNodeRedis];
}
