import { CommandError, hashSlot, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parsePolicy } from "./policy-options.ts";
import { writePolicy } from "./write-policy.ts";
import { existingGroup } from "./xgroup.ts";

const DEAD_LETTER_IS_ORIGIN = new CommandError(
  "ERR",
  "The dead-letter stream must be another key than the stream",
);
const DEAD_LETTER_ELSEWHERE = new CommandError(
  "CROSSSLOT",
  "The stream and its dead-letter stream must be in one slot: give their keys the same {tag}",
);

/**
 * XGROUP SETPOLICY key group <OFF | [DELIVERYLIMIT n] [DEADLETTER key2] [AUTOCLAIM min-idle-ms]
 *   [CONSUMERTTL ms] [RETRYDELAY ms [MAXRETRYDELAY ms]]>
 *
 * Replaces the whole policy of the group. Reply: OK. Ours; what it does is in docs/streams.md.
 */
export function xgroupSetPolicy(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, broker } = context;
  const [, , key, groupName] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const { group } = existingGroup(context, key, groupName);
  const policy = parsePolicy(argv, 4);
  const deadLetterKey = policy?.deadLetterKey;
  if (deadLetterKey === key) throw DEAD_LETTER_IS_ORIGIN;
  const isElsewhere = deadLetterKey !== undefined && hashSlot(deadLetterKey) !== keys.index;
  if (broker.cluster !== undefined && isElsewhere) throw DEAD_LETTER_ELSEWHERE;
  group.setPolicy(policy);
  keys.touchGroups(key);
  context.notify("stream", "xgroup-setpolicy", key);
  context.effects?.append(argv);
  if (policy?.consumerTtlMs !== undefined) broker.silentConsumers.watch(keys, key);
  // Who waits must know when an entry will be due.
  context.markReady(key);
  context.reply.ok();
}

/** XGROUP GETPOLICY key group. Reply: a map of what is set. */
export function xgroupGetPolicy(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , key, groupName] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  writePolicy(context.reply, existingGroup(context, key, groupName).group.policy);
}
