import { RespClient, until } from "@slotcast/testkit";
import { RecordedConnection } from "./recorded-connection.ts";
import { encodeCommand, type Command, type Sequence, type Step } from "./step.ts";

/** A command that is not answered within this is a finding: every wait of a sequence is far shorter or for ever. */
const ANSWER_WITHIN_MS = 10_000;

interface Played {
  readonly connections: readonly RecordedConnection[];
  readonly clientIds: readonly string[];
}

/**
 * One of the two servers. Plays a sequence and returns what each connection received. Time is kept out: a step
 * is over when its connection answered the marker sent behind it, or is seen to be blocked, in which case the marker
 * is sent when it is free again: a command that is queued runs at a moment that no server promises.
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
      return await this.#play(sequence, connections);
    } catch (error) {
      const received = connections.map((connection) => tail(connection.received)).join("\n");
      throw new Error(`${this.#name} failed; received:\n${received}`, { cause: error });
    } finally {
      for (const connection of connections) connection.destroy();
      await this.#cleanUp();
    }
  }

  async #play(sequence: Sequence, connections: RecordedConnection[]): Promise<string[]> {
    const clientIds = await this.#connect(sequence, connections);
    for (const [index, step] of sequence.steps.entries()) {
      await this.#take(step, `@${index}@`, { connections, clientIds });
    }
    await this.#finish({ connections, clientIds });
    return connections.map(({ received, isClosed }) => `${received}${isClosed ? "(closed)" : ""}`);
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
      connection.sendMarked(`${hello}${askId}${ping("@connected@")}`, "@connected@");
      await this.#answered(connection, "its first command");
      const [, id = ""] = /:(\d+)\r\n[^:]*@connected@/.exec(connection.received) ?? [];
      clientIds.push(id);
    }
    return clientIds;
  }

  async #take(
    { connection: index, commands }: Step,
    marker: string,
    { connections, clientIds }: Played,
  ): Promise<void> {
    await this.#forgetTheClosed({ connections, clientIds });
    const connection = connections[index];
    if (connection === undefined || connection.isClosed) return;
    if (connection.parkedMarker !== undefined) return;
    const bytesOf = (some: readonly Command[]): string =>
      some.map((command) => encodeCommand(command, clientIds)).join("");
    const parkingAt = commands.findLastIndex((command) => "argv" in command && command.parks);
    const parking = commands[parkingAt];
    if (parking === undefined) {
      connection.sendMarked(`${bytesOf(commands)}${ping(marker)}`, marker);
      await this.#answered(connection, marker);
    } else {
      // One before it may wait for a moment, and must not be taken for it. Nor may this answer for the marker's.
      const before = `before ${marker.replaceAll("@", "#")}`;
      const bytes = bytesOf(commands.slice(0, parkingAt));
      connection.sendMarked(`${bytes}${ping(before)}`, before);
      await this.#answered(connection, before);
      if (connection.isClosed) return;
      connection.send(bytesOf([parking]));
      connection.parkedMarker = marker;
      await this.#executed(connection, parking, clientIds[index] ?? "");
    }
    await this.#greetTheFree({ connections, clientIds });
  }

  /** A client sees that its connection is closed before the server, which still counts it for a moment. */
  async #forgetTheClosed({ connections, clientIds }: Played): Promise<void> {
    for (const [index, connection] of connections.entries()) {
      if (!connection.isClosed || connection.isForgotten) continue;
      await until(async () => !(await this.#clientLine(clientIds[index] ?? "")).includes("id="), {
        withinMs: ANSWER_WITHIN_MS,
        what: `${this.#name} has forgotten a connection that it closed`,
      });
      connection.isForgotten = true;
    }
  }

  /** Who was blocked may have been served, or unblocked, or killed. */
  async #greetTheFree({ connections, clientIds }: Played): Promise<void> {
    for (const [index, connection] of connections.entries()) {
      const { parkedMarker: marker } = connection;
      if (marker === undefined || (await this.#isBlocked(clientIds[index] ?? ""))) continue;
      connection.parkedMarker = undefined;
      connection.sendMarked(ping(marker), marker);
      await this.#answered(connection, marker);
    }
  }

  /** The last thing executed was a PING, for the marker of the step before. */
  async #executed(connection: RecordedConnection, command: Command, id: string): Promise<void> {
    const name = "argv" in command ? (command.argv[0] ?? "").toLowerCase() : "";
    await until(
      async () => connection.isClosed || (await this.#clientLine(id)).includes(` cmd=${name} `),
      { withinMs: ANSWER_WITHIN_MS, what: `${this.#name} has executed ${name}` },
    );
  }

  async #answered(connection: RecordedConnection, what: string): Promise<void> {
    if (await connection.answered(ANSWER_WITHIN_MS)) return;
    throw new Error(`${this.#name} did not answer ${what}; received ${tail(connection.received)}`);
  }

  async #isBlocked(id: string): Promise<boolean> {
    return / flags=\w*b/.test(await this.#clientLine(id));
  }

  async #clientLine(id: string): Promise<string> {
    return (await this.#control.callRaw("CLIENT", "LIST", "ID", id)).latin1Slice();
  }

  async #finish({ connections, clientIds }: Played): Promise<void> {
    for (const [index, connection] of connections.entries()) {
      if (connection.parkedMarker === undefined) continue;
      await this.#control.callRaw("CLIENT", "UNBLOCK", clientIds[index] ?? "");
    }
    await this.#greetTheFree({ connections, clientIds });
    for (const connection of connections) {
      if (connection.isClosed) continue;
      connection.sendMarked(ping("@end@"), "@end@");
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
