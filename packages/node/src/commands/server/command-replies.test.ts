import { ascii, CommandError, makeReplyWriter, type Bytes } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import type { CommandContext, Handler } from "../handler.ts";
import { commandDocs } from "./command-docs.ts";
import { commandGetkeys, commandGetkeysandflags } from "./command-getkeys.ts";
import { commandHelp } from "./command-help.ts";
import { command, commandCount, commandInfo } from "./command-info.ts";
import { commandList } from "./command-list.ts";

// Goal: the replies are those of Redis 7.0.15, byte for byte. The expected ones were recorded from it, except
// where they list commands: Redis has more, in the order of its hash table.

const HANDLERS: Record<string, Handler> = {
  info: commandInfo,
  docs: commandDocs,
  list: commandList,
  getkeys: commandGetkeys,
  getkeysandflags: commandGetkeysandflags,
  help: commandHelp,
  count: commandCount,
};

/** The reply with a space for each CRLF. */
function ask(protocol: 2 | 3, line: string): string {
  const argv = `COMMAND ${line}`.trim().split(" ").map(ascii);
  const handler = HANDLERS[line.split(" ")[0]?.toLowerCase() ?? ""] ?? command;
  return run(protocol, handler, argv).replaceAll("\r\n", " ").trimEnd();
}

function run(protocol: 2 | 3, handler: Handler, argv: readonly Bytes[]): string {
  const reply = makeReplyWriter(protocol);
  reply.to = { out: "" };
  const context = { reply } as CommandContext; // these handlers use nothing else
  try {
    handler(context, argv);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    reply.to = { out: "" };
    reply.error(error);
  }
  return reply.to.out;
}

describe("COMMAND INFO", () => {
  test("shows a key spec by keyword, and null for a name it does not know (RESP2)", () => {
    expect(ask(2, "INFO xread nosuch cluster|slots")).toBe(
      "*3 *10 $5 xread :-4 *3 +readonly +blocking +movablekeys :0 :0 :0 *4 +@read +@stream +@slow +@blocking *0 " +
        "*1 *6 $5 flags *2 +RO +access $12 begin_search *4 $4 type $7 keyword $4 spec *4 $7 keyword $7 STREAMS " +
        "$9 startfrom :1 $9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :-1 $7 keystep :1 $5 limit :2 *0 " +
        "$-1 *10 $13 cluster|slots :2 *1 +stale :0 :0 :0 *1 +@slow *1 $23 nondeterministic_output *0 *0",
    );
  });

  test("uses sets, maps and null in RESP3, and shows notes", () => {
    expect(ask(3, "INFO set client|list|y |set COMMAND|HELP")).toBe(
      "*4 *10 $3 set :-3 ~2 +write +denyoom :1 :1 :1 ~3 +@write +@string +@slow ~0 ~1 %4 $5 notes $48 RW and " +
        "ACCESS due to the optional `GET` argument $5 flags ~4 +RW +access +update +variable_flags $12 " +
        "begin_search %2 $4 type $5 index $4 spec %1 $5 index :1 $9 find_keys %2 $4 type $5 range $4 spec %3 $7 " +
        "lastkey :0 $7 keystep :1 $5 limit :0 ~0 _ _ *10 $12 command|help :2 ~2 +loading +stale :0 :0 :0 ~2 " +
        "+@slow +@connection ~0 ~0 ~0",
    );
  });

  test("without names is COMMAND, which shows as many commands as COMMAND COUNT says", () => {
    const [head] = ask(2, "").split(" ");
    expect(ask(2, "INFO")).toBe(ask(2, ""));
    expect(ask(2, "COUNT")).toBe(head?.replace("*", ":"));
  });

  test("shows a container with its subcommands", () => {
    expect(ask(2, "INFO pubsub")).toMatch(
      /^\*1 \*10 \$6 pubsub :-2 \*0 :0 :0 :0 \*1 \+@slow \*0 \*0 \*6 \*10 \$15 pubsub\|channels :-2 /,
    );
  });
});

