import { ascii, type Bytes } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { CommandLog } from "./command-log.ts";

const entry = (argv: readonly string[], value = 7) => ({
  atSeconds: 1_700_000_000,
  value,
  argv: argv.map(ascii),
  address: "127.0.0.1:1",
  clientName: ascii(""),
});

function logOf(entriesMax: number, count: number): CommandLog {
  const log = new CommandLog(entriesMax);
  for (let at = 0; at < count; at += 1) log.push(entry(["GET", `k${at}`], at));
  return log;
}

const idsOf = (log: CommandLog, count: number) => log.newest(count).map(({ id }) => id);

test("the newest come first, and the oldest go when it is full", () => {
  const log = logOf(3, 5);
  expect([log.length, idsOf(log, 2), idsOf(log, 10)]).toEqual([3, [4, 3], [4, 3, 2]]);
  expect(idsOf(log, 0)).toEqual([]);
});

test("a reset forgets the entries and goes on counting", () => {
  const log = logOf(3, 2);
  log.reset();
  expect(log.length).toBe(0);
  log.push(entry(["GET", "k"]));
  expect(idsOf(log, 10)).toEqual([2]);
});

test("a shorter log is cut at once, and one of length 0 takes nothing", () => {
  const log = logOf(5, 5);
  log.entriesMax = 2;
  expect(idsOf(log, 10)).toEqual([4, 3]);
  log.entriesMax = 0;
  log.push(entry(["GET", "k"]));
  expect(log.length).toBe(0);
});

const logged = (argv: readonly string[]): readonly Bytes[] | undefined => {
  const log = new CommandLog(1);
  log.push(entry(argv));
  return log.newest(1)[0]?.argv;
};

test("32 arguments are kept; of more the first 31, and how many there were besides", () => {
  const words = Array.from({ length: 33 }, (_, at) => `${at}`);
  expect(logged(words.slice(1))).toEqual(words.slice(1));
  expect(logged(words)).toEqual([...words.slice(0, 31), "... (2 more arguments)"]);
});

test("128 bytes of an argument are kept, and how many there were besides", () => {
  const long = "x".repeat(128);
  expect(logged(["SET", long, `${long}yz`])).toEqual(["SET", long, `${long}... (2 more bytes)`]);
});
