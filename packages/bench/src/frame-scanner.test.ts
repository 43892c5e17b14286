import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliveryLayout, FrameScanner, UnexpectedFrameError } from "./frame-scanner.ts";

const LAYOUT = deliveryLayout({ word: "smessage", channelBytes: 4, payloadBytes: 6 });

function frame(channel: string, payload: string): string {
  return `*3\r\n$8\r\nsmessage\r\n$4\r\n${channel}\r\n$6\r\n${payload}\r\n`;
}

function payloadsOf(chunks: readonly Uint8Array[]): string[] {
  const payloads: string[] = [];
  const scanner = new FrameScanner(LAYOUT, (frames, payloadAt) => {
    payloads.push(Buffer.from(frames.subarray(payloadAt, payloadAt + 6)).toString("latin1"));
  });
  for (const chunk of chunks) scanner.feed(chunk);
  return payloads;
}

describe("FrameScanner", () => {
  test("knows the length of a frame", () => {
    const scanner = new FrameScanner(LAYOUT, () => {});
    expect(scanner.frameBytes).toBe(frame("abcd", "123456").length);
  });

  test("finds the same payloads whatever the split", () => {
    const payloads = ["000001", "\r\n*3\r\n", "\u00ff\u0000\u0001$*:", "000004"];
    const bytes = Buffer.from(payloads.map((payload) => frame("chan", payload)).join(""), "latin1");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(payloadsOf(chunks)).toEqual(payloads);
      }),
    );
  });

  test("finds the same payloads byte by byte in memory that is used again", () => {
    const bytes = Buffer.from(frame("chan", "abcdef") + frame("chan", "ghijkl"), "latin1");
    const reused = Buffer.alloc(1);
    const payloads: string[] = [];
    const scanner = new FrameScanner(LAYOUT, (frames, payloadAt) => {
      payloads.push(Buffer.from(frames.subarray(payloadAt, payloadAt + 6)).toString("latin1"));
    });
    for (const byte of bytes) {
      reused[0] = byte;
      scanner.feed(reused);
    }
    expect(payloads).toEqual(["abcdef", "ghijkl"]);
  });

  test.each([
    ["an error reply", "-ERR something\r\n"],
    [
      "an unsubscription after a delivery",
      `${frame("chan", "abcdef")}*3\r\n$12\r\nsunsubscribe\r\n`,
    ],
    ["a payload of another length", frame("chan", "abcdefgh")],
    ["a delivery of another kind", "*3\r\n$7\r\nmessage\r\n$4\r\nchan\r\n$6\r\nabcdef\r\n"],
  ])("refuses %s and quotes it", (_, text) => {
    const bytes = Buffer.from(text + frame("chan", "abcdef").repeat(2), "latin1");
    expect(() => payloadsOf([bytes])).toThrow(UnexpectedFrameError);
  });

  test("refuses foreign bytes as soon as they arrive, not when a frame is full", () => {
    expect(() => payloadsOf([Buffer.from("*3\r"), Buffer.from("\n$7\r\n")])).toThrow(
      UnexpectedFrameError,
    );
    const text = `${frame("chan", "abcdef")}*-1\r\n`;
    expect(() => payloadsOf([Buffer.from(text)])).toThrow(UnexpectedFrameError);
  });
});
