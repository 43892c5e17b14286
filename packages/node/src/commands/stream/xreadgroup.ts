import { CommandError, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import { nextStreamId, parseStreamId, type StreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { deliverHistory, deliverIdle, deliverNew, type Delivery } from "./deliver.ts";
import { consumerSeen, noGroup, type StreamGroup } from "./group-lookup.ts";
import { idleToOffer, nextDueMs, nextSeenMs } from "./offer-times.ts";
import { parseReadArguments, type ReadArguments } from "./read-arguments.ts";
import { ReadBudget } from "./read-entries.ts";
import { removeSilentConsumers } from "./remove-silent-consumers.ts";
import { writeParts } from "./write-entry.ts";

const meaningless = (id: "$" | "+"): CommandError =>
  new CommandError(
    "ERR",
    `The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The ${id} ID would just return an empty result set.`,
  );
const DOLLAR = meaningless("$");
const PLUS = meaningless("+");

/** One of the streams to read. */
interface Target extends StreamGroup {
  readonly key: Bytes;
  /** The first id of its history that is asked for; `undefined`: new entries. */
  readonly historyFrom: StreamId | undefined;
}

/**
 * XREADGROUP GROUP group consumer [COUNT count] [MAXCOUNT count] [MAXSIZE bytes] [BLOCK ms] [CLAIM min-idle-ms]
 *   [NOACK] STREAMS key [key …] id [id …]
 *
 * `>`: entries that no consumer of the group was given yet; they are pending for this one until it acknowledges
 * them. With CLAIM, or AUTOCLAIM of the group's policy, before them what is pending for so long that its consumer
 * must be dead. Any other id: what is
 * pending for this consumer above that id, its history; this never waits.
 *
 * Reply: as XREAD, an entry that was deleted meanwhile with a null for its fields; with CLAIM each entry also with
 * its idle time in milliseconds and how often it was delivered before, both 0 for new ones.
 * Source: Redis 7.0 src/t_stream.c, xreadCommand; 7.2 for consumers that are made before there is something to
 * read, 8.4 for CLAIM.
 */
export function xreadgroup(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply, nowMs } = context;
  const read = parseReadArguments(argv, "xreadgroup");
  const { group: asked, timeoutMs, keysFrom, streams } = read;
  if (asked === undefined) throw new Error("XREADGROUP was parsed without its group");
  const targets: Target[] = [];
  for (let index = 0; index < streams; index += 1) {
    const key = argv[keysFrom + index] as Bytes; // counted while parsing, as the next
    const idText = argv[keysFrom + streams + index] as Bytes;
    targets.push(findTarget(context, { key, idText, groupName: asked.name }));
  }
  const budget = new ReadBudget(read);
  const found: { readonly key: Bytes; readonly delivery: Delivery }[] = [];
  for (const target of targets) {
    const delivery = readTarget(context, target, read, budget);
    const isHistory = target.historyFrom !== undefined;
    if (isHistory || delivery.ids.length > 0) found.push({ key: target.key, delivery });
  }
  if (found.length === 0) {
    if (timeoutMs === undefined) {
      reply.nullArray();
      return;
    }
    const keys = argv.slice(keysFrom, keysFrom + streams);
    const groups = targets.map(({ group }) => group);
    context.park({
      ...{ keys, waitsFor: "group", timeoutMs, argv, retryAtMs: nextSeenMs(groups, nowMs) },
      turn: { name: turnOf(argv, asked.consumerAt), retryAtMs: nextDueMs(groups, read, nowMs) },
    });
    return;
  }
  if (reply.protocol === 3) reply.map(found.length);
  else reply.array(found.length);
  for (const { key, delivery } of found) {
    if (reply.protocol === 2) reply.array(2);
    reply.bulk(key);
    writeDelivery(reply, delivery);
  }
}

/** All words but the consumer's name: who asks with the same ones finds the same. */
function turnOf(argv: readonly Bytes[], consumerAt: number): string {
  let name = "";
  for (const [at, word] of argv.entries()) {
    if (at !== consumerAt) name += `${word.length} ${word} `;
  }
  return name;
}

/** Throws before anything is changed. Source: as above. */
function findTarget(
  { keys, nowMs }: CommandContext,
  {
    key,
    idText,
    groupName,
  }: { readonly key: Bytes; readonly idText: Bytes; readonly groupName: Bytes },
): Target {
  const stream = keys.readStream(key, nowMs);
  const group = stream?.groups.get(groupName);
  if (stream === undefined || group === undefined) throw noGroup("xreadgroup", key, groupName);
  if (idText === ">") return { key, stream, group, historyFrom: undefined };
  if (idText === "$") throw DOLLAR;
  if (idText === "+") throw PLUS;
  // The last id there is means `>`, as in Redis, which writes it so.
  const historyFrom = nextStreamId(parseStreamId(idText, 0));
  return { key, stream, group, historyFrom };
}

function readTarget(
  context: CommandContext,
  { key, stream, group, historyFrom }: Target,
  read: ReadArguments,
  budget: ReadBudget,
): Delivery {
  const { name: groupName, consumer: name } = read.group as NonNullable<typeof read.group>; // looked at before
  const consumer = consumerSeen(context, group, { key, groupName, name });
  const to = { key, groupName, stream, group, consumer };
  const { countMax } = read;
  if (historyFrom !== undefined) {
    return deliverHistory(context, to, { from: historyFrom, countMax }, budget);
  }
  if (group.policy?.consumerTtlMs !== undefined) {
    context.broker.silentConsumers.watch(context.keys, key);
    removeSilentConsumers(context, to);
  }
  const minIdleMs = idleToOffer(group.policy, read);
  if (minIdleMs === undefined) {
    return deliverNew(context, to, { countMax, noAck: read.noAck }, budget);
  }
  const idle = deliverIdle(context, to, { minIdleMs, countMax }, budget);
  const countLeft = countMax - idle.ids.length;
  const fresh = deliverNew(context, to, { countMax: countLeft, noAck: read.noAck }, budget);
  for (const [index, id] of fresh.ids.entries()) {
    idle.ids.push(id);
    idle.fields.push(fresh.fields[index]);
    idle.before?.push({ idleMs: 0, deliveryCount: 0 });
  }
  // Entries have four parts for who asked for them with CLAIM, not where a policy did.
  return read.minIdleMs === undefined ? { ids: idle.ids, fields: idle.fields } : idle;
}

function writeDelivery(reply: ReplyWriter, { ids, fields, before }: Delivery): void {
  reply.array(ids.length);
  for (const [index, id] of ids.entries()) {
    const previous = before?.[index];
    writeParts(reply, { id, fields: fields[index] }, previous === undefined ? 2 : 4);
    if (previous === undefined) continue;
    reply.integer(previous.idleMs);
    reply.integer(previous.deliveryCount);
  }
}
