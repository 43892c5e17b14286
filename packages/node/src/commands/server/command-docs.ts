import {
  ascii,
  COMMAND_DOCS,
  commandNamed,
  TOP_LEVEL_COMMANDS,
  type ArgumentDoc,
  type Bytes,
  type Command,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { writeWords } from "./command-info.ts";

/** COMMAND DOCS [name ...]: a map from name to documentation; unknown names are left out, no name means all. */
export function commandDocs({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const names = argv.slice(2);
  const found = names.map(commandNamed).filter((command) => command !== undefined);
  writeDocs(reply, names.length === 0 ? TOP_LEVEL_COMMANDS : found);
}

/** The fields in the order of Redis 7.0 src/server.c, addReplyCommandDocs; what is not there is left out. */
function writeDocs(reply: ReplyWriter, commands: readonly Command[]): void {
  reply.map(commands.length);
  for (const { fullName, subcommands } of commands) {
    const doc = COMMAND_DOCS[fullName];
    reply.bulk(ascii(fullName));
    reply.map(Object.keys(doc).length + (subcommands.length === 0 ? 0 : 1));
    writeText(reply, "summary", doc.summary);
    writeText(reply, "since", doc.since);
    writeText(reply, "group", doc.group);
    writeText(reply, "complexity", doc.complexity);
    writeFlags(reply, "doc_flags", doc.doc_flags);
    writeText(reply, "deprecated_since", doc.deprecated_since);
    writeText(reply, "replaced_by", doc.replaced_by);
    writeHistory(reply, doc.history);
    writeArguments(reply, doc.arguments);
    if (subcommands.length > 0) {
      reply.bulk(ascii("subcommands"));
      writeDocs(reply, subcommands);
    }
  }
}

/** The fields in the order of Redis 7.0 src/server.c, addReplyCommandArgList. */
function writeArguments(reply: ReplyWriter, docs: readonly ArgumentDoc[] | undefined): void {
  if (docs === undefined) return;
  reply.bulk(ascii("arguments"));
  reply.array(docs.length);
  for (const doc of docs) {
    reply.map(Object.keys(doc).length);
    writeText(reply, "name", doc.name);
    writeText(reply, "type", doc.type);
    if (doc.key_spec_index !== undefined) {
      reply.bulk(ascii("key_spec_index"));
      reply.integer(doc.key_spec_index);
    }
    writeText(reply, "token", doc.token);
    writeText(reply, "since", doc.since);
    writeText(reply, "deprecated_since", doc.deprecated_since);
    writeFlags(reply, "flags", doc.flags);
    writeArguments(reply, doc.arguments);
  }
}

function writeHistory(
  reply: ReplyWriter,
  history: readonly (readonly string[])[] | undefined,
): void {
  if (history === undefined) return;
  reply.bulk(ascii("history"));
  reply.set(history.length);
  for (const entry of history) {
    reply.array(entry.length);
    for (const text of entry) reply.bulk(ascii(text));
  }
}

function writeText(reply: ReplyWriter, field: string, text: string | undefined): void {
  if (text === undefined) return;
  reply.bulk(ascii(field));
  reply.bulk(ascii(text));
}

function writeFlags(reply: ReplyWriter, field: string, flags: readonly string[] | undefined): void {
  if (flags === undefined) return;
  reply.bulk(ascii(field));
  writeWords(reply, flags);
}
