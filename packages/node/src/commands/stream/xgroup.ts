import { ascii, CommandError, lower, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  parseStreamId,
  Stream,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type StreamId,
} from "@slotcast/store";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { makeHelp } from "../help.ts";
import { parseInteger } from "../parse-integer.ts";
import { createConsumer, noGroup, type StreamGroup } from "./group-lookup.ts";

const NO_KEY = new CommandError(
  "ERR",
  "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
);
const NEGATIVE_ENTRIES_READ = new CommandError(
  "ERR",
  "value for ENTRIESREAD must be positive or -1",
);
const GROUP_EXISTS = new CommandError("BUSYGROUP", "Consumer Group name already exists");
const XGROUP = ascii("XGROUP");
/** Ids to Redis in SETID, and in no other command that takes one id. */
const ENDS: ReadonlyMap<string, StreamId> = new Map([
  ["-", STREAM_ID_MIN],
  ["+", STREAM_ID_MAX],
]);
/** CREATE with both of its options. */
const CREATE_ARGUMENTS_MAX = 8;

/**
 * XGROUP CREATE key group <id | $> [MKSTREAM] [ENTRIESREAD count]
 *
 * Reply: OK; the group will read what is above the id. BUSYGROUP when there is one of this name.
 * Source: Redis 7.0 src/t_stream.c, xgroupCommand, as for all of this file.
 */
export function xgroupCreate(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys } = context;
  const [, , key, name, idText] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  const { makesStream, entriesRead: asked } = parseOptions(argv, { mayMakeStream: true });
  const existing = keys.peekStream(key, context.nowMs);
  if (existing === undefined && !makesStream) throw NO_KEY;
  if (argv.length > CREATE_ARGUMENTS_MAX) throw wrongSubcommandArity(argv);
  const lastDeliveredId = parsePosition(idText, existing);
  const stream = existing ?? new Stream(context.broker.streamNodeLimits);
  const entriesRead = limitEntriesRead(context, asked, stream);
  const group = stream.groups.create(name, { lastDeliveredId, entriesRead });
  if (group === undefined) throw GROUP_EXISTS;
  if (existing === undefined) keys.set(key, stream);
  else keys.touchGroups(key);
  context.notify("stream", "xgroup-create", key);
  context.effects?.append([
    ...[XGROUP, ascii("CREATE"), key, name, formatStreamId(lastDeliveredId), ascii("MKSTREAM")],
    ...[ascii("ENTRIESREAD"), ascii(String(entriesRead ?? -1))],
  ]);
  context.reply.ok();
}

/** XGROUP SETID key group <id | $ | - | +> [ENTRIESREAD count]. Reply: OK. What is pending stays so. */
export function xgroupSetid(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , key, name, idText] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  const { entriesRead } = parseOptions(argv, { mayMakeStream: false });
  const { stream, group } = existingGroup(context, key, name);
  if (argv.length > 7) throw wrongSubcommandArity(argv);
  group.lastDeliveredId = ENDS.get(idText) ?? parsePosition(idText, stream);
  group.entriesRead = limitEntriesRead(context, entriesRead, stream);
  context.keys.touchGroups(key);
  context.notify("stream", "xgroup-setid", key);
  context.effects?.append([
    ...[XGROUP, ascii("SETID"), key, name, formatStreamId(group.lastDeliveredId)],
    ...[ascii("ENTRIESREAD"), ascii(String(group.entriesRead ?? -1))],
  ]);
  context.reply.ok();
}

/** XGROUP DESTROY key group. Reply: 1, or 0 when there was none. Its blocked readers are told. */
export function xgroupDestroy(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , key, name] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const isDestroyed = existingStream(context, key).groups.destroy(name);
  if (isDestroyed) {
    context.keys.touchGroups(key);
    context.notify("stream", "xgroup-destroy", key);
    context.effects?.append(argv);
    context.markReady(key);
  }
  context.reply.integer(isDestroyed ? 1 : 0);
}

