import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../command-line.ts";
import { helpText } from "../help.ts";
import { makeStyle } from "../style.ts";
import {
  ADMIN_VERBS,
  parseAddress,
  parseAdminArguments,
  type AdminVerb,
} from "./admin-arguments.ts";

describe("the command line", () => {
  test.each([
    [["cluster", "status"], { command: "admin", verb: "status", argv: [] }],
    [["cluster", "forget", "x"], { command: "admin", verb: "forget", argv: ["x"] }],
    [["cluster", "add", "--help"], { command: "help", about: "add" }],
    [["help", "cluster", "remove"], { command: "help", about: "remove" }],
    [["help", "cluster"], { command: "help", about: "cluster" }],
    [["cluster", "--port", "1"], { command: "cluster", argv: ["--port", "1"] }],
  ])("%j is understood", (argv, meaning) => {
    expect(parseCommandLine(argv)).toEqual(meaning);
  });

  test.each(ADMIN_VERBS)("%s has a help text that begins with what it does", (verb) => {
    const text = helpText(verb, makeStyle({ hasColor: false }));
    expect(text).toMatch(new RegExp(`^[A-Z][^\\n]*: slotcast cluster ${verb} \\S`));
    expect(text).toContain("--host <host>");
    expect(text).not.toContain("undefined");
    expect(helpText("cluster", makeStyle({ hasColor: false }))).toContain(verb);
  });
});

describe("arguments", () => {
  test("default to the first node of slotcast cluster, and a password from the environment", () => {
    expect(parseAdminArguments("status", [], { REDISCLI_AUTH: "secret" })).toEqual({
      target: {
        address: { host: "127.0.0.1", port: 7000 },
        login: { user: "", password: "secret" },
      },
      options: new Map(),
      words: [],
    });
  });

  test("are options, joined or not, in any order with words", () => {
    const argv = ["10.0.0.1:1", "--port=7003", "--host", "::1", "--replica-of", "x", "--pass", "p"];
    const { target, options, words } = parseAdminArguments("add", argv, {});
    expect(target).toEqual({
      address: { host: "::1", port: 7003 },
      login: { user: "", password: "p" },
    });
    expect(options.get("--replica-of")).toBe("x");
    expect(words).toEqual(["10.0.0.1:1"]);
  });

  test.each<[AdminVerb, string[], string]>([
    ["status", ["--jsn"], "unknown option '--jsn'; did you mean '--json'?"],
    ["forget", ["--json"], "unknown option '--json'"],
    ["failover", ["--node"], "--node: a value is missing"],
    ["status", ["--port", "0"], "--port: '0' is not a port"],
    ["status", ["--port", "x"], "--port: 'x' is not a port"],
  ])("%s %j is refused", (verb, argv, message) => {
    expect(() => parseAdminArguments(verb, argv, {})).toThrow(message);
  });

  test.each([
    ["a:1", { host: "a", port: 1 }],
    ["[::1]:7000", { host: "::1", port: 7000 }],
    ["::1:7000", undefined],
    ["a", undefined],
    ["a:0", undefined],
    ["a:65536", undefined],
    [":7", undefined],
  ])("the address %s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });
});
