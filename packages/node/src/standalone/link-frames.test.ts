import { expect, test } from "vitest";
import { ALIVE, framed, LinkFrameReader } from "./link-frames.ts";
import { LINK_FRAME_BYTES_MAX } from "./limits.ts";

function bytesOf(...bodies: readonly string[]): Buffer {
  const frames = bodies.map((body) => {
    const bytes = Buffer.from(body, "latin1");
    return Buffer.concat(framed([bytes], bytes.length));
  });
  return Buffer.concat(frames);
}

function read(reader: LinkFrameReader, bytes: Buffer): string[] {
  return [...reader.push(bytes)].map((body) => body.latin1Slice());
}

test("a frame is its length in four bytes, and its parts", () => {
  expect(bytesOf("abc").toString("hex")).toBe("00000003616263");
  const large = Buffer.alloc(100_000, "x");
  const pieces = framed([large, large], 200_000);
  expect(Buffer.concat(pieces).length).toBe(200_004);
  expect(pieces).toContain(large);
  expect(ALIVE.toString("hex")).toBe("00000000");
});

test("however the bytes are cut, the frames are the same, and the caller's buffer is his own again", () => {
  const bodies = ["", "a", "\0\xff".repeat(300), "", "last"];
  const bytes = bytesOf(...bodies);
  for (const size of [1, 2, 3, 5, 7, 64, bytes.length]) {
    const reader = new LinkFrameReader();
    const got: string[] = [];
    const chunk = Buffer.alloc(size);
    for (let at = 0; at < bytes.length; at += size) {
      const copied = bytes.copy(chunk, 0, at, at + size);
      got.push(...read(reader, chunk.subarray(0, copied)));
      chunk.fill(0xaa);
    }
    expect(got, `in chunks of ${size}`).toEqual(bodies);
  }
});

test("a frame longer than any may be is refused on both sides", () => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(LINK_FRAME_BYTES_MAX + 1, 0);
  expect(() => read(new LinkFrameReader(), head)).toThrow(TypeError);
  const reader = new LinkFrameReader();
  expect(read(reader, head.subarray(0, 3))).toEqual([]);
  expect(() => read(reader, head.subarray(3))).toThrow(TypeError);
  expect(() => framed([], LINK_FRAME_BYTES_MAX + 1)).toThrow(RangeError);
});
