import { ascii } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ConsumerGroup } from "./consumer-group.ts";
import { lagOf, moveOn } from "./group-progress.ts";
import { nextStreamId, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import { Stream } from "./stream.ts";

// Goal: the lag is what a reader would count, whatever was deleted, trimmed and read before.

const EXACT = { approximate: false, limit: undefined };

function idsAbove(stream: Stream, id: StreamId, countMax = Infinity): StreamId[] {
  const ids: StreamId[] = [];
  const from = nextStreamId(id) ?? STREAM_ID_MAX;
  stream.forEachInRange({ from, to: STREAM_ID_MAX, reverse: false, countMax }, (found) => {
    ids.push(found);
  });
  return ids;
}

const operation = fc.oneof(
  fc.record({ do: fc.constant("append" as const), times: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constant("read" as const), times: fc.integer({ min: 1, max: 12 }) }),
  fc.record({
    do: fc.constant("delete" as const),
    at: fc.nat(),
    times: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant("trim" as const), keeps: fc.nat(40) }),
  fc.record({ do: fc.constant("join" as const), at: fc.nat() }),
);

test("the lag is the number of entries above the last delivered one", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const stream = new Stream({ nodeEntriesMax: 5, nodeBytesMax: 0 });
      const groups: ConsumerGroup[] = [];
      const join = (lastDeliveredId: StreamId): void => {
        const name = ascii(String(groups.length));
        const group = stream.groups.create(name, { lastDeliveredId, entriesRead: undefined });
        if (group !== undefined) groups.push(group);
      };
      join(STREAM_ID_MIN);
      let ms = 0;
      for (const step of operations) {
        const ids = idsAbove(stream, STREAM_ID_MIN);
        if (step.do === "append") {
          for (let time = 0; time < step.times; time += 1) {
            stream.append({ ms: (ms += 1), seq: 0 }, [ascii("f"), ascii("v")], 0);
          }
        } else if (step.do === "read") {
          for (const group of groups) {
            moveOn(group, stream, idsAbove(stream, group.lastDeliveredId, step.times));
          }
        } else if (step.do === "delete") {
          for (const id of ids.splice(step.at % (ids.length + 1), step.times)) stream.delete(id);
        } else if (step.do === "trim") {
          stream.trimByLength(step.keeps, EXACT);
        } else {
          join(ids[step.at % (ids.length + 1)] ?? STREAM_ID_MIN);
        }
        for (const group of groups) {
          expect(lagOf(group, stream)).toBe(idsAbove(stream, group.lastDeliveredId).length);
        }
      }
    }),
    { numRuns: 200 },
  );
});
