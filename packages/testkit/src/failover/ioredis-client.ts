import { Cluster, Command } from "ioredis";
import {
  toError,
  type ApplicationClient,
  type SendResult,
  type Words,
} from "./application-client.ts";

/** ioredis' `Cluster`, with nothing set but the addresses. */
export async function connectIoredis(ports: readonly number[]): Promise<ApplicationClient> {
  const cluster = new Cluster(
    ports.map((port) => ({ host: "127.0.0.1", port })),
    { lazyConnect: true },
  );
  const client = new IoredisClient(cluster);
  await cluster.connect();
  return client;
}

class IoredisClient implements ApplicationClient {
  readonly library = "ioredis";
  readonly #cluster: Cluster;
  #errorEvents = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.on("error", () => {
      this.#errorEvents += 1;
    });
  }

  get errorEvents(): number {
    return this.#errorEvents;
  }

  async send(_key: string, ...[name, ...args]: Words): Promise<SendResult> {
    const command = new Command(name.toLowerCase(), args, { replyEncoding: "utf8" });
    const attempts = countAttempts(command);
    try {
      const reply: unknown = await this.#cluster.sendCommand(command);
      return { outcome: "acknowledged", reply, unansweredAttempts: attempts.unanswered() - 1 };
    } catch (thrown) {
      const unansweredAttempts = attempts.unanswered();
      const outcome = unansweredAttempts > 0 ? "unknown" : "refused";
      return { outcome, error: toError(thrown), unansweredAttempts };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cluster.disconnect();
  }
}

/**
 * Counts how often a command is written to a connection, and how often an error reply came back. ioredis sends a
 * command again after MOVED, TRYAGAIN, CLUSTERDOWN and a lost connection and does not tell; what it calls for each
 * try, `toWritable` and `reject`, is the only place to look.
 */
function countAttempts(command: Command): { unanswered(): number } {
  let written = 0;
  let answered = 0;
  const toWritable = command.toWritable.bind(command);
  command.toWritable = (socket) => {
    written += 1;
    return toWritable(socket);
  };
  let reject = command.reject;
  let lastError: Error | undefined;
  // `Cluster` puts its own `reject` in place of the first one, which it calls in the end with the same error.
  Object.defineProperty(command, "reject", {
    get() {
      const current = reject;
      return (error: Error) => {
        if (error.name === "ReplyError" && error !== lastError) answered += 1;
        lastError = error;
        current.call(command, error);
      };
    },
    set(replacement: typeof reject) {
      reject = replacement;
    },
  });
  return { unanswered: () => written - answered };
}
