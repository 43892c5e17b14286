import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { decodeReply } from "../decode-reply.ts";
import { frameReply } from "../reply-framing.ts";
import { connectIoredis } from "./ioredis-client.ts";
import { connectNodeRedis } from "./node-redis-client.ts";

// Goal: what a client library does behind its application's back is known: how often it sent a request in vain.
// Method: a server that says it is a whole cluster, and does what the test says with each INCR.

type Reaction = "answer" | "close" | "try again";

/** Reacts to each INCR in turn; then it answers. */
class ScriptedServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #reactions: Reaction[];
  readonly #sockets = new Set<Socket>();

  private constructor(reactions: readonly Reaction[]) {
    this.#reactions = [...reactions];
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  static async start(reactions: readonly Reaction[]): Promise<ScriptedServer> {
    const server = new ScriptedServer(reactions);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    const address = this.#server.address() as AddressInfo; // it listens on TCP
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // the client has closed it
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length > 0) {
        const frame = frameReply(bytes, 0);
        if (!frame.isComplete) return;
        const request = decodeReply(bytes.subarray(0, frame.bytes));
        this.#react(socket, Array.isArray(request) ? request.map(lowerCase) : []);
        bytes = bytes.subarray(frame.bytes);
      }
    });
  }

  #react(socket: Socket, [name, subcommand]: string[]): void {
    if (name === "incr") this.#reactToIncr(socket);
    else if (name === "hello") socket.write("%1\r\n+proto\r\n:3\r\n");
    else if (name !== "cluster") socket.write("+OK\r\n");
    else if (subcommand === "info") socket.write("$16\r\ncluster_state:ok\r\n");
    else {
      const node = `*3\r\n$9\r\n127.0.0.1\r\n:${this.port}\r\n$1\r\nn\r\n`;
      socket.write(`*1\r\n*3\r\n:0\r\n:16383\r\n${node}`);
    }
  }

  #reactToIncr(socket: Socket): void {
    switch (this.#reactions.shift() ?? "answer") {
      case "answer":
        socket.write(":1\r\n");
        break;
      case "close":
        socket.destroy();
        break;
      case "try again":
        socket.write("-TRYAGAIN later\r\n");
    }
  }
}

describe("ioredis", () => {
  test.each<[reactions: Reaction[], unansweredAttempts: number]>([
    [["answer"], 0],
    [["close", "answer"], 1],
    [["try again", "answer"], 0],
    [["close", "try again", "close", "answer"], 2],
  ])("sends again after %j: %i attempts had no answer", async (reactions, unansweredAttempts) => {
    await using server = await ScriptedServer.start(reactions);
    await using client = await connectIoredis([server.port]);
    const result = await client.send("key", "INCR", "key");
    expect(result).toEqual({ outcome: "acknowledged", reply: 1, unansweredAttempts });
  });

  test("gives up at last: the request is unknown when an attempt had no answer", async () => {
    await using server = await ScriptedServer.start(["close", ...tries(30)]);
    await using client = await connectIoredis([server.port]);
    const result = await client.send("key", "INCR", "key");
    expect(result).toMatchObject({ outcome: "unknown", unansweredAttempts: 1 });
  });

  test("gives up at last: the request is refused when each attempt was", async () => {
    await using server = await ScriptedServer.start(tries(30));
    await using client = await connectIoredis([server.port]);
    const result = await client.send("key", "INCR", "key");
    expect(result).toMatchObject({ outcome: "refused", unansweredAttempts: 0 });
  });
});

describe("node-redis", () => {
  test("gives the application an error when the connection is lost: the request is unknown", async () => {
    await using server = await ScriptedServer.start(["close"]);
    await using client = await connectNodeRedis([server.port]);
    const result = await client.send("key", "INCR", "key");
    expect(result).toMatchObject({ outcome: "unknown", unansweredAttempts: 1 });
  });

  test("gives the application the server's error: the request is refused", async () => {
    await using server = await ScriptedServer.start(["try again"]);
    await using client = await connectNodeRedis([server.port]);
    const result = await client.send("key", "INCR", "key");
    expect(result).toMatchObject({ outcome: "refused", unansweredAttempts: 0 });
  });
});

function tries(count: number): Reaction[] {
  return Array.from({ length: count }, () => "try again" as const);
}

function lowerCase(word: unknown): string {
  return String(word).toLowerCase();
}
