import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnexpectedFrameError } from "../src/frame-scanner.ts";
import { encodeRequest } from "../src/resp-connection.ts";
import { GroupReader } from "./group-reader.ts";
import { entryId } from "./stream-entries.ts";

const VALUE = "x".repeat(64);

/** As redis-server 7.0 replies. */
function readReply(entries: readonly number[]): string {
  const replies = entries.map(
    (entry) => `*2\r\n$17\r\n${entryId(entry)}\r\n*2\r\n$1\r\nf\r\n$64\r\n${VALUE}\r\n`,
  );
  return `*1\r\n*2\r\n$8\r\nmystream\r\n*${entries.length}\r\n${replies.join("")}`;
}

/** Requests in one line of text. */
function requests(...all: readonly (readonly string[])[]): string {
  return all.map((request) => encodeRequest(request).toString("latin1")).join("");
}

function readRequest(count: number): readonly string[] {
  return ["XREADGROUP", "GROUP", "g", "c", "COUNT", String(count), "STREAMS", "mystream", ">"];
}

function ackRequest(entry: number): readonly string[] {
  return ["XACK", "mystream", "g", entryId(entry)];
}

/** A reader of two batches; `written` is what it sent, as it was then. */
function readerOf(options: { readonly count: number; readonly isAcking: boolean }) {
  const written: string[] = [];
  let batchesLeft = 2;
  let done = 0;
  const reader = new GroupReader(
    { group: "g", consumer: "c", pipeline: 2, ...options },
    {
      write: (bytes) => written.push(Buffer.from(bytes).toString("latin1")),
      mayReadOn: () => {
        batchesLeft -= 1;
        return batchesLeft >= 0;
      },
      onDone: () => (done += 1),
    },
  );
  reader.start();
  return {
    feed: (text: string) => reader.feed(Buffer.from(text, "latin1")),
    written,
    isDone: () => done === 1,
  };
}

describe("entryId", () => {
  test("grows, and has one length", () => {
    const ids = [0, 1, 99, 100, 101, 9_999, 10_000, 9_999_999].map(entryId);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids.map(({ length }) => length))).toEqual(new Set([17]));
    expect(entryId(101)).toBe("1700000000001-101");
  });
});

describe("GroupReader", () => {
  const reads = requests(readRequest(1), readRequest(1));
  const replies = [
    readReply([0]) + readReply([7]),
    ":1\r\n:1\r\n",
    readReply([100]) + readReply([12]),
    ":1\r\n:1\r\n",
  ];

  test("acknowledges the ids it got, wherever the replies are cut", () => {
    const cut = fc.array(fc.integer({ min: 0, max: readReply([0]).length * 2 }));
    fc.assert(
      fc.property(cut, (cuts) => {
        const { feed, written, isDone } = readerOf({ count: 1, isAcking: true });
        for (const reply of replies) {
          expect(isDone()).toBe(false);
          const edges = [0, ...cuts.toSorted((a, b) => a - b), reply.length];
          for (const [index, edge] of edges.slice(1).entries()) {
            if (edge > (edges[index] ?? 0)) feed(reply.slice(edges[index], edge));
          }
        }
        expect(written).toEqual([
          reads,
          requests(ackRequest(0), ackRequest(7)),
          reads,
          requests(ackRequest(100), ackRequest(12)),
        ]);
        expect(isDone()).toBe(true);
      }),
    );
  });

  test("reads on at once when it does not acknowledge", () => {
    const { feed, written, isDone } = readerOf({ count: 3, isAcking: false });
    const reply = readReply([0, 1, 2]) + readReply([3, 4, 5]);
    feed(reply);
    feed(reply);
    expect(written).toEqual(Array(2).fill(requests(readRequest(3), readRequest(3))));
    expect(isDone()).toBe(true);
  });

  test.each([
    ["the stream has no more", `${readReply([0])}*-1\r\n`],
    ["the group is not there", "-NOGROUP No such key 'mystream' or consumer group 'g'\r\n"],
  ])("refuses to go on when %s", (_, reply) => {
    const { feed } = readerOf({ count: 1, isAcking: true });
    expect(() => feed(reply)).toThrow(UnexpectedFrameError);
  });

  test("refuses to go on when what it acknowledges was not pending", () => {
    const { feed } = readerOf({ count: 1, isAcking: true });
    feed(readReply([0]) + readReply([1]));
    expect(() => feed(":1\r\n:0\r\n")).toThrow(UnexpectedFrameError);
  });
});
