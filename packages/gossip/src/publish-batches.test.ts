import { ascii, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBatch, VARINT_BYTES_MAX } from "./batch-codec.ts";
import { BATCH_BYTES_MAX, LARGE_MESSAGE_BYTES } from "./limits.ts";
import { Batch, PublishBatches, publishRoute } from "./publish-batches.ts";

// Goal: each target gets exactly its messages in order, and equal batches are encoded once.

class Target {
  batch = new Batch(0);
  readonly received: string[] = [];
}

interface Setup {
  readonly targets: Target[];
  readonly batches: PublishBatches<Target>;
  /** One entry for each sealed batch: messages, and to how many targets. */
  readonly sealed: string[];
}

function setup(count: number): Setup {
  const targets = Array.from({ length: count }, () => new Target());
  const sealed: string[] = [];
  const batches = new PublishBatches<Target>((batch) => {
    sealed.push(`${batch.messages} to ${batch.targets.length}`);
    const body = Buffer.concat(batch.parts());
    expect(body).toHaveLength(batch.sizeBytes);
    for (const target of batch.targets) {
      const messages = decodeBatch(body, (channel: Bytes, payload: Bytes) => {
        const sign = batch.frame === "publish" ? "=" : "!";
        target.received.push(`${channel.slice(0, 20)}${sign}${payload.slice(0, 20)}`);
      });
      expect(messages).toBe(batch.messages);
    }
  });
  batches.setTargets(targets);
  return { targets, batches, sealed };
}

test("a turn of messages for all is one batch, encoded once", () => {
  const { targets, batches, sealed } = setup(3);
  const route = publishRoute(ascii("news"), targets);
  for (const payload of ["1", "2", "3"]) batches.append(route, ascii(payload));
  batches.flush();
  batches.flush();
  expect(sealed).toEqual(["3 to 3"]);
  expect(targets.map(({ received }) => received)).toEqual(
    targets.map(() => ["news=1", "news=2", "news=3"]),
  );
});

test("messages for some part the targets, and the next turn finds them together again", () => {
  const { targets, batches, sealed } = setup(3);
  const all = publishRoute(ascii("all"), targets);
  const some = publishRoute(ascii("some"), targets.slice(0, 2));
  batches.append(all, ascii("1"));
  batches.append(some, ascii("2"));
  batches.append(all, ascii("3"));
  batches.flush();
  expect(sealed.toSorted()).toEqual(["2 to 1", "3 to 2"]);
  expect(targets[0]?.received).toEqual(["all=1", "some=2", "all=3"]);
  expect(targets[2]?.received).toEqual(["all=1", "all=3"]);
  batches.append(all, ascii("4"));
  batches.flush();
  expect(sealed.at(-1)).toBe("1 to 3");
});

