import {
  aclCategories,
  ascii,
  channelsOf,
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

/** Known to Redis 7.0, and they take more here: `CLUSTER REPLICATE NO ONE` is Valkey 9. */
const WIDENED = new Set<string>(["cluster|replicate"]);
const ROWS = Object.entries<CommandSpec>(COMMANDS).filter(([name]) => !WIDENED.has(name));
const NAMES = ROWS.map(([name]) => name);
/** Redis 7.0 answers null for these: they are newer, or ours. */
const NEWER = new Set<string>([
  ...["client|setinfo", "client|no-touch", "client|durability", "cluster|myshardid", "waitaof"], // 7.2
  ...["xdelex", "xackdel", "cluster|slot-stats"], // 8.2
  ...["msetex", "delex", "digest"], // 8.4
  ...["xcfgset", "xidmprecord"], // 8.6
  ...["xnack"], // 8.8
  ...["lmovem", "blmovem", "sunioncard", "sdiffcard"], // 8.10
  ...["client|capa", "commandlog", "commandlog|get", "commandlog|len", "commandlog|reset"], // Valkey 8
  ...["commandlog|help", "delifeq"], // Valkey 8 and 9
  ...["xgroup|setpolicy", "xgroup|getpolicy"], // ours
  ...["xdeadletter", "xdeadletter|redrive", "xdeadletter|help", "cluster|status"], // ours
]);
/** Enough for a command that takes any number to have more than one. */
const ARGUMENTS_TRIED = 4;
const OF_7_0 = ROWS.filter(([name]) => !NEWER.has(name));

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)("redis-server 7.0", () => {
  test("COMMAND INFO gives the facts of every row", async () => {
    const theirs = await ask("INFO");
    const known = theirs.filter(Array.isArray).map((facts) => facts.slice(0, -1));
    expect(known).toEqual(OF_7_0.map(factsOf));
    expect(new Set(NAMES.filter((_, index) => theirs[index] === null))).toEqual(NEWER);
  });

  test("ACL guards the same channels, where a command joins or publishes", async () => {
    const wrong: string[] = [];
    await asking(async (call) => {
      await call(
        "ACL",
        "SETUSER",
        "guest",
        "on",
        "nopass",
        "+@all",
        "~*",
        "resetchannels",
        "&open",
      );
      for (const [name, spec] of OF_7_0) {
        if (spec.container === true) continue;
        const [outer = "", ...inner] = name.split("|");
        const length = spec.arity > 0 ? spec.arity : Math.max(-spec.arity, ARGUMENTS_TRIED);
        const argv = [outer, ...inner];
        while (argv.length < length) argv.push("open");
        const channels =
          spec.channels?.action === "unsubscribe" ? [] : channelsOf(spec, argv.map(ascii));
        for (let at = 1 + inner.length; at < length; at += 1) {
          const reply = String(await call("ACL", "DRYRUN", "guest", ...argv.with(at, "secret")));
          const isChannel = at <= channels.length;
          if (reply.includes("channel") !== isChannel) wrong.push(`${name} ${at}: ${reply}`);
        }
      }
    });
    expect(wrong).toEqual([]);
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
  const reply = await asking(async (call) => call("COMMAND", question, ...NAMES));
  if (!Array.isArray(reply)) throw new TypeError(`COMMAND ${question} answered no array`);
  return reply;
}

type Call = (...words: readonly string[]) => Promise<unknown>;

/** Gives a connection to a new redis-server. */
async function asking<Answer>(work: (call: Call) => Promise<Answer>): Promise<Answer> {
  await using server = await startRedisServer();
  const client = createClient({ socket: { host: "127.0.0.1", port: server.port }, RESP: 2 });
  await client.connect();
  try {
    return await work(async (...words) => client.sendCommand(words));
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
