import { crc32 } from "node:zlib";

/**
 * Small files that are written as a whole: a line that says what it is, with the length and the CRC-32 of the rest,
 * then JSON. For people to read; not for them to edit.
 */
export function encodeChecked(kind: string, value: unknown): Buffer {
  const text = Buffer.from(`${JSON.stringify(value)}\n`, "utf8");
  const sum = crc32(text).toString(16).padStart(8, "0");
  return Buffer.concat([Buffer.from(`slotcast-${kind} 1 ${text.length} ${sum}\n`), text]);
}

/** Throws TypeError unless it is what encodeChecked made. The value has still to be looked at. */
export function decodeChecked(kind: string, file: Buffer): unknown {
  const headEnd = file.indexOf("\n");
  const head = file.toString("latin1", 0, Math.max(headEnd, 0));
  const [, found, length, sum] = /^slotcast-(\S+) 1 (\d+) ([0-9a-f]{8})$/.exec(head) ?? [];
  if (found !== kind) throw new TypeError(`it does not begin with 'slotcast-${kind} 1'`);
  const text = file.subarray(headEnd + 1);
  if (text.length !== Number(length)) throw new TypeError(`it has not its ${length} bytes`);
  if (crc32(text) !== Number.parseInt(sum ?? "", 16)) throw new TypeError("it was changed");
  return JSON.parse(text.toString("utf8"));
}
