import type { FactCommand } from "./fact-command.ts";
import type { Facts } from "./facts.ts";
import { found, forget, join, updateNode } from "./node-changes.ts";
import type { Outcome } from "./outcome.ts";
import type { LogCommand } from "./raft/messages.ts";
import { detach, promote, replicate, setEpoch, setIsr } from "./shard-changes.ts";
import { assignSlots, releaseSlots } from "./slot-changes.ts";

/**
 * The cluster state machine: what the facts are after a committed command. Deterministic and total, since every node
 * must come to the same facts; nothing is changed in place. A refused command, and one that is true already, leaves
 * the very same facts object. `version` is the index of the command's log entry.
 *
 * The command has a sound shape (command-shape.ts): ids are ids, ranges lie within the slots.
 */
export function applyCommand(facts: Facts, command: FactCommand, version: number): Outcome {
  const outcome = outcomeOf(facts, command);
  if ("refusal" in outcome || outcome.facts === facts) return outcome;
  return { facts: { ...outcome.facts, version } };
}

/** The same for any entry of the log. */
export function applyLogCommand(facts: Facts, command: LogCommand, version: number): Outcome {
  switch (command.kind) {
    case "noop":
      return { facts };
    case "voters": {
      const { voters } = command;
      const isSame =
        voters.length === facts.voters.length &&
        voters.every((id, index) => facts.voters[index] === id);
      return { facts: isSame ? facts : { ...facts, voters, version } };
    }
    case "facts":
      return applyCommand(facts, command.command, version);
  }
}

function outcomeOf(facts: Facts, command: FactCommand): Outcome {
  switch (command.kind) {
    case "found":
      return found(facts, command);
    case "join":
      return join(facts, command);
    case "update-node":
      return updateNode(facts, command);
    case "forget":
      return forget(facts, command);
    case "assign-slots":
      return assignSlots(facts, command);
    case "release-slots":
      return releaseSlots(facts, command);
    case "replicate":
      return replicate(facts, command);
    case "detach":
      return detach(facts, command);
    case "set-isr":
      return setIsr(facts, command);
    case "promote":
      return promote(facts, command);
    case "set-epoch":
      return setEpoch(facts, command);
  }
}
