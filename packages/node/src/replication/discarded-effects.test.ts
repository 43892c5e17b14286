import { ascii, EMPTY, fromText } from "@slotcast/protocol";
import { Stream } from "@slotcast/store";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RecordingLogger } from "../recording-logger.ts";
import { DiscardedEffects } from "./discarded-effects.ts";
import { DISCARDED_READ_BYTES_MAX } from "./limits.ts";

let dir = "";
let logger: RecordingLogger;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "discarded-"));
  logger = new RecordingLogger();
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const PING = "*1\r\n$4\r\nPING\r\n";
const NO_STREAM = (): undefined => undefined;

function given(epoch: number, fromOffset: number, effects: string) {
  return { do: "discarded", epoch, fromOffset, before: EMPTY, effects: fromText(effects) } as const;
}

test("what is given up is kept byte by byte in the file of its epoch, and counted", async () => {
  const discarded = new DiscardedEffects({ dir, logger });
  const path = join(dir, "discarded-4.log");
  const effect = "*1\r\n$4\r\n\0ÿ\n\r\n";
  discarded.keep(given(4, 100, effect), NO_STREAM);
  await expect.poll(() => existsSync(path) && readFileSync(path)).toEqual(Buffer.from(effect));
  discarded.keep(given(4, 200, PING), NO_STREAM);
  await expect.poll(() => readFileSync(path, "utf8")).toBe(effect + PING);
  expect(discarded.totalBytes).toBe(28);
  const fields = { event: "shard.discarded", epoch: 4, fromOffset: 100, bytes: 14, path };
  expect(logger.lines[0]).toMatchObject({ level: "warn", fields });
});

test("the id that a client was told is in the file", async () => {
  const discarded = new DiscardedEffects({ dir, logger });
  const stream = new Stream({ nodeBytesMax: 4096, nodeEntriesMax: 100 });
  stream.append({ ms: 7, seq: 0 }, [ascii("f"), ascii("v")], 0);
  const effects =
    "*2\r\n$2\r\nAT\r\n$1\r\n7\r\n*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nf\r\n$1\r\nv\r\n";
  discarded.keep(given(4, 100, effects), () => stream);
  const path = join(dir, "discarded-4.log");
  const expected = effects.replace("$1\r\n*\r\n", "$3\r\n7-0\r\n");
  await expect.poll(() => existsSync(path) && readFileSync(path, "utf8")).toBe(expected);
});

test("more than can be read in a moment is kept as it stands in the log", async () => {
  const discarded = new DiscardedEffects({ dir, logger });
  const effects = PING.repeat(DISCARDED_READ_BYTES_MAX / PING.length + 1);
  discarded.keep(given(4, 100, `${effects}no effect`), NO_STREAM);
  const path = join(dir, "discarded-4.log");
  await expect
    .poll(() => existsSync(path) && readFileSync(path).length)
    .toBe(effects.length + "no effect".length);
});

test("nothing given up is no file, and no word", () => {
  const discarded = new DiscardedEffects({ dir, logger });
  discarded.keep(given(4, 100, ""), NO_STREAM);
  expect([discarded.totalBytes, logger.lines]).toEqual([0, []]);
});

test("a disk that fails is logged, and holds up nobody", async () => {
  const nowhere = join(dir, "nowhere");
  const discarded = new DiscardedEffects({ dir: nowhere, logger });
  discarded.keep(given(5, 0, PING), NO_STREAM);
  await expect.poll(() => logger.lines.length).toBe(2);
  expect(logger.lines[1]).toMatchObject({
    message: "could not keep what was given up",
    fields: { path: join(nowhere, "discarded-5.log"), err: { code: "ENOENT" } },
  });
  expect(discarded.totalBytes).toBe(PING.length);
});
