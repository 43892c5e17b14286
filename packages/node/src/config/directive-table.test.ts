import { expect, test } from "vitest";
import { defaultEntries } from "./config-entries.ts";
import { describeAllowed } from "./describe-directive.ts";
import { DIRECTIVE_NAMES, directiveOf, findDirective } from "./directive-table.ts";

test("every default is a value that its directive takes", () => {
  expect([...defaultEntries({ cwd: "/" }).keys()]).toEqual(DIRECTIVE_NAMES);
});

test("names and aliases are lower case and used once", () => {
  const names = DIRECTIVE_NAMES.flatMap((name) => [name, directiveOf(name).alias ?? []].flat());
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z][a-z_-]*$/.test(name))).toEqual([]);
});

test("every directive has one line of help without a full stop, and says what it takes", () => {
  for (const name of DIRECTIVE_NAMES) {
    expect(directiveOf(name).help).toMatch(/^\S.*[^.]$/);
    expect(describeAllowed(directiveOf(name))).not.toBe("");
  }
});

test("a directive is found by its name and its alias in any case", () => {
  expect(findDirective("PORT")).toEqual({ name: "port", asWritten: "port" });
  expect(findDirective("Slave-Priority")).toEqual({
    name: "replica-priority",
    asWritten: "slave-priority",
  });
  expect(findDirective("constructor")).toBeUndefined();
});
