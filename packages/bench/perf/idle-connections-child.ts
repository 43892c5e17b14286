/** A process that holds many connections, so that their memory is not in the server's. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { NodeAddress } from "../src/resp-connection.ts";
import { answerQuestions } from "./answer-questions.ts";

export type IdleQuestion =
  | { readonly kind: "connect"; readonly address: NodeAddress; readonly count: number }
  /** One PING on each, answered. */
  | { readonly kind: "ping" };

export interface IdleExchange {
  readonly question: IdleQuestion;
  /** How many are open. */
  readonly result: number;
}

/** Well below `tcp-backlog` (511), beyond which the kernel makes connections wait a second. */
const BATCH = 100;
const PING = "*1\r\n$4\r\nPING\r\n";
const PONG = "+PONG\r\n";

const sockets: Socket[] = [];
/** Connections that were lost, refused ones included. */
let lost = 0;

answerQuestions<IdleExchange>(async (question) => {
  switch (question.kind) {
    case "connect":
      while (sockets.length < question.count) {
        const size = Math.min(BATCH, question.count - sockets.length);
        await Promise.all(Array.from({ length: size }, () => open(question.address)));
      }
      break;
    case "ping":
      for (let at = 0; at < sockets.length; at += BATCH) {
        await Promise.all(sockets.slice(at, at + BATCH).map(ping));
      }
      break;
  }
  return sockets.length - lost;
});

async function open({ host, port }: NodeAddress): Promise<void> {
  const socket = connect({ host, port });
  sockets.push(socket);
  socket.on("close", () => (lost += 1));
  await once(socket, "connect");
  // A refused connection is accepted first, then told so and closed.
  socket.resume();
}

async function ping(socket: Socket): Promise<void> {
  socket.write(PING);
  const [reply] = await once(socket, "data");
  if (String(reply) !== PONG) throw new Error(`PING was answered with ${String(reply)}`);
}
