import {
  aclCategories,
  ascii,
  commandNamed,
  plainKeyRange,
  TOP_LEVEL_COMMANDS,
  type Bytes,
  type Command,
  type KeySpec,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** COMMAND: the facts of every command, in table order (Redis: in the order of its hash table). */
export function command({ reply }: CommandContext): void {
  writeCommands(reply, TOP_LEVEL_COMMANDS);
}

/** COMMAND COUNT: without subcommands. */
export function commandCount({ reply }: CommandContext): void {
  reply.integer(TOP_LEVEL_COMMANDS.length);
}

/** COMMAND INFO [name ...]: null for an unknown name; no name means all. */
export function commandInfo({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const names = argv.slice(2);
  writeCommands(reply, names.length === 0 ? TOP_LEVEL_COMMANDS : names.map(commandNamed));
}

function writeCommands(reply: ReplyWriter, commands: readonly (Command | undefined)[]): void {
  reply.array(commands.length);
  for (const each of commands) {
    if (each === undefined) reply.nullBulk();
    else writeCommand(reply, each);
  }
}

/** Ten parts, in the order of Redis 7.0 src/server.c, addReplyCommandInfo. */
function writeCommand(reply: ReplyWriter, { fullName, spec, subcommands }: Command): void {
  const { first, last, step } = plainKeyRange(spec.keySpecs);
  reply.array(10);
  reply.bulk(ascii(fullName));
  reply.integer(spec.arity);
  writeWords(reply, spec.flags);
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  writeWords(
    reply,
    aclCategories(spec).map((category) => `@${category}`),
  );
  reply.set(spec.tips.length);
  for (const tip of spec.tips) reply.bulk(ascii(tip));
  reply.set(spec.keySpecs.length);
  for (const keySpec of spec.keySpecs) writeKeySpec(reply, keySpec);
  reply.set(subcommands.length);
  for (const subcommand of subcommands) writeCommand(reply, subcommand);
}

function writeKeySpec(reply: ReplyWriter, { note, flags, begin, find }: KeySpec): void {
  reply.map(note === undefined ? 3 : 4);
  if (note !== undefined) writeFields(reply, { notes: note });
  reply.bulk(ascii("flags"));
  writeWords(reply, flags);
  reply.bulk(ascii("begin_search"));
  writeSearch(reply, begin.type, beginFields(begin));
  reply.bulk(ascii("find_keys"));
  writeSearch(reply, find.type, findFields(find));
}

type SearchFields = Readonly<Record<string, string | number>>;

function beginFields(begin: KeySpec["begin"]): SearchFields {
  switch (begin.type) {
    case "index":
      return { index: begin.index };
    case "keyword":
      return { keyword: begin.keyword, startfrom: begin.startFrom };
    case "unknown":
      return {};
  }
}

function findFields(find: KeySpec["find"]): SearchFields {
  switch (find.type) {
    case "range":
      return { lastkey: find.lastKey, keystep: find.keyStep, limit: find.limit };
    case "keynum":
      return { keynumidx: find.keyNumIndex, firstkey: find.firstKey, keystep: find.keyStep };
    case "unknown":
      return {};
  }
}

function writeSearch(reply: ReplyWriter, type: string, spec: SearchFields): void {
  reply.map(2);
  writeFields(reply, { type });
  reply.bulk(ascii("spec"));
  reply.map(Object.keys(spec).length);
  writeFields(reply, spec);
}

function writeFields(reply: ReplyWriter, fields: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(fields)) {
    reply.bulk(ascii(name));
    if (typeof value === "number") reply.integer(value);
    else reply.bulk(ascii(value));
  }
}

/** Flags and categories go out as a set of simple strings. */
export function writeWords(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}
