import { describe, expect, test } from "vitest";
import { aclCategories } from "./acl-categories.ts";
import { ascii } from "./bytes.ts";
import { COMMAND_DOCS } from "./command-docs.ts";
import { channelsOf } from "./channels-of.ts";
import { commandNamed, commandOf, TOP_LEVEL_COMMANDS } from "./command-lookup.ts";
import type { CommandSpec } from "./command-spec.ts";
import { COMMANDS } from "./command-table.ts";
import { keyPositions } from "./key-positions.ts";
import { plainKeyRange } from "./plain-key-range.ts";

const rows = Object.entries<CommandSpec>(COMMANDS);

describe.each(rows)("the row %s", (name, spec) => {
  test("has a lower-case name, and its container stands before it", () => {
    expect(name).toMatch(/^[a-z]+(_ro)?(\|[a-z-]+)?$/);
    const [container, subcommand] = name.split("|");
    if (subcommand === undefined) return;
    const names = rows.map(([each]) => each);
    expect(names.indexOf(container ?? "")).toBeGreaterThanOrEqual(0);
    expect(names.indexOf(container ?? "")).toBeLessThan(names.indexOf(name));
    expect(new Map(rows).get(container ?? "")?.container).toBe(true);
  });

  test("counts its name, and its subcommand, in the arity", () => {
    expect(Math.abs(spec.arity)).toBeGreaterThanOrEqual(name.split("|").length);
  });

  test("repeats no flag and names no category that follows from one", () => {
    expect(new Set(spec.flags).size).toBe(spec.flags.length);
    const implied = aclCategories({ ...spec, categories: [] });
    expect(spec.categories.filter((category) => implied.includes(category))).toEqual([]);
  });

  test("is not read-only and writing at once", () => {
    expect(spec.flags).not.toEqual(expect.arrayContaining(["write", "readonly"]));
  });

  test("has key specs that start behind the name, step forward and say what happens to the keys", () => {
    for (const { begin, find, flags } of spec.keySpecs) {
      if (begin.type === "index") expect(begin.index).not.toBe(0);
      if (begin.type === "keyword") expect(begin.startFrom).not.toBe(0);
      if (find.type !== "unknown") expect(find.keyStep).toBeGreaterThan(0);
      expect(
        flags.filter((flag) => ["RO", "RW", "OW", "RM", "not_key"].includes(flag)),
      ).toHaveLength(1);
    }
  });

  test("has `movablekeys` exactly when first, last and step do not find all its keys", () => {
    const movable = spec.keySpecs.length > 0 && !plainKeyRange(spec.keySpecs).complete;
    expect(spec.flags.includes("movablekeys")).toBe(movable);
  });

  test("has shard channels exactly where arguments route and are no keys", () => {
    const argv = [name, "a", "b"].map(ascii);
    const routes = spec.keySpecs.some(({ flags }) => flags.includes("not_key"));
    expect(spec.channels?.kind === "shardChannel").toBe(routes);
    if (!routes) return;
    const positions = keyPositions(spec, argv, { withShardChannels: true }) ?? [];
    expect(channelsOf(spec, argv)).toEqual(positions.map((position) => argv[position]));
  });

  test("has documentation, and its arguments point at key specs that exist", () => {
    const {
      summary,
      since,
      arguments: described = [],
    } = new Map(Object.entries(COMMAND_DOCS)).get(name) ?? {};
    expect(summary).toMatch(/\S/);
    expect(since).toMatch(/^\d+\.\d+\.\d+$/);
    for (const { key_spec_index: index } of described) {
      if (index !== undefined) expect(spec.keySpecs[index]).toBeDefined();
    }
  });
});

test("no documentation is left of a row that is gone", () => {
  expect(Object.keys(COMMAND_DOCS)).toEqual(Object.keys(COMMANDS));
});

describe("looking up", () => {
  test("a full name is found in any case", () => {
    expect(commandNamed(ascii("Client|LIST"))?.fullName).toBe("client|list");
  });

  test.each(["", "|", "client|", "|list", "client|list|x", "set|x", "constructor", "__proto__"])(
    "%j is no command",
    (name) => {
      expect(commandNamed(ascii(name))).toBeUndefined();
    },
  );

  test.each([
    [["SET", "a", "b"], "set"],
    [["client"], "client"],
    [["Client", "Kill", "x"], "client|kill"],
    [["client", "nosuch"], undefined],
    [["client|list"], undefined],
    [["command"], "command"],
    [[], undefined],
  ])("the request %j runs %s", (argv, fullName) => {
    expect(commandOf(argv.map(ascii))?.fullName).toBe(fullName);
  });

  test("containers know their subcommands, and these are no commands of their own", () => {
    const names = TOP_LEVEL_COMMANDS.map(({ fullName }) => fullName);
    expect(names).not.toContain("config|get");
    expect(names).toContain("config");
    expect(commandNamed(ascii("config"))?.subcommands.map(({ fullName }) => fullName)).toEqual([
      "config|get",
      "config|set",
      "config|resetstat",
      "config|rewrite",
      "config|help",
    ]);
  });
});
