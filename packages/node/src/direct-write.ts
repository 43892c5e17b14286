import type { Socket } from "node:net";

/** libuv's side of a TCP socket, as net.Socket itself uses it. */
interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  writeLatin1String(request: WriteRequest, text: string): number;
  /** Bytes the kernel did not take yet. */
  readonly writeQueueSize: number;
}

/** What libuv holds on to while a write is under way. */
interface WriteRequest {
  oncomplete: ((status: number) => void) | undefined;
  /** Keeps the bytes alive until they are written. */
  buffer: Uint8Array | undefined;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

/** Undocumented, and what net.Socket is made of. */
type BoundSocket = Socket & { readonly _handle: StreamHandle | null };

/**
 * Writes to a socket without the Writable machinery in between: one system call, usually nothing else. Every
 * write of a connection must go this way, then they leave in order.
 *
 * Nearly every write is taken by the kernel whole, and then its request object serves the next one, whichever
 * socket that is. Measured with redis-benchmark: docs/decisions/0005-direct-write.md.
 */
class DirectWriter {
  readonly #binding: StreamBinding;
  #request: WriteRequest;

  constructor(binding: StreamBinding) {
    this.#binding = binding;
    this.#request = new binding.WriteWrap();
  }

  /** False: nothing was written, and `socket.write` should, be it to report the error. */
  write(socket: BoundSocket, data: string | Buffer): boolean {
    const { _handle: handle } = socket;
    if (handle === null || socket.writableLength > 0 || !socket.writable) return false;
    const request = this.#request;
    const status =
      typeof data === "string"
        ? handle.writeLatin1String(request, data)
        : handle.writeBuffer(request, data);
    if (status !== 0) return false;
    const { streamBaseState, kLastWriteWasAsync, WriteWrap } = this.#binding;
    if (streamBaseState[kLastWriteWasAsync] !== 0) {
      if (typeof data !== "string") request.buffer = data;
      request.oncomplete = (result) => {
        request.buffer = undefined;
        if (result < 0) socket.destroy();
      };
      this.#request = new WriteWrap();
    }
    return true;
  }
}

const binding = loadBinding();
const writer = binding === undefined ? undefined : new DirectWriter(binding);

/** Sends the bytes, in order after everything sent before. The socket's `close` tells when that failed. */
export function writeDirect(socket: Socket, data: string | Buffer): void {
  // every connected socket has a handle or null
  if (writer?.write(socket as BoundSocket, data) === true) return;
  if (typeof data === "string") socket.write(data, "latin1");
  else socket.write(data);
}

/** Bytes sent that the kernel did not take yet. */
export function unsentBytes(socket: Socket): number {
  const { _handle: handle, writableLength } = socket as BoundSocket; // as above
  return writableLength + (handle?.writeQueueSize ?? 0);
}

/** `undefined` on a Node that has it no more. */
function loadBinding(): StreamBinding | undefined {
  // deprecated, and without a substitute; its type is not published
  const { binding: load } = process as unknown as {
    binding?: (name: "stream_wrap") => StreamBinding;
  };
  return load?.("stream_wrap");
}
