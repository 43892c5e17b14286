import { expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";
import { helpText } from "./help.ts";
import { makeStyle, wantsColor } from "./style.ts";

test.each([
  [[], { command: "help", about: "slotcast" }],
  [["-h"], { command: "help", about: "slotcast" }],
  [["help", "cluster"], { command: "help", about: "cluster" }],
  [["help", "bench"], { command: "bench", argv: ["--help"] }],
  [["server", "--port", "1", "--help"], { command: "help", about: "server" }],
  [["-v"], { command: "version" }],
  [["server", "--version"], { command: "version" }],
  [["server", "a.conf", "--port", "1"], { command: "server", argv: ["a.conf", "--port", "1"] }],
  [["bench", "--help"], { command: "bench", argv: ["--help"] }],
])("%j is understood", (argv, meaning) => {
  expect(parseCommandLine(argv)).toEqual(meaning);
});

test.each([
  ["clutser", "unknown command 'clutser'; did you mean 'slotcast cluster'?"],
  ["--port", "as in `slotcast server --port`"],
])("%s is refused with a suggestion", (word, message) => {
  expect(() => parseCommandLine([word])).toThrow(message);
});

test("help is plain without colours and names every effective directive", () => {
  const plain = makeStyle({ hasColor: false });
  expect(helpText("slotcast", plain)).not.toContain("\u001b");
  expect(helpText("server", plain)).toContain("cluster-publish-mode");
  expect(helpText("cluster", makeStyle({ hasColor: true }))).toContain("\u001b[1mExamples");
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: "dumb" }, true, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, true, false],
])("with %j on a terminal (%s), colour is %s", (env, isTerminal, hasColor) => {
  expect(wantsColor({ env, isTerminal })).toBe(hasColor);
});
