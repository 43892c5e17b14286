// HEALTHCHECK of the image: is there a broker that answers PING? Exit code 0: yes, 1: no, with one line why.
// Asks the default listener on loopback. A node on another port is told by SLOTCAST_PORT, as the broker itself.
import { connect } from "node:net";

const PORT = Number(process.env.SLOTCAST_PORT || 6379);
/** Below the HEALTHCHECK's own timeout, so that the line below says why. */
const TIMEOUT_MS = 2000;
/** A node that asks for a password is as well as one that answers. */
const ANSWERS = ["+PONG\r\n", "-NOAUTH "];

const socket = connect(PORT, "127.0.0.1", () => socket.write("PING\r\n"));
socket.setEncoding("latin1");
socket.setTimeout(TIMEOUT_MS, () => finish(`no answer within ${TIMEOUT_MS} ms`));
socket.on("error", (error) => finish(error.message));
socket.on("end", () => finish("closed without an answer"));

let reply = "";
socket.on("data", (chunk) => {
  reply += chunk;
  if (!reply.includes("\r\n")) return;
  finish(ANSWERS.some((answer) => reply.startsWith(answer)) ? undefined : reply.trimEnd());
});

/** @param {string | undefined} problem */
function finish(problem) {
  console.log(problem ?? "healthy");
  process.exit(problem === undefined ? 0 : 1);
}
