import { describe, expect, test } from "vitest";
import { readHeader, type MessageHeader } from "./message-header.ts";
import { PublishEncoder } from "./publish-encoder.ts";
import { PublishReplyCounter } from "./publish-reply-counter.ts";
import { BenchError } from "./bench-error.ts";

const OPTIONS = {
  command: "PUBLISH",
  channels: ["c0", "c1"],
  payloadBytes: 20,
  firstStream: 70_000,
};

function headerOf(request: Buffer): MessageHeader {
  const header = { phase: 0, stream: 0, sequence: 0, sentAtUs: 0 };
  readHeader(request, request.indexOf(0xa7), header);
  return header;
}

describe("PublishEncoder", () => {
  test("writes requests for its channels in turns, with stream, sequence number and time", () => {
    const encoder = new PublishEncoder(OPTIONS);
    const sentAtUs = 2 ** 40 + 12_345;
    encoder.startPhase(9);
    const headers = Array.from({ length: 4 }, () => {
      const request = Buffer.alloc(encoder.requestBytes);
      encoder.writeNext(request, 0, sentAtUs);
      return headerOf(request);
    });
    expect(headers).toEqual([
      { phase: 9, stream: 70_000, sequence: 0, sentAtUs },
      { phase: 9, stream: 70_001, sequence: 0, sentAtUs },
      { phase: 9, stream: 70_000, sequence: 1, sentAtUs },
      { phase: 9, stream: 70_001, sequence: 1, sentAtUs },
    ]);
  });

  test("leaves the request around the header as it is", () => {
    const encoder = new PublishEncoder(OPTIONS);
    const request = Buffer.alloc(encoder.requestBytes);
    encoder.writeNext(request, 0, 0);
    const text = request.toString("latin1");
    expect(text.startsWith("*3\r\n$7\r\nPUBLISH\r\n$2\r\nc0\r\n$20\r\n")).toBe(true);
    expect(text.endsWith("xxxx\r\n")).toBe(true);
  });

  test("counts what it wrote by stream, from the start of the phase", () => {
    const encoder = new PublishEncoder({ ...OPTIONS, firstStream: 1 });
    const request = Buffer.alloc(encoder.requestBytes);
    encoder.writeNext(request, 0, 0);
    encoder.startPhase(2);
    for (let index = 0; index < 3; index += 1) encoder.writeNext(request, 0, 0);
    const published = new Uint32Array(4);
    encoder.addPublished(published);
    expect([...published]).toEqual([0, 2, 1, 0]);
  });

  test("writes no header where the payload has no room for it", () => {
    const encoder = new PublishEncoder({ ...OPTIONS, payloadBytes: 3 });
    const request = Buffer.alloc(encoder.requestBytes);
    encoder.writeNext(request, 0, 5);
    expect(request.toString("latin1").endsWith("$3\r\nxxx\r\n")).toBe(true);
  });
});

describe("PublishReplyCounter", () => {
  test("counts replies across chunks", () => {
    const counter = new PublishReplyCounter();
    const counts = [":0\r\n:1", "2\r", "\n", ":3\r\n"].map((text) =>
      counter.feed(Buffer.from(text)),
    );
    expect(counts).toEqual([1, 0, 1, 1]);
  });

  test("quotes a reply that is an error", () => {
    const counter = new PublishReplyCounter();
    expect(() => counter.feed(Buffer.from(":0\r\n-MOVED 3 h:1\r\n:0\r\n"))).toThrow(
      new BenchError("a publish was answered with: -MOVED 3 h:1"),
    );
  });
});
