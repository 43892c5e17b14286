import type { ControlMessage } from "./control-messages.ts";
import type { Facts, NodeId } from "./facts.ts";
import { FACTS_RETRY_MS } from "./limits.ts";
import type { LogCommand } from "./raft/messages.ts";

/**
 * How facts get from the voters to everybody: the leader pushes each change, and who missed one asks for all of them.
 */
export class FactsFeed {
  readonly #send: (to: NodeId, message: ControlMessage) => void;
  #requestedAtMs = Number.NEGATIVE_INFINITY;

  constructor(send: (to: NodeId, message: ControlMessage) => void) {
    this.#send = send;
  }

  /** To every node before and after, the voters too: their own log may hear of the commit a heartbeat later. */
  push(before: Facts, after: Facts, command: LogCommand, selfId: NodeId): void {
    const update: ControlMessage = {
      kind: "facts-update",
      clusterId: after.clusterId,
      previousVersion: before.version,
      version: after.version,
      command,
    };
    for (const nodeId of new Set([...before.nodes.keys(), ...after.nodes.keys()])) {
      if (nodeId !== selfId) this.#send(nodeId, update);
    }
  }

  /** From who has newer ones. One request at a time is enough. */
  request(from: NodeId, nowMs: number): void {
    if (nowMs - this.#requestedAtMs < FACTS_RETRY_MS) return;
    this.#requestedAtMs = nowMs;
    this.#send(from, { kind: "facts-request" });
  }

  /** Facts came: the next request need not wait. */
  arrived(): void {
    this.#requestedAtMs = Number.NEGATIVE_INFINITY;
  }
}
