import { commandFromPlain, commandToPlain } from "./command-shape.ts";
import type { ControlMessage, ProposalOutcome } from "./control-messages.ts";
import type { Refusal } from "./fact-command.ts";
import { factsFromPlain, factsToPlain, membersFromPlain, membersToPlain } from "./facts-shape.ts";
import { REFUSAL_CHARS_MAX } from "./limits.ts";
import { countOf, fieldsOf, idOf, kindOf, momentOf, type Plain } from "./plain-shape.ts";
import {
  logCommandFromPlain,
  logCommandToPlain,
  raftMessageFromPlain,
  raftMessageToPlain,
} from "./raft-shape.ts";

type Decided = Exclude<ProposalOutcome, { readonly kind: "timed-out" }>;

/** For a frame of the bus. */
export function controlMessageToPlain(message: ControlMessage): Plain {
  switch (message.kind) {
    case "raft":
      return { kind: message.kind, message: raftMessageToPlain(message.message) };
    case "facts-update":
      return { ...message, command: logCommandToPlain(message.command) };
    case "facts":
      return { kind: message.kind, facts: factsToPlain(message.facts) };
    case "propose":
      return { ...message, command: commandToPlain(message.command) };
    case "not-leader":
      return { ...message, leaderId: message.leaderId ?? "" };
    case "proposed":
      return { kind: message.kind, id: message.id, outcome: outcomeToPlain(message.outcome) };
    case "support":
      return { kind: message.kind, against: membersToPlain(message.against) };
    case "facts-request":
    case "prepare":
    case "lease-request":
    case "lease-grant":
      return { ...message };
  }
}

/** Throws TypeError unless it is what controlMessageToPlain makes. */
export function controlMessageFromPlain(value: unknown): ControlMessage {
  const kind = kindOf(value, "control message");
  switch (kind) {
    case "raft": {
      const { message } = fieldsOf(value, kind, ["kind", "message"]);
      return { kind, message: raftMessageFromPlain(message) };
    }
    case "facts-update": {
      const fields = fieldsOf(value, kind, [
        "kind",
        "clusterId",
        "previousVersion",
        "version",
        "command",
      ]);
      return {
        kind,
        clusterId: idOf(fields.clusterId, "clusterId"),
        previousVersion: countOf(fields.previousVersion, "previousVersion"),
        version: countOf(fields.version, "version"),
        command: logCommandFromPlain(fields.command),
      };
    }
    case "facts-request":
    case "prepare":
      fieldsOf(value, kind, ["kind"]);
      return { kind };
    case "facts":
      return { kind, facts: factsFromPlain(fieldsOf(value, kind, ["kind", "facts"]).facts) };
    case "propose": {
      const fields = fieldsOf(value, kind, ["kind", "id", "command"]);
      return { kind, id: countOf(fields.id, "id"), command: commandFromPlain(fields.command) };
    }
    case "not-leader": {
      const { id, leaderId } = fieldsOf(value, kind, ["kind", "id", "leaderId"]);
      const known = leaderId === "" ? undefined : idOf(leaderId, "leaderId");
      return { kind, id: countOf(id, "id"), leaderId: known };
    }
    case "proposed": {
      const fields = fieldsOf(value, kind, ["kind", "id", "outcome"]);
      return { kind, id: countOf(fields.id, "id"), outcome: outcomeFromPlain(fields.outcome) };
    }
    case "lease-request": {
      const fields = fieldsOf(value, kind, ["kind", "incarnation", "sentMs"]);
      return {
        kind,
        incarnation: countOf(fields.incarnation, "incarnation"),
        sentMs: momentOf(fields.sentMs, "sentMs"),
      };
    }
    case "lease-grant": {
      const fields = fieldsOf(value, kind, ["kind", "incarnation", "sentMs", "version"]);
      return {
        kind,
        incarnation: countOf(fields.incarnation, "incarnation"),
        sentMs: momentOf(fields.sentMs, "sentMs"),
        version: countOf(fields.version, "version"),
      };
    }
    case "support":
      return {
        kind,
        against: membersFromPlain(fieldsOf(value, kind, ["kind", "against"]).against),
      };
    default:
      throw new TypeError("control message: no such kind");
  }
}

function outcomeToPlain(outcome: Decided): Plain {
  if (outcome.kind === "accepted") return { ...outcome };
  const { code, detail } = outcome.refusal;
  return { kind: outcome.kind, code, detail };
}

function outcomeFromPlain(value: unknown): Decided {
  const kind = kindOf(value, "outcome");
  if (kind === "accepted") {
    const { version } = fieldsOf(value, kind, ["kind", "version"]);
    return { kind, version: countOf(version, "version") };
  }
  if (kind !== "refused") throw new TypeError("outcome: no such kind");
  const { code, detail } = fieldsOf(value, kind, ["kind", "code", "detail"]);
  return { kind, refusal: { code: codeOf(code), detail: detailOf(detail) } };
}

/** The compiler names one that is missing. */
const CODES: Readonly<Record<Refusal["code"], true>> = {
  "unknown-node": true,
  "unknown-shard": true,
  forgotten: true,
  "slot-taken": true,
  "not-owner": true,
  stale: true,
  "not-in-sync": true,
  "not-empty": true,
  "not-a-replica": true,
  "epoch-taken": true,
  "already-founded": true,
  voter: true,
  "not-founded": true,
  "no-primary": true,
  "shard-taken": true,
  "epoch-too-high": true,
  "too-many-nodes": true,
};

function codeOf(value: unknown): Refusal["code"] {
  const code = Object.keys(CODES).find((known) => known === value);
  if (code === undefined) throw new TypeError("refusal: no such code");
  return code as Refusal["code"]; // a key of the record
}

/** For people: shown in an error reply, whose writer keeps it in one line. */
function detailOf(value: unknown): string {
  if (typeof value !== "string" || value.length > REFUSAL_CHARS_MAX) {
    throw new TypeError("refusal: no detail, or too long");
  }
  return value;
}
