import { RespClient, until } from "@slotcast/testkit";
import { RecordedConnection } from "./recorded-connection.ts";
import { encodeCommand, type Sequence, type Step } from "./step.ts";

/** A command that is not answered within this is a finding: every wait of a sequence is far shorter or for ever. */
const ANSWER_WITHIN_MS = 3000;
/** How long a step may look busy before its connection is asked about. */
const LOOK_AGAIN_MS = 2;

/**
 * One of the two servers. Plays a sequence and returns what each connection received. Time is kept out: a step
 * is over when its connection answered the marker sent behind it, or is seen to be blocked.
 */
export class ComparedServer {
  readonly #name: string;
  readonly #port: number;
  readonly #control: RespClient;

  private constructor(name: string, port: number, control: RespClient) {
    this.#name = name;
    this.#port = port;
    this.#control = control;
  }

  static async attach(name: string, port: number): Promise<ComparedServer> {
    return new ComparedServer(name, port, await RespClient.connect(port));
  }

  async close(): Promise<void> {
    await this.#control[Symbol.asyncDispose]();
  }

  /** The id that the next connection will get, and one of them used up. */
  async burnClientId(): Promise<number> {
    await using client = await RespClient.connect(this.#port);
    return Number(await client.call("CLIENT", "ID"));
  }

  /** What each connection received, markers included. Leaves the server empty and without other clients. */
  async play(sequence: Sequence): Promise<string[]> {
    const connections: RecordedConnection[] = [];
    try {
      const clientIds = await this.#connect(sequence, connections);
      for (const [index, step] of sequence.steps.entries()) {
        await this.#take(step, `@${index}@`, { connections, clientIds });
      }
      await this.#finish(connections, clientIds);
      return connections.map(
        ({ received, isClosed }) => `${received}${isClosed ? "(closed)" : ""}`,
      );
    } finally {
      for (const connection of connections) connection.destroy();
      await this.#cleanUp();
    }
  }

  /** One after the other, so that ids are given in that order. */
  async #connect(
    { protocols }: Sequence,
    connections: RecordedConnection[],
  ): Promise<readonly string[]> {
    const clientIds: string[] = [];
    for (const protocol of protocols) {
      const connection = await RecordedConnection.connect(this.#port);
      connections.push(connection);
      const hello = protocol === 3 ? encodeCommand({ argv: ["HELLO", "3"] }, []) : "";
      const askId = encodeCommand({ argv: ["CLIENT", "ID"] }, []);
      connection.send(`${hello}${askId}${ping("@connected@")}`, "@connected@");
      await this.#answered(connection, "its first command");
      const [, id = ""] = /:(\d+)\r\n[^:]*@connected@/.exec(connection.received) ?? [];
      clientIds.push(id);
    }
    return clientIds;
  }

  async #take(
    { connection: index, commands }: Step,
    marker: string,
    { connections, clientIds }: { connections: RecordedConnection[]; clientIds: readonly string[] },
  ): Promise<void> {
    const connection = connections[index];
    // One that is blocked sends nothing: what it queued would run at a moment that no one promises.
    if (connection === undefined || connection.isClosed || !connection.hasAnswered) return;
    const bytes = commands.map((command) => encodeCommand(command, clientIds)).join("");
    connection.send(`${bytes}${ping(marker)}`, marker);
    const mayPark = commands.some((command) => "parks" in command && command.parks === true);
    if (!mayPark) await this.#answered(connection, marker);
    // Who was blocked before may have been served, or unblocked, or killed.
    for (const [other, { hasAnswered }] of connections.entries()) {
      if (!hasAnswered) await this.#answeredOrBlocked(connections, clientIds, other);
    }
  }

  async #answered(connection: RecordedConnection, what: string): Promise<void> {
    if (await connection.answered(ANSWER_WITHIN_MS)) return;
    throw new Error(`${this.#name} did not answer ${what}; received ${tail(connection.received)}`);
  }

  async #answeredOrBlocked(
    connections: readonly RecordedConnection[],
    clientIds: readonly string[],
    index: number,
  ): Promise<void> {
    const connection = connections[index];
    await until(
      async () =>
        connection === undefined ||
        connection.hasAnswered ||
        (await this.#isBlocked(clientIds[index] ?? "")) ||
        (await connection.answered(LOOK_AGAIN_MS)),
      { withinMs: ANSWER_WITHIN_MS, what: `${this.#name} answers or blocks connection ${index}` },
    );
  }

  async #isBlocked(clientId: string): Promise<boolean> {
    const line = await this.#control.callRaw("CLIENT", "LIST", "ID", clientId);
    return / flags=\w*b/.test(line.latin1Slice());
  }

  async #finish(connections: readonly RecordedConnection[], clientIds: readonly string[]) {
    for (const [index, connection] of connections.entries()) {
      if (!connection.hasAnswered) {
        await this.#control.callRaw("CLIENT", "UNBLOCK", clientIds[index] ?? "");
        await this.#answered(connection, `CLIENT UNBLOCK of connection ${index}`);
      }
    }
    for (const connection of connections) {
      if (connection.isClosed) continue;
      connection.send(ping("@end@"), "@end@");
      await this.#answered(connection, "the last PING");
    }
  }

  async #cleanUp(): Promise<void> {
    await until(async () => (await this.#clientCount()) === 1, {
      withinMs: ANSWER_WITHIN_MS,
      what: `${this.#name} has forgotten the closed connections`,
    });
    await this.#control.call("FLUSHALL");
    await this.#control.call("CLIENT", "UNPAUSE");
  }

  async #clientCount(): Promise<number> {
    const list = await this.#control.callRaw("CLIENT", "LIST");
    return list
      .latin1Slice()
      .split("\n")
      .filter((line) => line.startsWith("id=")).length;
  }
}

function ping(marker: string): string {
  return encodeCommand({ argv: ["PING", marker] }, []);
}

function tail(text: string): string {
  return JSON.stringify(text.slice(-200));
}
