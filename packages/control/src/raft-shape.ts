import { commandFromPlain, commandToPlain } from "./command-shape.ts";
import { factsFromPlain, factsToPlain, votersFromPlain } from "./facts-shape.ts";
import { APPEND_ENTRIES_MAX } from "./limits.ts";
import { booleanOf, countOf, fieldsOf, idOf, kindOf, listOf, type Plain } from "./plain-shape.ts";
import type { HardState, LogCommand, LogEntry, RaftMessage, Snapshot } from "./raft/messages.ts";

/** What Raft sends and keeps, as plain data. Each `...FromPlain` throws TypeError unless it is what `...ToPlain` makes. */

export function raftMessageToPlain(message: RaftMessage): Plain {
  switch (message.kind) {
    case "append":
      return { ...message, entries: message.entries.map(logEntryToPlain) };
    case "install-snapshot":
      return { ...message, snapshot: snapshotToPlain(message.snapshot) };
    case "vote-request":
    case "vote":
    case "append-result":
      return { ...message };
  }
}

export function raftMessageFromPlain(value: unknown): RaftMessage {
  const kind = kindOf(value, "message");
  switch (kind) {
    case "vote-request": {
      const fields = fieldsOf(value, kind, [
        "kind",
        "term",
        "isPreVote",
        "lastIndex",
        "lastTerm",
        "isLeaderGone",
      ]);
      return {
        kind,
        term: countOf(fields.term, "term"),
        isPreVote: booleanOf(fields.isPreVote, "isPreVote"),
        lastIndex: countOf(fields.lastIndex, "lastIndex"),
        lastTerm: countOf(fields.lastTerm, "lastTerm"),
        isLeaderGone: booleanOf(fields.isLeaderGone, "isLeaderGone"),
      };
    }
    case "vote": {
      const fields = fieldsOf(value, kind, ["kind", "term", "isPreVote", "isGranted"]);
      return {
        kind,
        term: countOf(fields.term, "term"),
        isPreVote: booleanOf(fields.isPreVote, "isPreVote"),
        isGranted: booleanOf(fields.isGranted, "isGranted"),
      };
    }
    case "append":
      return appendFrom(value);
    case "append-result": {
      const fields = fieldsOf(value, kind, ["kind", "term", "isAccepted", "matchIndex", "round"]);
      return {
        kind,
        term: countOf(fields.term, "term"),
        isAccepted: booleanOf(fields.isAccepted, "isAccepted"),
        matchIndex: countOf(fields.matchIndex, "matchIndex"),
        round: countOf(fields.round, "round"),
      };
    }
    case "install-snapshot": {
      const fields = fieldsOf(value, kind, ["kind", "term", "snapshot", "round"]);
      return {
        kind,
        term: countOf(fields.term, "term"),
        snapshot: snapshotFromPlain(fields.snapshot),
        round: countOf(fields.round, "round"),
      };
    }
    default:
      throw new TypeError("message: no such kind");
  }
}

function appendFrom(value: unknown): RaftMessage {
  const fields = fieldsOf(value, "append", [
    "kind",
    "term",
    "previousIndex",
    "previousTerm",
    "entries",
    "commitIndex",
    "round",
  ]);
  const previousIndex = countOf(fields.previousIndex, "previousIndex");
  const entries = listOf(fields.entries, "entries", APPEND_ENTRIES_MAX, logEntryFromPlain);
  if (entries.some(({ index }, at) => index !== previousIndex + 1 + at)) {
    throw new TypeError("entries: not one after the other");
  }
  return {
    kind: "append",
    term: countOf(fields.term, "term"),
    previousIndex,
    previousTerm: countOf(fields.previousTerm, "previousTerm"),
    entries,
    commitIndex: countOf(fields.commitIndex, "commitIndex"),
    round: countOf(fields.round, "round"),
  };
}

export function logEntryToPlain({ index, term, command }: LogEntry): Plain {
  return { index, term, command: logCommandToPlain(command) };
}

export function logEntryFromPlain(value: unknown): LogEntry {
  const fields = fieldsOf(value, "entry", ["index", "term", "command"]);
  const index = countOf(fields.index, "index");
  if (index === 0) throw new TypeError("entry: no index");
  return {
    index,
    term: countOf(fields.term, "term"),
    command: logCommandFromPlain(fields.command),
  };
}

export function logCommandToPlain(command: LogCommand): Plain {
  switch (command.kind) {
    case "noop":
    case "voters":
      return { ...command };
    case "facts":
      return { kind: "facts", command: commandToPlain(command.command) };
  }
}

export function logCommandFromPlain(value: unknown): LogCommand {
  const kind = kindOf(value, "entry");
  switch (kind) {
    case "noop":
      fieldsOf(value, kind, ["kind"]);
      return { kind };
    case "voters":
      return { kind, voters: someVoters(fieldsOf(value, kind, ["kind", "voters"]).voters) };
    case "facts": {
      const fields = fieldsOf(value, kind, ["kind", "command"]);
      return { kind, command: commandFromPlain(fields.command) };
    }
    default:
      throw new TypeError("entry: no such kind");
  }
}

/** A log without voters could never go on. */
function someVoters(value: unknown): string[] {
  const voters = votersFromPlain(value);
  if (voters.length === 0) throw new TypeError("voters: none");
  return voters;
}

export function snapshotToPlain({ index, term, voters, facts }: Snapshot): Plain {
  return { index, term, voters, facts: factsToPlain(facts) };
}

export function snapshotFromPlain(value: unknown): Snapshot {
  const fields = fieldsOf(value, "snapshot", ["index", "term", "voters", "facts"]);
  return {
    index: countOf(fields.index, "index"),
    term: countOf(fields.term, "term"),
    voters: someVoters(fields.voters),
    facts: factsFromPlain(fields.facts),
  };
}

export function hardStateToPlain({ term, votedFor }: HardState): Plain {
  return votedFor === undefined ? { term } : { term, votedFor };
}

export function hardStateFromPlain(value: unknown): HardState {
  const fields = fieldsOf(value, "hard state", ["term", "votedFor?"]);
  return {
    term: countOf(fields.term, "term"),
    votedFor: fields.votedFor === undefined ? undefined : idOf(fields.votedFor, "votedFor"),
  };
}
