import type { Bytes } from "@slotcast/protocol";
import type { KeyTable, Value } from "./key-table.ts";
import { List } from "./list.ts";
import type { MemberSet } from "./member-set.ts";
import { STREAM_ID_MAX, STREAM_ID_MIN } from "./stream-id.ts";
import { Stream } from "./stream.ts";

// Estimates of what V8 holds, for MEMORY USAGE and for eviction: within a quarter of what a collection finds
// (bench/value-size.ts measures it). The numbers below come from there.

/** A key's share of the table, with the room that a growing table keeps free. */
export const ENTRY_OVERHEAD_BYTES = 40;
/** An expiry: the same in a table of its own, and a number that is no small integer. */
export const EXPIRY_BYTES = 56;

/** What a value takes, from up to `samplesMax` of its elements: O(samplesMax). `Infinity` looks at all. */
export function valueSizeBytes(value: Value, samplesMax = 5): number {
  if (typeof value === "string") return stringBytes(value.length);
  if (value instanceof List) return listBytes(value, samplesMax);
  return value instanceof Stream ? streamBytes(value, samplesMax) : setBytes(value, samplesMax);
}

/** Key, value, expiry and their share of the table; `undefined` without the key, expired or not. */
export function entrySizeBytes(
  table: KeyTable,
  key: Bytes,
  samplesMax?: number,
): number | undefined {
  const value = table.peekRaw(key);
  if (value === undefined) return undefined;
  const expiryBytes = table.expiryOf(key) === undefined ? 0 : EXPIRY_BYTES;
  return (
    ENTRY_OVERHEAD_BYTES + stringBytes(key.length) + expiryBytes + valueSizeBytes(value, samplesMax)
  );
}

/** A string of its own: V8's header, and its chars rounded up to words. */
function stringBytes(length: number): number {
  return 16 + Math.ceil(length / 8) * 8;
}

const LIST_BYTES = 400;
/** Elements that stand at the open ends, as strings of their own, before the others are packed. */
const OPEN_ELEMENTS = 192;
/** From this length on packing saves nothing, and elements stay as they are. */
const LOOSE_ELEMENT_BYTES = 128;

function listBytes(list: List, samplesMax: number): number {
  const stop = Math.min(samplesMax, list.length) - 1;
  const sample = new Sample();
  list.forEachInRange({ start: 0, stop }, (element) => {
    sample.add(element.length);
  });
  const { average } = sample;
  const loose = average >= LOOSE_ELEMENT_BYTES ? list.length : Math.min(list.length, OPEN_ELEMENTS);
  const packed = list.length - loose;
  return Math.round(LIST_BYTES + loose * (stringBytes(average) + 10) + packed * (average + 3));
}

const SET_BYTES = 80;
const SET_TABLE_BYTES = 800;
/** Sets of up to so many members are packed. */
const PACKED_MEMBERS_MAX = 32;

function setBytes(set: MemberSet, samplesMax: number): number {
  const sample = new Sample();
  set.some((member) => {
    sample.add(member.length);
    return sample.count >= samplesMax;
  });
  const { average } = sample;
  if (set.encoding === "intset") return SET_BYTES + set.size * (average < 5 ? 2 : 8);
  if (set.size <= PACKED_MEMBERS_MAX) return Math.round(SET_BYTES + set.size * (average + 1));
  return Math.round(SET_TABLE_BYTES + set.size * (average * 1.2 + 22));
}

const STREAM_BYTES = 1300;
/** Of an entry in a packed node, beside its values; and of one in the open node, which has its place noted. */
const PACKED_ENTRY_BYTES = 9;
const OPEN_ENTRY_BYTES = 75;
const GROUP_BYTES = 2500;
const CONSUMER_BYTES = 300;
const PENDING_ENTRY_BYTES = 55;
const PRODUCER_BYTES = 200;
const REMEMBERED_MESSAGE_BYTES = 130;
/** Groups and producers of one stream may differ much, so more of them are looked at than of entries. */
const PARTS_LOOKED_AT_MAX = 64;

function streamBytes(stream: Stream, samplesMax: number): number {
  const sample = new Sample();
  const { length, nodeCount } = stream;
  if (length > 0) {
    const from = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse: false };
    stream.forEachInRange({ ...from, countMax: Math.max(samplesMax, 1) }, (_id, fields) => {
      // Names are written once a node, as a rule.
      let sizeBytes = PACKED_ENTRY_BYTES;
      for (let at = 1; at < fields.length; at += 2) sizeBytes += 1 + (fields[at]?.length ?? 0);
      sample.add(sizeBytes);
    });
  }
  const open = nodeCount <= 1 ? length : length / nodeCount / 2;
  const entryBytes = length * sample.average + open * OPEN_ENTRY_BYTES;
  return Math.round(STREAM_BYTES + entryBytes + groupsBytes(stream) + producersBytes(stream));
}

function groupsBytes({ groups }: Stream): number {
  const sample = new Sample();
  for (const { consumerCount, pendingCount } of groups.all()) {
    const pendingBytes = pendingCount * PENDING_ENTRY_BYTES;
    sample.add(GROUP_BYTES + consumerCount * CONSUMER_BYTES + pendingBytes);
    if (sample.count >= PARTS_LOOKED_AT_MAX) break;
  }
  return groups.size * sample.average;
}

function producersBytes({ idempotenceParts }: Stream): number {
  if (idempotenceParts === undefined) return 0;
  const { windows } = idempotenceParts;
  const sample = new Sample();
  for (const { size } of windows.values()) {
    sample.add(PRODUCER_BYTES + size * REMEMBERED_MESSAGE_BYTES);
    if (sample.count >= PARTS_LOOKED_AT_MAX) break;
  }
  return windows.size * sample.average;
}

/** The average of some numbers; 0 without any. */
class Sample {
  count = 0;
  #sum = 0;

  add(value: number): void {
    this.count += 1;
    this.#sum += value;
  }

  get average(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }
}
