import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadNodesFile } from "./load-nodes-file.ts";

const PORTS = { port: 7000, busPort: 17_000 };
let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "nodes-file-"));
  path = join(directory, "nodes.conf");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test("a node without a file becomes a new node, and stays it", () => {
  const made = loadNodesFile(path, PORTS);
  expect(made.nodes).toHaveLength(1);
  expect(made.nodes[0]).toMatchObject({ host: "", port: 7000, busPort: 17_000, slots: [] });
  expect(made.nodes[0]?.id).toMatch(/^[0-9a-f]{40}$/);
  expect(readFileSync(path, "utf8")).toContain("myself,master");
  expect(loadNodesFile(path, PORTS)).toEqual(made);
});

test("a broken file is an error with its line, and stays as it is", () => {
  writeFileSync(path, "not a node\n");
  expect(() => loadNodesFile(path, PORTS)).toThrow(/nodes\.conf:1\)$/);
  expect(readFileSync(path, "utf8")).toBe("not a node\n");
});

test("a file that cannot be read or written is an error that names it", () => {
  expect(() => loadNodesFile(directory, PORTS)).toThrow(
    `cluster-config-file: cannot read ${directory}: EISDIR`,
  );
  const nowhere = join(directory, "missing", "nodes.conf");
  expect(() => loadNodesFile(nowhere, PORTS)).toThrow(
    `cluster-config-file: cannot write ${nowhere}: ENOENT`,
  );
});