test("each target gets its messages in order, whatever sets of targets are mixed", () => {
  const publish = fc.record({ channel: fc.nat({ max: 7 }), flushes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(publish, { maxLength: 60 }), (publishes) => {
      const { targets, batches } = setup(3);
      // Channel n goes to the targets whose bit is set in n: all eight sets, three of them in the other kind of frame.
      const sign = (channel: number): string => (channel % 3 === 0 ? "!" : "=");
      const isChosen = (channel: number, index: number): boolean => (channel & (1 << index)) !== 0;
      const routes = Array.from({ length: 8 }, (_, channel) =>
        publishRoute(
          ascii(`${channel}`),
          targets.filter((_target, index) => isChosen(channel, index)),
          sign(channel) === "!" ? "publishShard" : "publish",
        ),
      );
      const expected: string[][] = targets.map(() => []);
      publishes.forEach(({ channel, flushes }, at) => {
        const route = routes[channel];
        if (route !== undefined) batches.append(route, ascii(`${at}`));
        expected.forEach((list, index) => {
          if (isChosen(channel, index)) list.push(`${channel}${sign(channel)}${at}`);
        });
        if (flushes) batches.flush();
      });
      batches.flush();
      expect(targets.map(({ received }) => received)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("a record of the other frame seals what its targets are owed, and leaves the others alone", () => {
  const { targets, batches, sealed } = setup(3);
  const all = publishRoute(ascii("all"), targets);
  const shard = publishRoute(ascii("shard"), targets.slice(0, 1), "publishShard");
  for (const payload of ["1", "2", "3"]) {
    batches.append(all, ascii(payload));
    batches.append(shard, ascii(payload));
  }
  batches.flush();
  expect(targets[0]?.received).toEqual([
    ...["all=1", "shard!1", "all=2", "shard!2", "all=3", "shard!3"],
  ]);
  expect(targets[2]?.received).toEqual(["all=1", "all=2", "all=3"]);
  expect(sealed.toSorted()).toEqual([...new Array<string>(6).fill("1 to 1"), "3 to 2"]);
  // A turn of one kind is one frame again, and the next of the other kind, too.
  sealed.length = 0;
  for (const payload of ["4", "5"]) batches.append(shard, ascii(payload));
  batches.flush();
  for (const payload of ["4", "5"]) batches.append(all, ascii(payload));
  batches.append(shard, ascii("L".repeat(LARGE_MESSAGE_BYTES)));
  batches.flush();
  expect(sealed).toEqual(["2 to 1", "2 to 1", "1 to 1", "2 to 2"]);
  expect(targets[0]?.received.slice(6)).toEqual([
    ...["shard!4", "shard!5", "all=4", "all=5", `shard!${"L".repeat(20)}`],
  ]);
});

test("a long turn is sealed in pieces", () => {
  const { targets, batches, sealed } = setup(2);
  const route = publishRoute(ascii("x"), targets);
  const payload = ascii("y".repeat(100_000));
  for (let index = 0; index < 25; index += 1) batches.append(route, payload);
  batches.flush();
  const perBatch = Math.ceil(BATCH_BYTES_MAX / 100_000);
  expect(sealed).toEqual([`${perBatch} to 2`, `${perBatch} to 2`, `${25 - 2 * perBatch} to 2`]);
});

test("the longest batch there can be is decoded as a batch", () => {
  const { targets, batches, sealed } = setup(1);
  const route = publishRoute(ascii("x"), targets);
  const append = (payloadBytes: number): void => {
    batches.append(route, ascii("y".repeat(payloadBytes)));
  };
  // One byte short of a full batch: the first record has 5 bytes besides its payload, the others 3.
  for (let index = 0; index < 4; index += 1) append(200_000);
  append(BATCH_BYTES_MAX - 1 - 4 * 200_003 - 2 - 3);
  expect(sealed).toEqual([]);
  append(LARGE_MESSAGE_BYTES - 1 - 2 - VARINT_BYTES_MAX);
  expect(sealed).toEqual(["6 to 1"]);
  expect(targets[0]?.received).toHaveLength(6);
});

test("a large message travels alone, behind what was published before it", () => {
  const { targets, batches, sealed } = setup(2);
  const one = publishRoute(ascii("one"), targets.slice(0, 1));
  const all = publishRoute(ascii("all"), targets);
  batches.append(all, ascii("1"));
  batches.append(one, ascii("2"));
  batches.append(all, ascii("L".repeat(LARGE_MESSAGE_BYTES)));
  batches.append(all, ascii("3"));
  batches.flush();
  expect(targets[0]?.received).toEqual(["all=1", "one=2", `all=${"L".repeat(20)}`, "all=3"]);
  expect(targets[1]?.received).toEqual(["all=1", `all=${"L".repeat(20)}`, "all=3"]);
  expect(sealed).toContain("1 to 2");
});

test("a change of the targets flushes what the old ones are owed", () => {
  const { targets, batches } = setup(2);
  const [first, second] = targets;
  if (first === undefined || second === undefined) throw new Error("two were made");
  batches.append(publishRoute(ascii("x"), targets), ascii("1"));
  batches.setTargets([second]);
  batches.append(publishRoute(ascii("x"), [second]), ascii("2"));
  batches.flush();
  expect(first.received).toEqual(["x=1"]);
  expect(second.received).toEqual(["x=1", "x=2"]);
});