/** XGROUP CREATECONSUMER key group consumer. Reply: 1, or 0 when it is there. */
export function xgroupCreateconsumer(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , key, groupName, name] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  const { group } = existingGroup(context, key, groupName);
  const isNew = group.consumer(name) === undefined;
  if (isNew) createConsumer(context, group, { key, groupName, name });
  context.reply.integer(isNew ? 1 : 0);
}

/** XGROUP DELCONSUMER key group consumer. Reply: how many entries were pending for it. They are lost to the group. */
export function xgroupDelconsumer(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , key, groupName, name] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  const pendingCount = existingGroup(context, key, groupName).group.deleteConsumer(name);
  if (pendingCount !== undefined) {
    context.keys.touchGroups(key);
    context.notify("stream", "xgroup-delconsumer", key);
    context.effects?.append(argv);
  }
  context.reply.integer(pendingCount ?? 0);
}

export const xgroupHelp = makeHelp("XGROUP", [
  "CREATE <key> <groupname> <id|$> [option]",
  "    Create a new consumer group. Options are:",
  "    * MKSTREAM",
  "      Create the empty stream if it does not exist.",
  "    * ENTRIESREAD entries_read",
  "      Set the group's entries_read counter (internal use).",
  "CREATECONSUMER <key> <groupname> <consumer>",
  "    Create a new consumer in the specified group.",
  "DELCONSUMER <key> <groupname> <consumer>",
  "    Remove the specified consumer.",
  "DESTROY <key> <groupname>",
  "    Remove the specified group.",
  "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
  "    Set the current group ID and entries_read counter.",
  "SETPOLICY <key> <groupname> <OFF|option ...>",
  "    Set what the server does by itself for the group. Options are:",
  "    * AUTOCLAIM min-idle-ms",
  "      Offer entries that were pending for longer to who reads new ones.",
  "    * DELIVERYLIMIT count",
  "      Deliver an entry so many times, then move it to the dead-letter stream.",
  "    * DEADLETTER key",
  "      The dead-letter stream.",
  "    * CONSUMERTTL ms",
  "      Remove consumers that were not seen for longer.",
  "    * RETRYDELAY ms [MAXRETRYDELAY ms]",
  "      Wait before an entry is offered again, doubling each time.",
  "GETPOLICY <key> <groupname>",
  "    Show what is set.",
]);

function existingStream({ keys, nowMs }: CommandContext, key: Bytes): Stream {
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) throw NO_KEY;
  return stream;
}

/** Throws the errors of XGROUP. */
export function existingGroup(context: CommandContext, key: Bytes, name: Bytes): StreamGroup {
  const stream = existingStream(context, key);
  const group = stream.groups.get(name);
  if (group === undefined) throw noGroup("of-key", key, name);
  return { stream, group };
}

function parseOptions(
  argv: readonly Bytes[],
  { mayMakeStream }: { readonly mayMakeStream: boolean },
): { readonly makesStream: boolean; readonly entriesRead: number | undefined } {
  let makesStream = false;
  let entriesRead: number | undefined;
  for (let at = 5; at < argv.length; at += 1) {
    const option: string = lower(argv[at] as Bytes); // below length
    const value = argv[at + 1];
    if (mayMakeStream && option === "mkstream") {
      makesStream = true;
    } else if (option === "entriesread" && value !== undefined) {
      const count = parseInteger(value);
      if (count === undefined) throw NOT_AN_INTEGER;
      if (count < -1) throw NEGATIVE_ENTRIES_READ;
      entriesRead = count === -1 ? undefined : count;
      at += 1;
    } else {
      throw wrongSubcommandArity(argv);
    }
  }
  return { makesStream, entriesRead };
}

function parsePosition(text: Bytes, stream: Stream | undefined): StreamId {
  return text === "$" ? (stream?.lastId ?? STREAM_ID_MIN) : parseStreamId(text, 0);
}

/**
 * More than there ever were cannot have been read. XSETID may have said since that there were fewer: then an effect is
 * right all the same. Source: Redis 8.2.2, #14259.
 */
function limitEntriesRead(
  { mustObey }: CommandContext,
  entriesRead: number | undefined,
  stream: Stream,
): number | undefined {
  if (entriesRead === undefined || mustObey) return entriesRead;
  return Math.min(entriesRead, stream.entriesAdded);
}
