import { expect, test } from "vitest";
import { controlMessageFromPlain, controlMessageToPlain } from "./control-message-shape.ts";
import type { ControlMessage } from "./control-messages.ts";

const ASKED: ControlMessage = { kind: "lease-request", incarnation: 3, sentMs: 12_345.678 };
const GRANTED: ControlMessage = { ...ASKED, kind: "lease-grant", version: 7 };

// A grant must name the very moment that was asked at, or no lease begins.
test.each([ASKED, GRANTED])("$kind keeps fractions of a millisecond", (message) => {
  expect(controlMessageFromPlain(controlMessageToPlain(message))).toEqual(message);
});

test.each([-1, Number.NaN, Infinity, "1", null])("%s is no moment", (sentMs) => {
  const plain: unknown = { ...ASKED, sentMs };
  expect(() => controlMessageFromPlain(plain)).toThrow(TypeError);
});
