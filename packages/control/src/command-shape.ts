import type { FactCommand } from "./fact-command.ts";
import {
  membersFromPlain,
  membersToPlain,
  nodeFromPlain,
  handedOverFrom,
  nodeToPlain,
  placelessFromPlain,
  placelessToPlain,
  rangesFromPlain,
  rangesToPlain,
} from "./facts-shape.ts";
import { booleanOf, countOf, fieldsOf, idOf, kindOf, type Plain } from "./plain-shape.ts";

/** A command as plain data: its own names, with what facts-shape.ts flattens flattened. */
export function commandToPlain(command: FactCommand): Plain {
  switch (command.kind) {
    case "found":
      return { ...command, node: nodeToPlain(command.node) };
    case "join":
      return {
        ...command,
        node: nodeToPlain(command.node),
        slots: rangesToPlain(command.slots),
      };
    case "update-node":
      return { ...command, node: placelessToPlain(command.node) };
    case "assign-slots":
    case "release-slots":
      return { ...command, slots: rangesToPlain(command.slots) };
    case "set-isr":
      return { ...command, isr: membersToPlain(command.isr) };
    case "promote": {
      const { kind, shardId, epoch, member, lossy, isHandedOver } = command;
      return {
        ...{ kind, shardId, epoch, member: membersToPlain([member]) },
        ...(lossy !== undefined && { lossyHistoryId: lossy.historyId }),
        ...(isHandedOver !== undefined && { isHandedOver }),
      };
    }
    case "forget":
    case "replicate":
    case "detach":
    case "set-epoch":
      return { ...command };
  }
}

/** Throws TypeError unless it is what commandToPlain makes. */
export function commandFromPlain(value: unknown): FactCommand {
  const kind = kindOf(value, "command");
  switch (kind) {
    case "found": {
      const fields = fieldsOf(value, kind, ["kind", "clusterId", "node", "historyId"]);
      return {
        kind,
        clusterId: idOf(fields.clusterId, "clusterId"),
        node: nodeFromPlain(fields.node),
        historyId: idOf(fields.historyId, "historyId"),
      };
    }
    case "join":
      return joinFrom(value);
    case "update-node": {
      const fields = fieldsOf(value, kind, ["kind", "node"]);
      return { kind, node: placelessFromPlain(fields.node) };
    }
    case "forget": {
      const fields = fieldsOf(value, kind, ["kind", "nodeId", "byReset"]);
      return {
        kind,
        nodeId: idOf(fields.nodeId, "nodeId"),
        byReset: booleanOf(fields.byReset, "byReset"),
      };
    }
    case "assign-slots":
    case "release-slots": {
      const fields = fieldsOf(value, kind, ["kind", "shardId", "slots"]);
      return {
        kind,
        shardId: idOf(fields.shardId, "shardId"),
        slots: rangesFromPlain(fields.slots),
      };
    }
    case "replicate": {
      const fields = fieldsOf(value, kind, ["kind", "nodeId", "shardId", "shardSize?"]);
      const { shardSize } = fields;
      return {
        kind,
        nodeId: idOf(fields.nodeId, "nodeId"),
        shardId: idOf(fields.shardId, "shardId"),
        ...(shardSize !== undefined && { shardSize: countOf(shardSize, "shardSize") }),
      };
    }
    case "detach": {
      const fields = fieldsOf(value, kind, ["kind", "nodeId", "shardId", "historyId"]);
      return {
        kind,
        nodeId: idOf(fields.nodeId, "nodeId"),
        shardId: idOf(fields.shardId, "shardId"),
        historyId: idOf(fields.historyId, "historyId"),
      };
    }
    case "set-isr": {
      const fields = fieldsOf(value, kind, ["kind", "shardId", "epoch", "isrVersion", "isr"]);
      return {
        kind,
        shardId: idOf(fields.shardId, "shardId"),
        epoch: countOf(fields.epoch, "epoch"),
        isrVersion: countOf(fields.isrVersion, "isrVersion"),
        isr: membersFromPlain(fields.isr),
      };
    }
    case "promote":
      return promoteFrom(value);
    case "set-epoch": {
      const fields = fieldsOf(value, kind, ["kind", "shardId", "epoch"]);
      return {
        kind,
        shardId: idOf(fields.shardId, "shardId"),
        epoch: countOf(fields.epoch, "epoch"),
      };
    }
    default:
      throw new TypeError("command: no such kind");
  }
}

function joinFrom(value: unknown): FactCommand {
  const fields = fieldsOf(value, "join", [
    "kind",
    "node",
    "historyId",
    "epoch",
    "slots",
    "isInvited",
    "knownVersion",
  ]);
  return {
    kind: "join",
    node: nodeFromPlain(fields.node),
    historyId: idOf(fields.historyId, "historyId"),
    epoch: countOf(fields.epoch, "epoch"),
    slots: rangesFromPlain(fields.slots),
    isInvited: booleanOf(fields.isInvited, "isInvited"),
    knownVersion: countOf(fields.knownVersion, "knownVersion"),
  };
}

function promoteFrom(value: unknown): FactCommand {
  const fields = fieldsOf(value, "promote", [
    "kind",
    "shardId",
    "epoch",
    "member",
    "lossyHistoryId?",
    "isHandedOver?",
  ]);
  const [member, ...more] = membersFromPlain(fields.member);
  if (member === undefined || more.length > 0) throw new TypeError("promote: not one member");
  const promote: FactCommand = {
    kind: "promote",
    shardId: idOf(fields.shardId, "shardId"),
    epoch: countOf(fields.epoch, "epoch"),
    member,
    ...handedOverFrom(fields.isHandedOver, "promote"),
  };
  if (fields.lossyHistoryId === undefined) return promote;
  return { ...promote, lossy: { historyId: idOf(fields.lossyHistoryId, "historyId") } };
}
