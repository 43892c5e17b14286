import {
  aclCategories,
  COMMAND_DOCS,
  COMMANDS,
  plainKeyRange,
  type ArgumentDoc,
  type CommandDoc,
  type CommandName,
  type CommandSpec,
  type KeySpec,
} from "@slotcast/protocol";
import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal: the command table and its documentation say what Redis 7.0 says, fact by fact.
// Method: build from our data the RESP2 reply that Redis gives, row by row, and compare. Subcommands inside a
// container's reply are left out: Redis has more of them, and each of ours is a row of its own.

const ROWS = Object.entries<CommandSpec>(COMMANDS);
const NAMES = ROWS.map(([name]) => name);
/** Redis 7.0 answers null for these: they are newer, or ours. */
const NEWER = new Set<string>([
  ...["client|setinfo", "client|no-touch", "cluster|myshardid", "waitaof"], // 7.2
  ...["xdelex", "xackdel"], // 8.2
  ...["msetex", "delex", "digest"], // 8.4
  ...["xcfgset", "xidmprecord"], // 8.6
  ...["xnack"], // 8.8
  ...["lmovem", "blmovem", "sunioncard", "sdiffcard"], // 8.10
  ...["client|capa", "commandlog", "commandlog|get", "commandlog|len", "commandlog|reset"], // Valkey 8
  ...["commandlog|help", "delifeq"], // Valkey 8 and 9
  ...["xgroup|setpolicy", "xgroup|getpolicy"], // ours
  ...["xdeadletter", "xdeadletter|redrive", "xdeadletter|help"], // ours
]);
const OF_7_0 = ROWS.filter(([name]) => !NEWER.has(name));

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)("redis-server 7.0", () => {
  test("COMMAND INFO gives the facts of every row", async () => {
    const theirs = await ask("INFO");
    const known = theirs.filter(Array.isArray).map((facts) => facts.slice(0, -1));
    expect(known).toEqual(OF_7_0.map(factsOf));
    expect(new Set(NAMES.filter((_, index) => theirs[index] === null))).toEqual(NEWER);
  });

  test("COMMAND DOCS gives the documentation of every row", async () => {
    const theirs = await ask("DOCS");
    const ours = OF_7_0.flatMap(([name]) => [
      name,
      docOf(COMMAND_DOCS[name as CommandName]), // ROWS are those of the table
    ]);
    expect(theirs.map(withoutSubcommands)).toEqual(ours);
  });
});

async function ask(question: "INFO" | "DOCS"): Promise<unknown[]> {
  await using server = await startRedisServer();
  const client = createClient({ socket: { host: "127.0.0.1", port: server.port }, RESP: 2 });
  await client.connect();
  try {
    const reply: unknown = await client.sendCommand(["COMMAND", question, ...NAMES]);
    if (!Array.isArray(reply)) throw new TypeError(`COMMAND ${question} answered no array`);
    return reply;
  } finally {
    client.destroy();
  }
}

function factsOf([name, spec]: readonly [string, CommandSpec]): unknown[] {
  const { first, last, step } = plainKeyRange(spec.keySpecs);
  const categories = aclCategories(spec).map((category) => `@${category}`);
  const keySpecs = spec.keySpecs.map(keySpecOf);
  return [name, spec.arity, spec.flags, first, last, step, categories, spec.tips, keySpecs];
}

function keySpecOf({ note, flags, begin, find }: KeySpec): unknown[] {
  return [
    ...(note === undefined ? [] : ["notes", note]),
    ...["flags", flags],
    ...["begin_search", ["type", begin.type, "spec", beginFields(begin)]],
    ...["find_keys", ["type", find.type, "spec", findFields(find)]],
  ];
}

function beginFields(begin: KeySpec["begin"]): unknown[] {
  if (begin.type === "unknown") return [];
  if (begin.type === "index") return ["index", begin.index];
  return ["keyword", begin.keyword, "startfrom", begin.startFrom];
}

function findFields(find: KeySpec["find"]): unknown[] {
  if (find.type === "unknown") return [];
  if (find.type === "range") {
    return ["lastkey", find.lastKey, "keystep", find.keyStep, "limit", find.limit];
  }
  return ["keynumidx", find.keyNumIndex, "firstkey", find.firstKey, "keystep", find.keyStep];
}

/** A map is a flat list in RESP2. The data file holds the members in the order of the reply. */
function docOf(doc: CommandDoc | ArgumentDoc): unknown[] {
  return Object.entries(doc).flatMap(([field, value]) => [
    field,
    field === "arguments" ? (doc.arguments ?? []).map(docOf) : value,
  ]);
}

function withoutSubcommands(doc: unknown): unknown {
  if (!Array.isArray(doc)) return doc;
  const at = doc.indexOf("subcommands");
  return at === -1 ? doc : doc.slice(0, at);
}
