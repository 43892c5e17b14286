import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import { constants } from "node:buffer";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { BATCH_BYTES_MAX, LARGE_MESSAGE_BYTES } from "./limits.ts";

/**
 * The body of a publish frame: records, one after the other, each
 *
 *     varint  payload length × 2, plus 1 when the channel is that of the record before
 *     varint  channel length     } left out when the 1 is there
 *     bytes   channel            }
 *     bytes   payload
 *
 * A varint is LEB128: 7 bits a byte, lowest first, the high bit set on all but the last. In a burst to one
 * channel a 64-byte message costs 2 bytes besides its payload.
 *
 * This file is hot (500,000 publishes a second on a node): records are strings made of the caller's strings,
 * without copying, and the receiver cuts them out of one string. Measured in bench/flood.ts.
 */

/** A full batch and its last record. Longer bodies hold exactly one record, with its channel, and are cut as bytes: V8's strings end at 512 MB. */
const WHOLE_BODY_BYTES_MAX = BATCH_BYTES_MAX + LARGE_MESSAGE_BYTES;
export const VARINT_BYTES_MAX = 5;
const SHORT_VARINTS: readonly string[] = Array.from({ length: 4096 }, (_, value) =>
  buildVarint(value),
);

export function varint(value: number): string {
  return SHORT_VARINTS[value] ?? buildVarint(value);
}

function buildVarint(value: number): string {
  let text = "";
  let rest = value;
  while (rest > 127) {
    text += String.fromCharCode((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return text + String.fromCharCode(rest);
}

/** What a record with its own channel has between its first varint and its payload. */
export function channelPrefix(channel: Bytes): string {
  return varint(channel.length) + channel;
}

/** The head of a record that names its channel. */
export function recordHead(prefix: string, payloadBytes: number): string {
  return varint(payloadBytes * 2) + prefix;
}

/** The head of a record in the channel of the one before. */
export function repeatedRecordHead(payloadBytes: number): string {
  return varint(payloadBytes * 2 + 1);
}

/**
 * Calls `onPublish` for each record, in order, and returns how many there were. Channel and payload are views
 * into one string of the whole body: `own` what is kept. Throws BusProtocolError at the first record that is
 * no record; the ones before have been delivered.
 */
export function decodeBatch(
  body: Buffer,
  onPublish: (channel: Bytes, payload: Bytes) => void,
): number {
  if (body.length > WHOLE_BODY_BYTES_MAX) return decodeSingle(body, onPublish);
  const text = fromBuffer(body);
  const end = text.length;
  let channel: Bytes | undefined;
  let count = 0;
  let at = 0;
  while (at < end) {
    // Both varints are read in place: a function that returns value and position would allocate per record.
    let head = text.charCodeAt(at);
    at += 1;
    if (head > 127) {
      head -= 128;
      for (let scale = 128, more = true; more; scale *= 128) {
        const byte = byteAt(text, at, scale);
        at += 1;
        more = byte > 127;
        head += (byte & 127) * scale;
      }
    }
    if (head % 2 === 0) {
      let channelLength = byteAt(text, at, 1);
      at += 1;
      if (channelLength > 127) {
        channelLength -= 128;
        for (let scale = 128, more = true; more; scale *= 128) {
          const byte = byteAt(text, at, scale);
          at += 1;
          more = byte > 127;
          channelLength += (byte & 127) * scale;
        }
      }
      if (at + channelLength > end) throw cutShort();
      channel = slice(text, at, at + channelLength);
      at += channelLength;
    } else if (channel === undefined) {
      throw new BusProtocolError("bad-body", "the first record names no channel");
    }
    const payloadEnd = at + Math.floor(head / 2);
    if (payloadEnd > end) throw cutShort();
    onPublish(channel, slice(text, at, payloadEnd));
    at = payloadEnd;
    count += 1;
  }
  return count;
}

/** The next byte of a varint whose bytes so far reach up to `scale`. */
function byteAt(text: Bytes, at: number, scale: number): number {
  if (at >= text.length) throw cutShort();
  if (scale >= 128 ** VARINT_BYTES_MAX) throw new BusProtocolError("bad-body", "varint");
  return text.charCodeAt(at);
}

function cutShort(): BusProtocolError {
  return new BusProtocolError("bad-body", "record cut short");
}

function decodeSingle(body: Buffer, onPublish: (channel: Bytes, payload: Bytes) => void): number {
  const start = ascii(body.latin1Slice(0, 2 * VARINT_BYTES_MAX));
  const head = readVarint(start, 0);
  if (head.value % 2 === 1)
    throw new BusProtocolError("bad-body", "the first record names no channel");
  const channelLength = readVarint(start, head.end);
  const channelEnd = channelLength.end + channelLength.value;
  if (channelEnd + head.value / 2 !== body.length) {
    throw new BusProtocolError("bad-body", "a large frame holds one record");
  }
  if (Math.max(channelLength.value, head.value / 2) > constants.MAX_STRING_LENGTH) {
    throw new BusProtocolError("bad-body", "longer than a string can be");
  }
  onPublish(
    fromBuffer(body, channelLength.end, channelEnd),
    fromBuffer(body, channelEnd, body.length),
  );
  return 1;
}

function readVarint(text: Bytes, start: number): { value: number; end: number } {
  let value = 0;
  let at = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = byteAt(text, at, scale);
    at += 1;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at };
  }
}
