import { expect, test } from "vitest";
import { controlFrameBytes, rumourFrameBytes } from "./packed-bytes.ts";

// The lengths are those of msgpackr, with the 21 bytes before the body of a frame.
test("frames are as long as on the bus", () => {
  const historyId = "4".repeat(40);
  const rumour = {
    incarnation: 300,
    factsVersion: 70_000,
    lagMs: 20.25,
    suspects: ["a".repeat(40)],
    progress: { historyId, epoch: 3, offset: 5_000_000_000 },
  };
  expect(rumourFrameBytes(rumour)).toBe(207);
  const asked = { kind: "lease-request", incarnation: 1, sentMs: 123_456.25 } as const;
  expect(controlFrameBytes(asked)).toBe(70);
  const outcome = { kind: "accepted", version: 3 } as const;
  expect(controlFrameBytes({ kind: "proposed", id: 40_000, outcome })).toBe(74);
});
