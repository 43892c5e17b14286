import type { ControlMessage } from "@slotcast/control";
import { controlMessageToPlain } from "@slotcast/control";
import type { Rumour } from "@slotcast/node";

/** Before the body of a frame of the bus: length, type, MAC (docs/bus.md). */
const FRAME_HEAD_BYTES = 21;
/** Of a body that is longer than a kilobyte, with its SHA-256. */
const LONG_HEAD_BYTES = 53;

export function controlFrameBytes(message: ControlMessage): number {
  return frameBytes(packedBytes(controlMessageToPlain(message)));
}

export function rumourFrameBytes(rumour: Rumour): number {
  return frameBytes(packedBytes(rumour));
}

function frameBytes(bodyBytes: number): number {
  return bodyBytes + (bodyBytes > 1024 ? LONG_HEAD_BYTES : FRAME_HEAD_BYTES);
}

/** How long plain data is as MessagePack. */
function packedBytes(value: unknown): number {
  if (typeof value === "number") return numberBytes(value);
  if (typeof value === "string") return headBytes(value.length, 31) + value.length;
  if (typeof value !== "object" || value === null) return 1;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    return items.reduce<number>(
      (sum, item) => sum + packedBytes(item),
      headBytes(items.length, 15, 15),
    );
  }
  const fields = Object.entries(value);
  return fields.reduce(
    (sum, [name, field]) => sum + packedBytes(name) + packedBytes(field),
    headBytes(fields.length, 15, 15),
  );
}

function numberBytes(value: number): number {
  if (!Number.isInteger(value) || value >= 2 ** 32 || value < -(2 ** 31)) return 9;
  if (value >= -32 && value < 128) return 1;
  if (value < 256 && value >= -128) return 2;
  return value < 65_536 && value >= -32_768 ? 3 : 5;
}

/** `inFirst`: so many go into the first byte; `inSecond`: into the first two. */
function headBytes(count: number, inFirst: number, inSecond = 255): number {
  if (count <= inFirst) return 1;
  if (count <= inSecond) return 2;
  return count < 65_536 ? 3 : 5;
}
