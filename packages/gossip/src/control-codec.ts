import { Packr } from "msgpackr";
import { BusProtocolError } from "./bus-protocol-error.ts";
import {
  parseControl,
  toPackable,
  type ControlMessage,
  type ControlName,
} from "./control-messages.ts";
import { CONTROL_FRAME_BYTES_MAX } from "./limits.ts";
import { checkPackedShape } from "./packed-shape.ts";

/**
 * The only file that knows MessagePack's library. Plain MessagePack: no learned record structures, which
 * would make a body depend on the ones before it. Binaries are copied, or a pattern of 5 bytes would keep its
 * 64 KB chunk alive.
 */
const packr = new Packr({ useRecords: false, copyBuffers: true, variableMapSize: true });

/** The caller owns the result. */
export function packControl(message: ControlMessage): Buffer {
  // `pack` returns a view into its shared 8 KB buffer, which its next call may overwrite.
  return Buffer.from(packr.pack(toPackable(message)));
}

/** Throws BusProtocolError, whatever the bytes. */
export function unpackControl(name: ControlName, body: Buffer): ControlMessage {
  checkPackedShape(body);
  return parseControl(name, unpack(body));
}

/**
 * Plain data: nil, booleans, numbers, strings, binaries, arrays, maps with string keys. Throws TypeError for what
 * the receiver would refuse (an undefined field, a Date, a class of its own; too deep, too long): the mistake is here.
 */
export function packPlain(plain: unknown): Buffer {
  try {
    const body = Buffer.from(packr.pack(plain));
    checkPackedShape(body);
    if (body.length <= CONTROL_FRAME_BYTES_MAX) return body;
  } catch (error) {
    throw new TypeError("not plain data", { cause: error });
  }
  throw new TypeError("longer than a control frame");
}

/** Throws BusProtocolError, whatever the bytes. Numbers beyond 2^53 come as bigint. */
export function unpackPlain(body: Buffer): unknown {
  checkPackedShape(body);
  return unpack(body);
}

function unpack(body: Buffer): unknown {
  try {
    return packr.unpack(body);
  } catch (error) {
    throw new BusProtocolError("bad-body", error instanceof Error ? error.message : String(error));
  }
}
