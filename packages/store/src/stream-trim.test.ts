import { ascii } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareStreamIds, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import type { TrimThreshold } from "./stream-trim.ts";
import { Stream } from "./stream.ts";

// Goal: `trimEnd` says beforehand what a trim would leave.

function idsOf(stream: Stream): StreamId[] {
  const ids: StreamId[] = [];
  const all = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse: false, countMax: Infinity };
  stream.forEachInRange(all, (id) => ids.push(id));
  return ids;
}

const threshold: fc.Arbitrary<TrimThreshold> = fc.oneof(
  fc.nat(30).map((lengthMax) => ({ by: "maxlen" as const, lengthMax })),
  fc.nat(70).map((ms) => ({ by: "minid" as const, idMin: { ms, seq: 0 } })),
);

test("a trim leaves exactly what is not below its end", () => {
  fc.assert(
    fc.property(
      fc.record({
        entries: fc.nat(30),
        deleted: fc.array(fc.integer({ min: 1, max: 30 })),
        threshold,
        approximate: fc.boolean(),
        limit: fc.option(fc.nat(30), { nil: undefined }),
      }),
      ({ entries, deleted, threshold: wanted, approximate, limit }) => {
        const stream = new Stream({ nodeEntriesMax: 4, nodeBytesMax: 4096 });
        for (let at = 1; at <= entries; at += 1) {
          stream.append({ ms: at * 2, seq: 0 }, [ascii("f"), ascii("v")], 0);
        }
        for (const at of deleted) stream.delete({ ms: at * 2, seq: 0 });
        const before = idsOf(stream);
        const options = { approximate, limit: approximate ? limit : undefined };
        const end = stream.trimEnd(wanted, options);
        expect(idsOf(stream)).toEqual(before);
        if (wanted.by === "maxlen") stream.trimByLength(wanted.lengthMax, options);
        else stream.trimByMinId(wanted.idMin, options);
        const left = before.filter((id) => end !== undefined && compareStreamIds(id, end) >= 0);
        expect(idsOf(stream)).toEqual(left);
      },
    ),
    { numRuns: 500 },
  );
});
