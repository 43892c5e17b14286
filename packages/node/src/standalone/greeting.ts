import { ascii, bulkHead, fromText, type Bytes } from "@slotcast/protocol";
import type { NodeId } from "@slotcast/control";
import { LINK_VERSION } from "./limits.ts";

const PORT_MAX = 65_535;

/** The word of REPLCONF that asks for a link, and of the answer that gives one. */
export const SYNC_WORD = "slotcast-sync";

/** What a replica says when it has dialled a primary. */
export interface Greeting {
  readonly nodeId: NodeId;
  /** Where its clients reach it; no host: where it comes from. */
  readonly announced: { readonly host: string; readonly port: number };
  readonly user: string;
  /** "": the primary asks for none. */
  readonly password: string;
  /** FAILOVER: become the primary, since you have the log up to here. 0: whatever you have. */
  readonly failoverOffset: number | undefined;
}

/** What the primary answers. */
export type Answer =
  | {
      readonly kind: "accepted";
      readonly nodeId: NodeId;
      readonly epoch: number;
      readonly historyId: string;
    }
  /** It is a replica itself; this is whom it follows. */
  | { readonly kind: "redirected"; readonly host: string; readonly port: number }
  | { readonly kind: "refused"; readonly error: string };

/**
 * The requests of a greeting, each of which is answered by one line. `link` may make the other server the primary: it
 * leaves when all of `introduction` was answered well, and its answer is the only one that decides (`parseAnswer`).
 *
 * Source: Redis 7.0 src/replication.c, syncWithMaster, which gives up before PSYNC when AUTH is refused.
 */
export function encodeGreeting(greeting: Greeting): {
  readonly introduction: readonly Bytes[];
  readonly link: Bytes;
} {
  const { nodeId, announced, user, password, failoverOffset } = greeting;
  const introduction: Bytes[] = [];
  if (password !== "") {
    introduction.push(encodeRequest(["AUTH", ...(user === "" ? [] : [user]), password]));
  }
  const host = announced.host === "" ? [] : ["ip-address", announced.host];
  introduction.push(encodeRequest(["REPLCONF", "listening-port", String(announced.port), ...host]));
  const failover =
    failoverOffset === undefined ? [] : ["slotcast-failover", String(failoverOffset)];
  const version = String(LINK_VERSION);
  const link = encodeRequest([
    ...["REPLCONF", SYNC_WORD, version, "slotcast-node", nodeId],
    ...failover,
  ]);
  return { introduction, link };
}

/** Of the line that answers `link`, or refuses before. */
export function parseAnswer(line: string): Answer {
  const accepted = /^\+slotcast-sync 1 ([0-9a-f]{40}) (\d{1,16}) ([0-9a-f]{40})$/.exec(line);
  if (accepted !== null) {
    const [, nodeId = "", epoch = "", historyId = ""] = accepted;
    return { kind: "accepted", nodeId, epoch: Number(epoch), historyId };
  }
  const [, host = "", port = ""] = /^-REDIRECT (.+):(\d{1,5})$/.exec(line) ?? [];
  if (host !== "" && isPort(Number(port))) return { kind: "redirected", host, port: Number(port) };
  return { kind: "refused", error: line.startsWith("-") ? line.slice(1) : `odd answer: ${line}` };
}

/** No other can be dialled. */
export function isPort(port: number): boolean {
  return port >= 0 && port <= PORT_MAX;
}

export function acceptingLine(nodeId: NodeId, epoch: number, historyId: string): string {
  return `${SYNC_WORD} ${LINK_VERSION} ${nodeId} ${epoch} ${historyId}`;
}

function encodeRequest(words: readonly string[]): Bytes {
  const bulks = words.map((word) => {
    const bytes = fromText(word);
    return `${bulkHead(bytes.length)}${bytes}\r\n`;
  });
  return ascii(`*${words.length}\r\n${bulks.join("")}`);
}
