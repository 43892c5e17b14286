import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { READINESS_POLL_MS, READINESS_REPLY_BYTES_MAX, READINESS_REPLY_MS } from "./limits.ts";

/**
 * Asks one node CLUSTER INFO until it serves all slots, knows all nodes and has a link to each other one.
 * Returns false when `signal` ends the asking first.
 */
export async function untilReady(options: {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly nodes: number;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const { nodes, signal } = options;
  while (!signal.aborted) {
    const reply = await askClusterInfo(options);
    if (reply !== undefined && isReady(reply, nodes)) return true;
    await wait(READINESS_POLL_MS, undefined, { signal }).catch(ignoreAbort);
  }
  return false;
}

/** Does this CLUSTER INFO say that the cluster of so many nodes is complete, as one of them sees it? */
export function isReady(clusterInfo: string, nodes: number): boolean {
  const fields = new Map(
    clusterInfo.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  return (
    fields.get("cluster_state") === "ok" &&
    fields.get("cluster_known_nodes") === String(nodes) &&
    fields.get("cluster_links_connected") === String(nodes - 1)
  );
}

/** What the node answers; `undefined` when it does not listen yet, refuses or is slow. */
function askClusterInfo(options: {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}): Promise<string | undefined> {
  const { host, port, password } = options;
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port, timeout: READINESS_REPLY_MS });
    const done = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("latin1");
    socket.on("connect", () => {
      const login = password === "" ? "" : encode(["AUTH", password]);
      socket.write(login + encode(["CLUSTER", "INFO"]) + encode(["QUIT"]));
    });
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > READINESS_REPLY_BYTES_MAX) done(undefined);
    });
    socket.on("end", () => {
      done(text);
    });
    socket.on("timeout", () => {
      done(undefined);
    });
    socket.on("error", () => {
      done(undefined);
    });
  });
}

function encode(words: readonly string[]): string {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join("")}`;
}

function ignoreAbort(): void {
  // the loop sees `signal.aborted`
}
