import { ascii, crc64, own, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePayload, encodePayload } from "./dump-payload.ts";
import type { Value } from "./key-table.ts";
import { List } from "./list.ts";
import {
  ALL_ENTRIES,
  describeStream,
  listOf,
  sampleStream,
  setOf,
  SURROUNDINGS,
} from "./sample-values.ts";
import { formatStreamId, type StreamId } from "./stream-id.ts";
import { Stream } from "./stream.ts";
import { cloneValue } from "./value-codec.ts";
import { valueSizeBytes } from "./value-size.ts";

// Goal: no bytes given to RESTORE do harm. They make a value or none; a value that they make works like any other,
// and its own payload gives it again. Method: random values, and payloads of them damaged under a right checksum.

const RUNS = 2000;
const FOOTER_BYTES = 10;

const bytes = fc
  .uint8Array({ maxLength: 40 })
  .map((array) => ascii(Buffer.from(array).latin1Slice()));
const distinct = fc.uniqueArray(bytes, { minLength: 1, maxLength: 60 });
const text = fc.oneof(
  bytes,
  fc.nat().map((number) => ascii(String(number))),
);

/** What to do to a stream, by numbers: ids, groups and consumers are few, so that they meet. */
const deed = fc.record({
  kind: fc.constantFrom("add", "add", "produce", "delete", "trim", "deliver", "putBack", "ack"),
  number: fc.nat({ max: 20 }),
  name: fc.constantFrom("a", "b").map(ascii),
  text,
});
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

const stream = fc.array(deed, { maxLength: 60 }).map((deeds) => {
  const made = sampleStream();
  for (const each of deeds) doTo(made, each);
  return made;
});

const value: fc.Arbitrary<Value> = fc.oneof(
  text,
  fc.array(text, { minLength: 1, maxLength: 300 }).map(listOf),
  distinct.map(setOf),
  stream,
);

function doTo(made: Stream, { kind, number, name, text: word }: Deed): void {
  const group = made.groups.get(ascii("workers"));
  const consumer = group?.consumer(name) ?? group?.createConsumer(name, number);
  const id: StreamId = { ms: 1, seq: number };
  switch (kind) {
    case "add":
    case "produce": {
      const next = made.nextAutoId(number) ?? id;
      made.append(next, [name, word, ...(number > 10 ? [word, name] : [])], 0);
      if (kind === "produce") made.idempotence.record(name, formatStreamId(next), next, 0);
      break;
    }
    case "delete":
      made.delete(id);
      break;
    case "trim":
      made.trimByMinId(id, { approximate: number % 2 === 0, limit: undefined });
      break;
    case "deliver":
      if (consumer !== undefined) group?.deliver(id, consumer, number);
      break;
    case "putBack":
      group?.putBack(id, number, number % 2 === 0 ? undefined : number);
      break;
    case "ack":
      group?.acknowledge(id);
      break;
  }
}

/** Comparable: what a value says of itself. */
function describeValue(each: Value): unknown {
  if (typeof each === "string") return each;
  if (each instanceof Stream) return describeStream(each);
  const elements: Bytes[] = [];
  if (each instanceof List) {
    each.forEachInRange({ start: 0, stop: each.length - 1 }, (element) => elements.push(element));
    return elements;
  }
  each.forEach((member) => elements.push(member));
  return elements.toSorted();
}

/** Does to a value what commands do: none of it may throw. */
function use(each: Value): void {
  valueSizeBytes(each, Infinity);
  if (typeof each === "string") return;
  if (each instanceof List) {
    each.pushTail(ascii("x"));
    while (each.popHead() !== undefined);
  } else if (each instanceof Stream) {
    useStream(each);
  } else {
    each.forEach((member) => each.has(member));
    each.add(ascii("x"));
  }
}

