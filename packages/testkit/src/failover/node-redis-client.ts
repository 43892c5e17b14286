import { createCluster, ErrorReply, MaxCommandRedirectionsError } from "redis";
import {
  toError,
  type ApplicationClient,
  type SendResult,
  type Words,
} from "./application-client.ts";

function makeCluster(ports: readonly number[]) {
  return createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) });
}

/** node-redis' `createCluster`, with nothing set but the addresses. */
export async function connectNodeRedis(ports: readonly number[]): Promise<ApplicationClient> {
  const client = new NodeRedisClient(makeCluster(ports));
  await client.connect();
  return client;
}

class NodeRedisClient implements ApplicationClient {
  readonly library = "node-redis";
  readonly #cluster: ReturnType<typeof makeCluster>;
  #errorEvents = 0;

  constructor(cluster: ReturnType<typeof makeCluster>) {
    this.#cluster = cluster;
    for (const event of ["error", "node-error"]) {
      cluster.on(event, () => {
        this.#errorEvents += 1;
      });
    }
  }

  get errorEvents(): number {
    return this.#errorEvents;
  }

  async connect(): Promise<void> {
    await this.#cluster.connect();
  }

  /** It sends again only what was answered with MOVED or ASK, so at most the last try had no answer. */
  async send(key: string, ...argv: Words): Promise<SendResult> {
    try {
      const reply: unknown = await this.#cluster.sendCommand(key, false, [...argv]);
      return { outcome: "acknowledged", reply, unansweredAttempts: 0 };
    } catch (thrown) {
      const isAnswer =
        thrown instanceof ErrorReply || thrown instanceof MaxCommandRedirectionsError;
      return {
        outcome: isAnswer ? "refused" : "unknown",
        error: toError(thrown),
        unansweredAttempts: isAnswer ? 0 : 1,
      };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cluster.destroy();
  }
}
