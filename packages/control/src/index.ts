export { applyCommand, applyLogCommand } from "./apply-command.ts";
export { chooseAssignment, type AssemblySize } from "./choose-assignment.ts";
export { Control, type ControlAction, type ControlOptions } from "./control.ts";
export { controlMessageFromPlain, controlMessageToPlain } from "./control-message-shape.ts";
export type { ControlMessage, ProposalOutcome } from "./control-messages.ts";
export type {
  FactCommand,
  FactCommandOf,
  Refusal,
  RefusalCode,
  SlotRange,
} from "./fact-command.ts";
export {
  NO_FACTS,
  type Facts,
  type Incarnation,
  type IsrMember,
  type NodeFact,
  type NodeId,
  type ShardFact,
  type ShardId,
} from "./facts.ts";
export {
  factsFromPlain,
  factsToPlain,
  nodeFromPlain,
  nodeToPlain,
  rangesFromPlain,
  rangesToPlain,
} from "./facts-shape.ts";
export {
  booleanOf,
  countOf,
  fieldsOf,
  idOf,
  idsOf,
  kindOf,
  momentOf,
  textOf,
  type Plain,
} from "./plain-shape.ts";
export { checkFacts } from "./invariants.ts";
export type { LogProgress } from "./leader-view.ts";
export {
  EPOCH_JUMP_MAX,
  LEASE_MARGIN_MS,
  LEASE_MS,
  LOG_ENTRIES_STORED_MAX,
  NODES_MAX,
} from "./limits.ts";
export type { Outcome } from "./outcome.ts";
export type { LogCommand, LogEntry, RaftMessage } from "./raft/messages.ts";
export { afterWrite, founderState, type DiskWrite, type StoredState } from "./raft/stored-state.ts";
export type { Rumours } from "./rumours.ts";
export { hasSlots } from "./shard-members.ts";
export { divideSlots, rangesByShard, rangesOf } from "./slot-ranges.ts";
export { diskWriteFromPlain, diskWriteToPlain } from "./stored-shape.ts";
export { majorityOf, votersWanted } from "./voter-count.ts";
