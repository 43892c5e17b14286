import { BusProtocolError } from "./bus-protocol-error.ts";
import { CONTROL_DEPTH_MAX } from "./limits.ts";

/**
 * Walks a MessagePack body without unpacking it and throws BusProtocolError unless it is exactly one value,
 * made of nil, booleans, numbers, strings, binaries, arrays and maps, whose lengths fit in the bytes that
 * are there.
 *
 * Why: msgpackr makes an array of the *declared* length before it reads the first element (`new Array(n)`:
 * 240 MB for 5 bytes), recurses per level, and builds classes for extension types.
 */
export function checkPackedShape(body: Buffer): void {
  /** Values still expected at each level; the outermost is the body itself. */
  const missing = [1];
  let at = 0;
  while (missing.length > 0) {
    const level = missing.length - 1;
    const left = missing[level] ?? 0;
    if (left === 0) {
      missing.pop();
      continue;
    }
    missing[level] = left - 1;
    const { headBytes, dataBytes, values } = measure(body, at);
    at += headBytes + dataBytes;
    // Each value still to come takes a byte at least.
    if (at + values > body.length) throw new BusProtocolError("bad-body", "declared too long");
    if (values > 0) {
      if (missing.length > CONTROL_DEPTH_MAX) throw new BusProtocolError("bad-body", "too deep");
      missing.push(values);
    }
  }
  if (at !== body.length) throw new BusProtocolError("bad-body", "more than one value");
}

interface Measure {
  /** Of the type byte and its length field. */
  readonly headBytes: number;
  /** Of the text, binary or number behind it. */
  readonly dataBytes: number;
  /** Elements of an array; keys and values of a map. */
  readonly values: number;
}

/** Source: github.com/msgpack/msgpack, spec.md, "Formats". */
function measure(body: Buffer, at: number): Measure {
  const type = body[at];
  if (type === undefined) throw new BusProtocolError("bad-body", "cut short");
  if (type <= 0x7f || type >= 0xe0) return scalar(0);
  if (type <= 0x8f) return { headBytes: 1, dataBytes: 0, values: (type & 0x0f) * 2 };
  if (type <= 0x9f) return { headBytes: 1, dataBytes: 0, values: type & 0x0f };
  if (type <= 0xbf) return scalar(type & 0x1f);
  switch (type) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return scalar(0);
    case 0xc4: // bin
    case 0xd9: // str
      return sized(body, at, 1);
    case 0xc5:
    case 0xda:
      return sized(body, at, 2);
    case 0xc6:
    case 0xdb:
      return sized(body, at, 4);
    case 0xca: // float 32, 64
      return scalar(4);
    case 0xcb:
      return scalar(8);
    case 0xcc: // uint 8 to 64
    case 0xd0: // int 8 to 64
      return scalar(1);
    case 0xcd:
    case 0xd1:
      return scalar(2);
    case 0xce:
    case 0xd2:
      return scalar(4);
    case 0xcf:
    case 0xd3:
      return scalar(8);
    case 0xdc: // array
      return { headBytes: 3, dataBytes: 0, values: length(body, at, 2) };
    case 0xdd:
      return { headBytes: 5, dataBytes: 0, values: length(body, at, 4) };
    case 0xde: // map
      return { headBytes: 3, dataBytes: 0, values: length(body, at, 2) * 2 };
    case 0xdf:
      return { headBytes: 5, dataBytes: 0, values: length(body, at, 4) * 2 };
    default:
      throw new BusProtocolError("bad-body", `type 0x${type.toString(16)}`);
  }
}

function scalar(dataBytes: number): Measure {
  return { headBytes: 1, dataBytes, values: 0 };
}

function sized(body: Buffer, at: number, lengthBytes: 1 | 2 | 4): Measure {
  return { headBytes: 1 + lengthBytes, dataBytes: length(body, at, lengthBytes), values: 0 };
}

function length(body: Buffer, at: number, lengthBytes: 1 | 2 | 4): number {
  if (at + 1 + lengthBytes > body.length) throw new BusProtocolError("bad-body", "cut short");
  return body.readUIntBE(at + 1, lengthBytes);
}
