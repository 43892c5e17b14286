import {
  booleanOf,
  countOf,
  factsFromPlain,
  factsToPlain,
  fieldsOf,
  idOf,
  kindOf,
  nodeFromPlain,
  nodeToPlain,
  NODES_MAX,
  rangesFromPlain,
  rangesToPlain,
  type FactCommandOf,
  type Facts,
  type Plain,
} from "@slotcast/control";
import { JOIN_REASON_CHARS_MAX } from "./limits.ts";

/** Between a node that is in a cluster, or alone in its own, and one that is not in it: `join` frames of a meet link. */
export type JoinMessage =
  /** From who dialled, then answered by the other: who has the answer decides who joins whom. */
  | {
      readonly kind: "card";
      readonly clusterId: string;
      readonly nodeCount: number;
      readonly isAnswer: boolean;
    }
  /** Come into my cluster: ask me. */
  | { readonly kind: "invite" }
  /**
   * You are in this cluster no more: its facts of that version lack you. `isInvited`: an operator wants you back, start
   * over and ask me.
   */
  | {
      readonly kind: "removed";
      readonly clusterId: string;
      readonly version: number;
      readonly isInvited: boolean;
    }
  | { readonly kind: "ask"; readonly command: JoinRequest }
  | { readonly kind: "welcome"; readonly facts: Facts }
  /** `isFinal`: it is of no use to ask again. */
  | { readonly kind: "sorry"; readonly reason: string; readonly isFinal: boolean };

/** What the lone node cannot know is said by who lets it in. */
export type JoinRequest = Omit<FactCommandOf<"join">, "knownVersion">;

export function joinToPlain(message: JoinMessage): Plain {
  switch (message.kind) {
    case "ask": {
      const { node, historyId, epoch, slots, isInvited } = message.command;
      return {
        ...{ kind: "ask", historyId, epoch, isInvited },
        node: nodeToPlain(node),
        slots: rangesToPlain(slots),
      };
    }
    case "welcome":
      return { kind: "welcome", facts: factsToPlain(message.facts) };
    case "sorry":
      return { ...message, reason: message.reason.slice(0, JOIN_REASON_CHARS_MAX) };
    case "card":
    case "invite":
    case "removed":
      return { ...message };
  }
}

/** Throws TypeError unless it is what joinToPlain makes. */
export function joinFromPlain(value: unknown): JoinMessage {
  const kind = kindOf(value, "join");
  switch (kind) {
    case "card": {
      const names = ["kind", "clusterId", "nodeCount", "isAnswer"] as const;
      const { clusterId, nodeCount, isAnswer } = fieldsOf(value, kind, names);
      return {
        kind,
        clusterId: idOf(clusterId, "clusterId"),
        nodeCount: countOf(nodeCount, "nodeCount", NODES_MAX),
        isAnswer: booleanOf(isAnswer, "isAnswer"),
      };
    }
    case "invite":
      fieldsOf(value, kind, ["kind"]);
      return { kind };
    case "removed": {
      const names = ["kind", "clusterId", "version", "isInvited"] as const;
      const { clusterId, version, isInvited } = fieldsOf(value, kind, names);
      return {
        kind,
        clusterId: idOf(clusterId, "clusterId"),
        version: countOf(version, "version"),
        isInvited: booleanOf(isInvited, "isInvited"),
      };
    }
    case "ask": {
      const names = ["kind", "node", "historyId", "epoch", "slots", "isInvited"] as const;
      const fields = fieldsOf(value, kind, names);
      const command = {
        kind: "join",
        node: nodeFromPlain(fields.node),
        historyId: idOf(fields.historyId, "historyId"),
        epoch: countOf(fields.epoch, "epoch"),
        slots: rangesFromPlain(fields.slots),
        isInvited: booleanOf(fields.isInvited, "isInvited"),
      } as const;
      return { kind, command };
    }
    case "welcome":
      return { kind, facts: factsFromPlain(fieldsOf(value, kind, ["kind", "facts"]).facts) };
    case "sorry": {
      const { reason, isFinal } = fieldsOf(value, kind, ["kind", "reason", "isFinal"]);
      if (typeof reason !== "string" || reason.length > JOIN_REASON_CHARS_MAX) {
        throw new TypeError("sorry: no reason, or too long");
      }
      return { kind, reason, isFinal: booleanOf(isFinal, "isFinal") };
    }
    default:
      throw new TypeError("join: no such kind");
  }
}
