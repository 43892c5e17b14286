import { Packr } from "msgpackr";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { parseControl, toPackable, type ControlMessage } from "./control-messages.ts";
import type { FrameName } from "./frame-types.ts";
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
export function unpackControl(name: Exclude<FrameName, "publish">, body: Buffer): ControlMessage {
  checkPackedShape(body);
  return parseControl(name, unpack(body));
}

function unpack(body: Buffer): unknown {
  try {
    return packr.unpack(body);
  } catch (error) {
    throw new BusProtocolError("bad-body", error instanceof Error ? error.message : String(error));
  }
}