function useStream(each: Stream): void {
  const ids: StreamId[] = [];
  each.forEachInRange({ ...ALL_ENTRIES, reverse: true }, (id) => ids.push(id));
  const next = each.nextAutoId(0);
  if (next !== undefined) each.append(next, [ascii("f"), ascii("v")], 0);
  for (const group of each.groups.all()) {
    const found: StreamId[] = [];
    group.forEachIdle(Infinity, ({ id }) => found.push(id) > 0);
    for (const id of found) group.acknowledge(id);
    expect(group.pendingCount).toBe(0);
    for (const { name } of group.consumers()) group.deleteConsumer(name);
  }
  each.idempotenceStats(Number.MAX_SAFE_INTEGER);
  for (const id of ids.slice(0, 5)) expect(each.delete(id)).toBe(true);
  each.trimByLength(0, { approximate: false, limit: undefined });
  expect(each.length).toBe(0);
}

function payloadOf(each: Value): Bytes {
  return encodePayload(each) ?? ascii("");
}

/** The body with a footer that is right. */
function signed(body: string): Bytes {
  const whole = ascii(`${body}\x01S`);
  const { high, low } = crc64(whole);
  const footer = Buffer.alloc(8);
  footer.writeUInt32BE(high);
  footer.writeUInt32BE(low, 4);
  return ascii(whole + footer.latin1Slice());
}

function expectHarmless(payload: Bytes): void {
  const decoded = decodePayload(payload, SURROUNDINGS);
  if (decoded.is !== "value") return;
  const again = decodePayload(payloadOf(decoded.value), SURROUNDINGS);
  if (again.is !== "value") throw new Error("a value whose payload is refused");
  expect(describeValue(again.value)).toEqual(describeValue(decoded.value));
  use(decoded.value);
}

test("a random value comes back from its payload and from a copy", () => {
  fc.assert(
    fc.property(value, (each) => {
      const decoded = decodePayload(payloadOf(each), SURROUNDINGS);
      if (decoded.is !== "value") throw new Error(decoded.is);
      expect(describeValue(decoded.value)).toEqual(describeValue(each));
      expect(describeValue(cloneValue(each))).toEqual(describeValue(each));
      use(decoded.value);
    }),
    { numRuns: RUNS },
  );
});

test("random bytes are foreign, with a right checksum they are harmless", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
      const body = Buffer.from(array).latin1Slice();
      expect(decodePayload(ascii(body), SURROUNDINGS).is).toBe("foreign");
      expectHarmless(signed(body));
    }),
    { numRuns: RUNS * 5 },
  );
});

test("a payload that is cut off, or damaged anywhere, is foreign", () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, place, flip) => {
      const payload = payloadOf(each);
      const at = place % payload.length;
      expect(decodePayload(own(ascii(payload.slice(0, at))), SURROUNDINGS).is).toBe("foreign");
      expect(decodePayload(flipped(payload, at, flip), SURROUNDINGS).is).toBe("foreign");
    }),
    { numRuns: RUNS },
  );
});

test("a payload that is cut off, damaged or spliced is harmless under a right checksum", () => {
  const damage = fc.record({
    place: fc.nat(),
    flip: fc.integer({ min: 1, max: 255 }),
    kind: fc.constantFrom("flip", "cut", "insert", "repeat", "count"),
  });
  const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(value, damages, (each, parts) => {
      let body: string = payloadOf(each).slice(0, -FOOTER_BYTES);
      for (const { place, flip, kind } of parts) {
        const at = place % (body.length + 1);
        const [front, back] = [body.slice(0, at), body.slice(at)];
        if (kind === "flip") body = flipped(body, Math.min(at, body.length - 1), flip);
        else if (kind === "cut") body = front;
        else if (kind === "insert") body = front + String.fromCharCode(flip) + back;
        else if (kind === "repeat") body = front + back.slice(0, flip) + back;
        else body = `${front}\xff\xff\xff\xff\xff\xff\xff\x0f${back.slice(1)}`;
      }
      expectHarmless(signed(body));
    }),
    { numRuns: RUNS * 5 },
  );
});

function flipped(bytesBefore: string, at: number, flip: number): Bytes {
  const code = bytesBefore.charCodeAt(at) ^ flip;
  return ascii(bytesBefore.slice(0, at) + String.fromCharCode(code) + bytesBefore.slice(at + 1));
}
