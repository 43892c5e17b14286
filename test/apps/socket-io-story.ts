import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "@slotcast/testkit";
import { Server, type ServerOptions } from "socket.io";
import { io as connect, type Socket } from "socket.io-client";

const HEARD_WITHIN_MS = 10_000;
const BROWSERS_A_SERVER = 2;
const COUNT = 200;
const ACKNOWLEDGED_WITHIN_MS = 5000;

export type AdapterFactory = NonNullable<ServerOptions["adapter"]>;

interface AppServer {
  readonly io: Server;
  readonly http: HttpServer;
  readonly browsers: readonly Browser[];
}

/** A client as in a browser tab, and what it heard. */
interface Browser {
  readonly name: string;
  readonly socket: Socket;
  readonly heard: string[];
  readonly counted: number[];
}

/**
 * What an application of two socket.io servers does: broadcast, rooms, exceptions, binary, acknowledgements, questions
 * between the servers, and closing sockets of the other one. Returns what each browser heard and each server learned,
 * in an order that does not depend on who was faster.
 */
export async function tellSocketIoStory(
  adapters: readonly [a: AdapterFactory, b: AdapterFactory],
): Promise<Record<string, unknown>> {
  const servers = await Promise.all(
    adapters.map(async (adapter, index) => startApp(index === 0 ? "a" : "b", adapter)),
  );
  const [a, b] = servers as [AppServer, AppServer]; // two adapters
  const browsers = servers.flatMap((server) => server.browsers);
  const everyoneHeard = async (word: string, names: readonly string[]): Promise<void> => {
    await until(
      async () =>
        browsers.every(({ name, heard }) =>
          names.includes(name) ? heard.some((line) => line.startsWith(word)) : true,
        ),
      { withinMs: HEARD_WITHIN_MS, what: `${names.join(", ")} heard ${word}` },
    );
  };
  try {
    await untilServersKnowEachOther(servers);
    const learned: Record<string, unknown> = {};

    a.io.emit("hello", "all");
    await everyoneHeard("hello", ["a1", "a2", "b1", "b2"]);

    for (const name of ["a1", "b1"]) {
      await browsers.find((browser) => browser.name === name)?.socket.emitWithAck("join", "room");
    }
    await until(async () => (await a.io.in("room").fetchSockets()).length === 2, {
      withinMs: HEARD_WITHIN_MS,
      what: "both servers know who is in the room",
    });
    b.io.to("room").emit("room", "only you");
    await everyoneHeard("room", ["a1", "b1"]);
    a.io.except("room").emit("others", "not you");
    await everyoneHeard("others", ["a2", "b2"]);

    b.io.emit("binary", Buffer.from([0, 1, 255, 13, 10]), { nested: Buffer.from("é") });
    await everyoneHeard("binary", ["a1", "a2", "b1", "b2"]);

    const answers: readonly unknown[] = await a.io
      .timeout(ACKNOWLEDGED_WITHIN_MS)
      .emitWithAck("question", "who are you");
    learned["answers"] = answers.map(String).toSorted();

    learned["names on both"] = (await b.io.fetchSockets())
      .map(({ handshake }) => String(handshake.auth["name"]))
      .toSorted();

    learned["asked the other server"] = await a.io.serverSideEmitWithAck("roll call", "from a");

    b.io.in("room").socketsLeave("room");
    await until(async () => (await a.io.in("room").fetchSockets()).length === 0, {
      withinMs: HEARD_WITHIN_MS,
      what: "the room is empty on both servers",
    });
    a.io.to("room").emit("room", "nobody is here");

    for (let number = 1; number <= COUNT; number += 1) b.io.emit("count", number);
    await until(async () => browsers.every(({ counted }) => counted.length === COUNT), {
      withinMs: HEARD_WITHIN_MS,
      what: `everyone counted to ${COUNT}`,
    });
    // Not their order: node-redis sends each PUBLISH to another node of the cluster.
    learned["counted"] = browsers.map(({ counted }) => counted.toSorted((x, y) => x - y));

    a.io.in(b.browsers[1]?.socket.id ?? "").disconnectSockets(true);
    await until(async () => b.browsers[1]?.socket.connected === false, {
      withinMs: HEARD_WITHIN_MS,
      what: "a server closed a socket of the other one",
    });
    return {
      ...learned,
      heard: Object.fromEntries(browsers.map(({ name, heard }) => [name, heard])),
    };
  } finally {
    for (const { socket } of browsers) socket.disconnect();
    for (const { io } of servers) await io.close();
  }
}

async function startApp(name: string, adapter: AdapterFactory): Promise<AppServer> {
  const http = createServer();
  const io = new Server(http, { adapter, transports: ["websocket"] });
  io.on("connection", (socket) => {
    socket.on("join", async (room: string, done: () => void) => {
      await socket.join(room);
      done();
    });
  });
  io.on("roll call", (question: string, answer: (text: string) => void) => {
    answer(`${name} was asked ${question}`);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  // an HTTP server that listens on a port has such an address
  const { port } = http.address() as AddressInfo;
  const browsers: Browser[] = [];
  for (let number = 1; number <= BROWSERS_A_SERVER; number += 1) {
    browsers.push(await openBrowser(`${name}${number}`, port));
  }
  return { io, http, browsers };
}

async function openBrowser(name: string, port: number): Promise<Browser> {
  const socket = connect(`http://127.0.0.1:${port}`, { transports: ["websocket"], auth: { name } });
  const heard: string[] = [];
  const counted: number[] = [];
  socket.on("count", (number: number) => counted.push(number));
  for (const event of ["hello", "room", "others"]) {
    socket.on(event, (text: unknown) => heard.push(`${event} ${String(text)}`));
  }
  socket.on("binary", (bytes: Buffer, { nested }: { nested: Buffer }) => {
    heard.push(`binary ${bytes.toString("hex")} ${nested.toString("hex")}`);
  });
  socket.on("question", (_: string, answer: (text: string) => void) => {
    answer(`I am ${name}`);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on("connect", resolve);
  socket.on("connect_error", reject);
  await promise;
  return { name, socket, heard, counted };
}

/** Their subscriptions are in force: what is sent now is heard by the other one. */
async function untilServersKnowEachOther(servers: readonly AppServer[]): Promise<void> {
  for (const { io, browsers } of servers) {
    await until(
      async () => {
        try {
          const everyone = servers.length * browsers.length;
          return (await io.timeout(ACKNOWLEDGED_WITHIN_MS).fetchSockets()).length === everyone;
        } catch {
          return false; // it asked before the other one listened
        }
      },
      { withinMs: HEARD_WITHIN_MS, what: "the servers know each other" },
    );
  }
}
