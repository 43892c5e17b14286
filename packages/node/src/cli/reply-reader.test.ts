import { expect, test } from "vitest";
import { encodeRequest, ErrorReply, ReplyReader } from "./reply-reader.ts";

const REPLIES =
  "+OK\r\n:42\r\n$5\r\nhällo\r\n".replace("$5", "$6") + "$0\r\n\r\n$-1\r\n-ERR no\r\n";

test("replies are the same however the stream is cut", () => {
  const bytes = Buffer.from(REPLIES, "utf8");
  for (const size of [1, 2, 7, bytes.length]) {
    const reader = new ReplyReader();
    const found: (string | ErrorReply)[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      reader.push(bytes.subarray(at, at + size));
      for (let reply = reader.take(); reply !== undefined; reply = reader.take()) found.push(reply);
    }
    expect(found).toEqual(["OK", "42", "hällo", "", "", new ErrorReply("ERR no")]);
    expect(reader.waitingBytes).toBe(0);
  }
});

test.each(["HTTP/1.1 400 Bad Request\r\n", "*1\r\n:1\r\n", "$x\r\n"])("%j is refused", (text) => {
  const reader = new ReplyReader();
  reader.push(Buffer.from(text));
  expect(() => reader.take()).toThrow("not a RESP server");
});

test("a request counts bytes, not characters", () => {
  expect(encodeRequest(["AUTH", "pässword"])).toBe("*2\r\n$4\r\nAUTH\r\n$9\r\npässword\r\n");
});
