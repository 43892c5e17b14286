import type { FactCommand, FactCommandOf, Facts, LogCommand } from "@slotcast/control";

/** A change of the facts as the log shows it: a stable name, why it came to be, and what it is about. */
export interface FactDescription {
  readonly event: string;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** `before`: the facts that it has changed. */
export function describeFact(change: LogCommand, before: Facts): FactDescription {
  switch (change.kind) {
    case "facts": {
      const { kind, ...details } = change.command;
      return { event: `fact.${kind}`, reason: reasonOf(change.command, before), details };
    }
    case "voters": {
      const { voters } = change;
      return { event: "fact.voters", reason: votersReason(voters, before), details: { voters } };
    }
    case "noop":
      return { event: "fact.noop", reason: "a term of the voters' leader began", details: {} };
  }
}

function reasonOf(command: FactCommand, before: Facts): string {
  switch (command.kind) {
    case "found":
      return "a node without a past starts";
    case "join":
      return command.isInvited ? "CLUSTER MEET" : "the node found the cluster by its seeds";
    case "update-node":
      return updateReason(command, before);
    case "forget":
      return command.byReset ? "CLUSTER RESET of that node" : "CLUSTER FORGET";
    case "assign-slots":
      return "CLUSTER ADDSLOTS, or the assembly of a new cluster";
    case "release-slots":
      return "CLUSTER DELSLOTS or FLUSHSLOTS";
    case "replicate":
      return "CLUSTER REPLICATE, or the assembly of a new cluster";
    case "detach":
      return "CLUSTER REPLICATE NO ONE";
    case "set-isr":
      return isrReason(command, before);
    case "promote":
      return promotionReason(command, before);
    case "set-epoch":
      return "CLUSTER SET-CONFIG-EPOCH or BUMPEPOCH, or a hand-over that nobody decided in time";
  }
}

function updateReason({ node }: FactCommandOf<"update-node">, before: Facts): string {
  const known = before.nodes.get(node.id);
  return known !== undefined && node.incarnation > known.incarnation
    ? "its process has started again"
    : "its address or name is another one";
}

function isrReason({ shardId, isr }: FactCommandOf<"set-isr">, before: Facts): string {
  const known = before.shards.get(shardId)?.isr.length ?? 0;
  if (isr.length > known) return "a replica has caught up";
  return isr.length < known
    ? "a replica is away, or was behind for too long"
    : "a replica's process has started again";
}

function promotionReason(command: FactCommandOf<"promote">, before: Facts): string {
  const { shardId, isHandedOver, lossy } = command;
  if (isHandedOver === true) return "the primary has handed over";
  const { nodeId = "", incarnation = Infinity } = before.shards.get(shardId)?.primary ?? {};
  const hasRestarted = (before.nodes.get(nodeId)?.incarnation ?? 0) > incarnation;
  if (lossy !== undefined) {
    return hasRestarted ? "no copy of the shard's data is left" : "CLUSTER FAILOVER TAKEOVER";
  }
  return hasRestarted
    ? "the primary's process has started again, without its data"
    : "most voters do not hear of the primary, or CLUSTER FAILOVER FORCE";
}

function votersReason(voters: readonly string[], before: Facts): string {
  return voters.length < before.voters.length
    ? "a voter is gone or was forgotten"
    : "there is a node to vote, or to vote in the place of another";
}
