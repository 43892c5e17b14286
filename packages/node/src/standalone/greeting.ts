import { ascii, bulkHead, fromText, type Bytes } from "@slotcast/protocol";
import type { NodeId } from "@slotcast/control";
import { LINK_VERSION } from "./limits.ts";

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

/** All of it leaves at once; `lines` lines come back. */
export function encodeGreeting(greeting: Greeting): { readonly bytes: Bytes; lines: number } {
  const { nodeId, announced, user, password, failoverOffset } = greeting;
  const requests: string[][] = [];
  if (password !== "") requests.push(["AUTH", ...(user === "" ? [] : [user]), password]);
  const host = announced.host === "" ? [] : ["ip-address", announced.host];
  requests.push(["REPLCONF", "listening-port", String(announced.port), ...host]);
  const failover =
    failoverOffset === undefined ? [] : ["slotcast-failover", String(failoverOffset)];
  const version = String(LINK_VERSION);
  requests.push(["REPLCONF", SYNC_WORD, version, "slotcast-node", nodeId, ...failover]);
  return { bytes: ascii(requests.map(encodeRequest).join("")), lines: requests.length };
}

/** The first refusal counts, since what follows it may follow from it. The last line is the answer. */
export function parseAnswer(lines: readonly string[]): Answer {
  const [last = "", ...before] = lines.toReversed();
  const refusal = before.findLast((line) => line.startsWith("-"));
  if (refusal !== undefined) return { kind: "refused", error: refusal.slice(1) };
  const accepted = /^\+slotcast-sync 1 ([0-9a-f]{40}) (\d{1,16}) ([0-9a-f]{40})$/.exec(last);
  if (accepted !== null) {
    const [, nodeId = "", epoch = "", historyId = ""] = accepted;
    return { kind: "accepted", nodeId, epoch: Number(epoch), historyId };
  }
  const redirected = /^-REDIRECT (.+):(\d{1,5})$/.exec(last);
  if (redirected !== null) {
    const [, host = "", port = ""] = redirected;
    return { kind: "redirected", host, port: Number(port) };
  }
  return { kind: "refused", error: last.startsWith("-") ? last.slice(1) : `odd answer: ${last}` };
}

export function acceptingLine(nodeId: NodeId, epoch: number, historyId: string): string {
  return `${SYNC_WORD} ${LINK_VERSION} ${nodeId} ${epoch} ${historyId}`;
}

function encodeRequest(words: readonly string[]): string {
  const bulks = words.map((word) => {
    const bytes = fromText(word);
    return `${bulkHead(bytes.length)}${bytes}\r\n`;
  });
  return `*${words.length}\r\n${bulks.join("")}`;
}
