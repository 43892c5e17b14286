import { expect, test } from "vitest";
import { LineSplitter } from "./line-splitter.ts";
import { restartDelayMs } from "./node-process.ts";
import { isReady } from "./node-readiness.ts";

const INFO =
  "$9\r\ncluster_state:ok\r\ncluster_known_nodes:3\r\ncluster_links_connected:2\r\n\r\n+OK\r\n";

test("a cluster is ready when it is ok, complete and fully linked", () => {
  expect(isReady(INFO, 3)).toBe(true);
  expect(isReady(INFO, 4)).toBe(false);
  expect(isReady(INFO.replace("state:ok", "state:fail"), 3)).toBe(false);
  expect(isReady(INFO.replace("connected:2", "connected:1"), 3)).toBe(false);
  expect(isReady("-NOAUTH Authentication required.\r\n", 3)).toBe(false);
});

test("restarts wait twice as long each time, ten seconds at most", () => {
  expect([1, 2, 3, 7, 50].map(restartDelayMs)).toEqual([250, 500, 1000, 10_000, 10_000]);
});

test("lines are the same however the stream is cut, and endless ones come in pieces", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of ["a", "b\nc\n", "\nd", "x".repeat(70_000)]) splitter.push(piece);
  splitter.end();
  expect(lines.map(({ length }) => length)).toEqual([2, 1, 0, 65_536, 4465]);
});
