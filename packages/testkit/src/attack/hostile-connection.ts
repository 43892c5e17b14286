import { connect } from "node:net";
import { ANSWER_WITHIN_MS } from "./limits.ts";
import type { Volley } from "./volley.ts";
import { ANSWER_BYTES, HELLO_BYTES } from "./wire-format.ts";

/** Sends a volley. Resolves, when the connection is over, to the number of frames that were sent. */
export async function fire(port: number, { opening, reply }: Volley): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const socket = connect(port, "127.0.0.1");
  let answer = Buffer.alloc(0);
  let sent = opening.length;
  socket.on("error", () => undefined); // a reset; `close` follows
  socket.on("data", (chunk) => {
    answer = Buffer.concat([answer, chunk]);
    if (answer.length < ANSWER_BYTES) return;
    const frames = reply(answer);
    sent += frames.length;
    socket.end(Buffer.concat(frames));
  });
  socket.on("close", () => {
    resolve(sent);
  });
  const bytes = Buffer.concat(opening);
  // What is not the size of a hello is never answered.
  if (bytes.length === HELLO_BYTES) socket.write(bytes);
  else socket.end(bytes);
  socket.setTimeout(ANSWER_WITHIN_MS, () => socket.end());
  return promise;
}