describe("COMMAND DOCS", () => {
  test("leaves out unknown names and shows deprecation and history (RESP3)", () => {
    expect(ask(3, "DOCS nosuch CLUSTER|SLOTS set|x")).toBe(
      "%1 $13 cluster|slots %8 $7 summary $42 Get array of Cluster slot to node mappings $5 since $5 3.0.0 $5 group " +
        "$7 cluster $10 complexity $49 O(N) where N is the total number of Cluster nodes $9 doc_flags ~1 " +
        "+deprecated $16 deprecated_since $5 7.0.0 $11 replaced_by $16 `CLUSTER SHARDS` $7 history ~2 *2 $5 4.0.0 " +
        "$15 Added node IDs. *2 $5 7.0.0 $43 Added additional networking metadata field.",
    );
  });

  test("shows nested arguments as flat maps in RESP2", () => {
    expect(ask(2, "DOCS quit flushdb")).toBe(
      "*4 $4 quit *8 $7 summary $20 Close the connection $5 since $5 1.0.0 $5 group $10 connection $10 complexity " +
        "$4 O(1) $7 flushdb *12 $7 summary $41 Remove all keys from the current database $5 since $5 1.0.0 $5 " +
        "group $6 server $10 complexity $59 O(N) where N is the number of keys in the selected database $7 history " +
        "*2 *2 $5 4.0.0 $41 Added the `ASYNC` flushing mode modifier. *2 $5 6.2.0 $40 Added the `SYNC` flushing " +
        "mode modifier. $9 arguments *1 *8 $4 name $5 async $4 type $5 oneof $5 flags *1 +optional $9 arguments *2 " +
        "*8 $4 name $5 async $4 type $10 pure-token $5 token $5 ASYNC $5 since $5 4.0.0 *8 $4 name $4 sync $4 type " +
        "$10 pure-token $5 token $4 SYNC $5 since $5 6.2.0",
    );
  });

  test("puts the subcommands of a container last", () => {
    expect(ask(3, "DOCS cluster")).toMatch(
      /^%1 \$7 cluster %5 \$7 summary .* \$11 subcommands %29 /,
    );
  });
});

describe("COMMAND LIST", () => {
  test.each([
    ["FILTERBY PATTERN XT*", "*1 $5 xtrim"],
    ["filterby pattern CLIENT|LI*", "*1 $11 client|list"],
    [
      "FILTERBY ACLCAT blocking",
      "*8 $5 blpop $5 brpop $6 blmove $10 brpoplpush $6 blmpop $7 blmovem $5 xread $10 xreadgroup",
    ],
    ["FILTERBY ACLCAT @blocking", "*0"],
    ["FILTERBY ACLCAT nosuch", "*0"],
    ["FILTERBY MODULE any", "*0"],
    ["FILTERBY MODULE", "-ERR syntax error"],
    ["FILTERBY MODULE a b", "-ERR syntax error"],
    ["FILTERBY NAME a", "-ERR syntax error"],
    ["all", "-ERR syntax error"],
  ])("%s", (filter, reply) => {
    expect(ask(3, `LIST ${filter}`)).toBe(reply);
  });

  test("without a filter names subcommands too", () => {
    expect(ask(2, "LIST")).toContain(" $10 config|get ");
  });
});

describe("COMMAND GETKEYS", () => {
  test.each([
    ["del a a b", "*3 $1 a $1 a $1 b"],
    ["xread count streams streams a 0", "*1 $7 streams"],
    ["nosuch a", "-ERR Invalid command specified"],
    ["client nosuch", "-ERR Invalid command specified"],
    ["client|list a", "-ERR Invalid command specified"],
    ["client id", "-ERR The command has no key arguments"],
    ["spublish a b", "-ERR The command has no key arguments"],
    ["get a b", "-ERR Invalid number of arguments specified for command"],
    ["XREAD count 1 streams", "-ERR Invalid arguments specified for command"],
    ["xread block 1 streams a", "-ERR Invalid arguments specified for command"],
  ])("%s", (request, reply) => {
    expect(ask(2, `GETKEYS ${request}`)).toBe(reply);
  });

  test.each([
    ["set a b", "*1 *2 $1 a ~2 +OW +update"],
    ["set a b EX GET", "*1 *2 $1 a ~3 +RW +access +update"],
    ["xread streams a b 0 0", "*2 *2 $1 a ~2 +RO +access *2 $1 b ~2 +RO +access"],
  ])("with flags: %s", (request, reply) => {
    expect(ask(3, `GETKEYSANDFLAGS ${request}`)).toBe(reply);
  });
});

test("COMMAND HELP is a list of simple strings", () => {
  expect(ask(3, "HELP")).toMatch(
    /^\*21 \+COMMAND <subcommand> .* \+HELP \+ {4}Prints this help\.$/,
  );
});
