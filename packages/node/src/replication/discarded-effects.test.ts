import { ascii, fromText } from "@slotcast/protocol";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RecordingLogger } from "../recording-logger.ts";
import { DiscardedEffects } from "./discarded-effects.ts";

let dir = "";
let logger: RecordingLogger;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "discarded-"));
  logger = new RecordingLogger();
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function given(epoch: number, fromOffset: number, ...effects: readonly string[]) {
  return { do: "discarded", epoch, fromOffset, effects: effects.map(fromText) } as const;
}

test("what is given up is kept byte by byte in the file of its epoch, and counted", async () => {
  const discarded = new DiscardedEffects({ dir, logger });
  const path = join(dir, "discarded-4.log");
  discarded.keep(given(4, 100, "*1\r\n", "\0ÿ\n"));
  await expect
    .poll(() => existsSync(path) && readFileSync(path))
    .toEqual(Buffer.from("*1\r\n\0ÿ\n"));
  discarded.keep(given(4, 200, "more"));
  await expect.poll(() => readFileSync(path, "utf8")).toBe("*1\r\n\0ÿ\nmore");
  expect(discarded.totalBytes).toBe(12);
  const fields = { event: "shard.discarded", epoch: 4, fromOffset: 100, bytes: 8, path };
  expect(logger.lines[0]).toMatchObject({ level: "warn", fields });
});

test("nothing given up is no file, and no word", () => {
  const discarded = new DiscardedEffects({ dir, logger });
  discarded.keep(given(4, 100));
  expect([discarded.totalBytes, logger.lines]).toEqual([0, []]);
});

test("a disk that fails is logged, and holds up nobody", async () => {
  const nowhere = join(dir, "nowhere");
  const discarded = new DiscardedEffects({ dir: nowhere, logger });
  discarded.keep({ do: "discarded", epoch: 5, fromOffset: 0, effects: [ascii("x")] });
  await expect.poll(() => logger.lines.length).toBe(2);
  expect(logger.lines[1]).toMatchObject({
    message: "could not keep what was given up",
    fields: { path: join(nowhere, "discarded-5.log"), err: { code: "ENOENT" } },
  });
  expect(discarded.totalBytes).toBe(1);
});
